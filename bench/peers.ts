// Programs that do a part of what a check does, on the same tree: the scale on which our figures of a busy machine are read.
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { round, type Figures } from "./measure.ts";
import { folderOf, runMeasured, type Subject } from "./subject.ts";

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
export async function measurePeers(subject: Subject, names: readonly string[] = peers.map(({ name }) => name)): Promise<Readonly<Record<string, Figures>>> {
  if (process.env["INSPAN_BENCH_DEPCRUISE"] === undefined) return {};
  const folder = join(folderOf("INSPAN_BENCH_DEPCRUISE", "a folder where dependency-cruiser and typescript are installed"), "node_modules");
  writeFileSync(join(subject.path, "..", "peer.cjs"), peerConfiguration);
  const found: Record<string, Figures> = {};
  for (const { name, program, args } of peers) {
    if (!names.includes(name) || !existsSync(join(folder, program))) continue;
    const run = await runMeasured([join(folder, program), ...args], { cwd: subject.path });
    found[name] = { wallMs: round(run.ms), peakMb: round(run.peakMb) };
  }
  return found;
}
