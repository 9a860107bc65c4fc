// A whole check of a large repository with nothing kept from before, with and without the rules about documents; dependency-cruiser on the same files is the peer.
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { median, round, type Figures, type Scenario } from "../measure.ts";
import { copySubject, folderOf, runInspan, runMeasured, type Subject } from "../subject.ts";

const count = 3;

const peerConfiguration = `module.exports = { forbidden: [
  { name: "no-circle", severity: "warn", from: {}, to: { circular: true } },
  { name: "ui-without-database", severity: "error", from: { path: "^packages/ui" }, to: { path: "^packages/db-" } },
], options: { tsPreCompilationDeps: true, tsConfig: { fileName: "tsconfig.json" }, doNotFollow: { path: "node_modules" } } };
`;

/** Undefined where no peer is named. */
async function measurePeer(subject: Subject): Promise<{ readonly wallMs: number; readonly peakMb: number } | undefined> {
  if (process.env["INSPAN_BENCH_DEPCRUISE"] === undefined) return undefined;
  const program = join(folderOf("INSPAN_BENCH_DEPCRUISE", "a folder where dependency-cruiser and typescript are installed"), "node_modules", "dependency-cruiser", "bin", "dependency-cruiser.mjs");
  if (!existsSync(program)) throw new Error(`Cannot measure the peer: "${program}" is not there`);
  writeFileSync(join(subject.path, "..", "peer.cjs"), peerConfiguration);
  const run = await runMeasured([program, "--config", join(subject.path, "..", "peer.cjs"), "--output-type", "err", "packages"], { cwd: subject.path });
  return { wallMs: run.ms, peakMb: run.peakMb };
}

export const checkCold: Scenario = {
  name: "check-cold", says: "inspan check of INSPAN_BENCH_SUBJECT with no cache; goal: 4 s, 600 MB, 4 times faster than dependency-cruiser (INSPAN_BENCH_DEPCRUISE)",
  run: async () => {
    const subject = copySubject();
    try {
      const whole: { ms: number; peakMb: number; files: number }[] = [];
      const samePart: number[] = [];
      for (let index = 0; index < count; index++) {
        rmSync(subject.statePath, { recursive: true, force: true });
        const run = await runInspan(subject, ["check", "--json"]);
        whole.push({ ms: run.ms, peakMb: run.peakMb, files: (JSON.parse(run.stdout) as { coverage: { files: number } }).coverage.files }); // the form of CONTRACTS
        rmSync(subject.statePath, { recursive: true, force: true });
        samePart.push((await runInspan(subject, ["graph", "--format", "json"])).ms);
      }
      const peer = await measurePeer(subject);
      const wallMs = median(whole.map((run) => run.ms));
      const figures: Figures = { medianMs: round(wallMs), peakMb: round(Math.max(...whole.map((run) => run.peakMb))), graphMs: round(median(samePart)), files: whole[0]?.files ?? 0, ...(peer === undefined ? {} : { timesFasterThanPeer: round(peer.wallMs / wallMs) }) };
      return peer === undefined ? { figures } : { figures, peers: { "dependency-cruiser, packages only": { wallMs: round(peer.wallMs), peakMb: round(peer.peakMb) } } };
    } finally { subject.dispose(); }
  },
};
