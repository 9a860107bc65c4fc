// The whole check of this repository, as `npm test` runs it. The compiler on the same files is the peer.
import { join } from "node:path";
import { launcher, median, root, round, time, timeMany, type Scenario } from "../measure.ts";

export const checkSelf: Scenario = {
  name: "check-self", says: "inspan check on this repository",
  run: async () => {
    const runs: { wallMs: number; ownMs: number; files: number }[] = [];
    for (let index = 0; index < 8; index++) {
      const { ms, stdout } = await time([process.execPath, launcher, "check", "--json"]);
      const report = JSON.parse(stdout) as { durationMs: number; coverage: { files: number } }; // the form of CONTRACTS
      if (index > 0) runs.push({ wallMs: ms, ownMs: report.durationMs, files: report.coverage.files });
    }
    const tsc = await timeMany(3, [process.execPath, join(root, "node_modules", "typescript", "bin", "tsc"), "-p", "tsconfig.json"]);
    return {
      figures: { medianMs: round(median(runs.map((run) => run.wallMs))), medianOwnMs: round(median(runs.map((run) => run.ownMs))), files: runs[0]?.files ?? 0 },
      peers: { tsc: { medianMs: round(median(tsc)) } },
    };
  },
};
