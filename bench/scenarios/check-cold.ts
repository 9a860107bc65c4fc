// A whole check of a large repository with nothing kept from before; dependency-cruiser and others are the peers, and the ratio is that on the same files.
import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { median, round, type Figures, type Scenario } from "../measure.ts";
import { copySubject, folderOf, runInspan, runMeasured, type Subject } from "../subject.ts";

const count = 3;

const peerConfiguration = `module.exports = { forbidden: [
  { name: "no-circle", severity: "warn", from: {}, to: { circular: true } },
  { name: "ui-without-database", severity: "error", from: { path: "^packages/ui" }, to: { path: "^packages/db-" } },
], options: { tsPreCompilationDeps: true, tsConfig: { fileName: "tsconfig.json" }, doNotFollow: { path: "node_modules" } } };
`;

interface Peer { readonly name: string; readonly program: string; readonly args: readonly string[] }

/** Programs that read the same files, each where it is installed beside dependency-cruiser. */
const peers: readonly Peer[] = [
  { name: "dependency-cruiser, packages only", program: "dependency-cruiser/bin/dependency-cruiser.mjs", args: ["--config", "../peer.cjs", "--output-type", "err", "packages"] },
  { name: "madge, packages only", program: "madge/bin/cli.js", args: ["--extensions", "ts,tsx,mts,cts,js,jsx,mjs,cjs", "--ts-config", "tsconfig.json", "--circular", "packages"] },
  { name: "fallow dead-code, everything", program: "fallow/bin/fallow", args: ["dead-code", "--format", "json", "--no-cache"] },
];

/** Empty where no folder of peers is named. */
async function measurePeers(subject: Subject): Promise<Readonly<Record<string, Figures>>> {
  if (process.env["INSPAN_BENCH_DEPCRUISE"] === undefined) return {};
  const folder = join(folderOf("INSPAN_BENCH_DEPCRUISE", "a folder where dependency-cruiser and typescript are installed"), "node_modules");
  writeFileSync(join(subject.path, "..", "peer.cjs"), peerConfiguration);
  const found: Record<string, Figures> = {};
  for (const { name, program, args } of peers) {
    if (!existsSync(join(folder, program))) continue;
    const run = await runMeasured([join(folder, program), ...args], { cwd: subject.path });
    found[name] = { wallMs: round(run.ms), peakMb: round(run.peakMb) };
  }
  return found;
}

/** The part that the peers read, and nothing else: what the ratio is taken of. */
async function measurePart(): Promise<number> {
  const part = copySubject();
  try {
    for (const name of readdirSync(part.path, { withFileTypes: true })) if (name.isDirectory() && name.name !== "packages" && name.name !== ".git") rmSync(join(part.path, name.name), { recursive: true });
    const runs: number[] = [];
    for (let index = 0; index < count; index++) {
      rmSync(part.statePath, { recursive: true, force: true });
      runs.push((await runInspan(part, ["check", "--json"])).ms);
    }
    return median(runs);
  } finally { part.dispose(); }
}

export const checkCold: Scenario = {
  name: "check-cold", says: "inspan check of INSPAN_BENCH_SUBJECT with no cache; goal: 4 s, 600 MB, 4 times faster than dependency-cruiser on the same files (INSPAN_BENCH_DEPCRUISE)",
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
