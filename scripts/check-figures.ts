// Writes docs/generated/check-figures.md anew, by one command: edges against dependency-cruiser, and times beside the peers. Wants a quiet machine and
// INSPAN_BENCH_SUBJECT (a large TypeScript checkout), INSPAN_BENCH_DEPCRUISE (a folder where dependency-cruiser and typescript are installed; madge and
// fallow are measured where they are there too) and INSPAN_BENCH_PYTHON. `--edges` leaves the times out, `--lines=<file>` takes times that were measured before.
import { spawnSync } from "node:child_process";
import { loadavg } from "node:os";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { copySubject, folderOf } from "../bench/subject.ts";
import { launcher, root } from "../bench/measure.ts";

const scenarios = ["check-cold", "check-warm", "check-one-file", "docs-1000", "check-python"];
const outputBytesMax = 512 * 1024 * 1024;

/** Standard output of a program that has to end well. */
function run(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = process.env): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...args], { cwd, env, encoding: "utf8", maxBuffer: outputBytesMax });
  if (status !== 0) throw new Error(`Cannot run "${args.join(" ")}": it ended with ${status}.\n${stderr}`);
  return stdout;
}

const flags = process.argv.slice(2);
const peers = join(folderOf("INSPAN_BENCH_DEPCRUISE", "a folder where dependency-cruiser and typescript are installed"), "node_modules");
const folder = mkdtempSync(join(tmpdir(), "inspan-figures-"));
const subject = copySubject();
try {
  const version = (JSON.parse(readFileSync(join(peers, "dependency-cruiser", "package.json"), "utf8")) as { version: string }).version; // a package's own manifest
  writeFileSync(
    join(folder, "peer.cjs"),
    `module.exports = { options: { tsPreCompilationDeps: true, tsConfig: { fileName: "tsconfig.json" }, doNotFollow: { path: "node_modules" } } };\n`,
  );
  writeFileSync(
    join(folder, "theirs.json"),
    run(
      [join(peers, "dependency-cruiser", "bin", "dependency-cruiser.mjs"), "--config", join(folder, "peer.cjs"), "--output-type", "json", "packages"],
      subject.path,
    ),
  );
  writeFileSync(join(folder, "ours.json"), run([launcher, "graph", "--format", "json"], subject.path, { ...process.env, INSPAN_HOME: subject.statePath }));
  const given = flags.find((one) => one.startsWith("--lines="))?.slice("--lines=".length);
  const lines = given ?? (flags.includes("--edges") ? undefined : join(folder, "lines"));
  const [load = 0] = loadavg();
  if (given === undefined && lines !== undefined) writeFileSync(lines, run([join(root, "bench", "run.ts"), ...scenarios, "--json"], root));
  const remark = given === undefined ? `Load of the machine when they began: ${load.toFixed(1)}.` : "Taken in another run, on the machine and commit that each table names.";
  const named = flags.find((one) => one.startsWith("--subject="))?.slice("--subject=".length) ?? "payloadcms/payload @db7543c, saleor/saleor @723cd4e";
  process.stdout.write(run([
    join(root, "scripts", "compare-edges.ts"),
    join(folder, "theirs.json"),
    join(folder, "ours.json"),
    "packages/",
    `--subject=${named}, dependency-cruiser ${version}`,
    "--write=docs/generated/check-figures.md",
    ...(lines !== undefined && existsSync(lines) ? [`--bench=${lines}`, `--remark=${remark}`] : []),
  ], root));
} finally {
  subject.dispose();
  rmSync(folder, { recursive: true, force: true });
}
