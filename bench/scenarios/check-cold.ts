// A whole check of a large repository with nothing kept from before; dependency-cruiser and others are the peers, and the ratio is that on the same files.
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { median, round, type Figures, type Scenario } from "../measure.ts";
import { measurePeers } from "../peers.ts";
import { copySubject, runInspan } from "../subject.ts";

const count = 3;

/** The part that the peers read, and nothing else: what the ratio is taken of. */
async function measurePart(): Promise<number> {
  const part = copySubject();
  try {
    for (const name of readdirSync(part.path, { withFileTypes: true }))
      if (name.isDirectory() && name.name !== "packages" && name.name !== ".git") rmSync(join(part.path, name.name), { recursive: true });
    const runs: number[] = [];
    for (let index = 0; index < count; index++) {
      rmSync(part.statePath, { recursive: true, force: true });
      runs.push((await runInspan(part, ["check", "--json"])).ms);
    }
    return median(runs);
  } finally { part.dispose(); }
}

export const checkCold: Scenario = {
  name: "check-cold",
  says: "inspan check of INSPAN_BENCH_SUBJECT with no cache; goal: 4 s, 600 MB, 4 times faster than dependency-cruiser on the same files (INSPAN_BENCH_DEPCRUISE)",
  run: async () => {
    const subject = copySubject();
    try {
      const whole: { ms: number; peakMb: number; files: number }[] = [];
      for (let index = 0; index < count; index++) {
        rmSync(subject.statePath, { recursive: true, force: true });
        const run = await runInspan(subject, ["check", "--json"]);
        whole.push({ ms: run.ms, peakMb: run.peakMb, files: (JSON.parse(run.stdout) as { coverage: { files: number } }).coverage.files }); // the form of CONTRACTS
      }
      const measured = await measurePeers(subject);
      const cruiserMs = measured["dependency-cruiser, packages only"]?.["wallMs"];
      const partMs = cruiserMs === undefined ? undefined : await measurePart();
      const figures: Figures = {
        medianMs: round(median(whole.map((run) => run.ms))), peakMb: round(Math.max(...whole.map((run) => run.peakMb))), files: whole[0]?.files ?? 0,
        ...(partMs === undefined || cruiserMs === undefined ? {} : { packagesOnlyMs: round(partMs), timesFasterThanPeer: round(cruiserMs / partMs) }),
      };
      return { figures, peers: measured };
    } finally { subject.dispose(); }
  },
};
