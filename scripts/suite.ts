// Runs steps and test files, prints failures only, and ends with one line of counts. Shared by all our suites.
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "node:test";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** Tests that passed, failed and were skipped; files that failed beside others and passed alone. */
export interface Counts { passed: number; failed: number; skipped: number; flaky: number }
export const counts: Counts = { passed: 0, failed: 0, skipped: 0, flaky: 0 };

// A step that hangs would eat the whole time of CI; the slowest honest one takes a tenth of this.
const stepTimeoutMs = 600_000;
// A whole file of tests, or one of them, that takes longer hangs on something that never comes; the slowest file takes a third of this on a quiet machine.
const testTimeoutMs = 480_000;

/** Files below these folders that end in `.test.ts`, sorted, without fixtures. */
export function testFiles(folders: readonly string[], isWanted: (path: string) => boolean = () => true): string[] {
  const found: string[] = [];
  const walk = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory() && entry.name !== "node_modules" && entry.name !== "fixtures") walk(path);
      else if (entry.isFile() && entry.name.endsWith(".test.ts") && isWanted(relative(root, path))) found.push(path);
    }
  };
  for (const folder of folders) walk(join(root, folder));
  return found.sort();
}

/** One command that has to end with 0; counts as one test, and is shown only when it fails. */
export async function step(name: string, command: readonly [string, ...string[]], options: { readonly isShown?: boolean } = {}): Promise<void> {
  const startedMs = performance.now();
  const child = spawn(command[0], command.slice(1), { cwd: root, stdio: ["ignore", "pipe", "pipe"], timeout: stepTimeoutMs });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text: string) => { output += text; });
  const code = await new Promise<number | null>((done) => { child.on("exit", (exit) => done(exit)); child.on("error", (error) => { output += error.message; done(null); }); });
  const isFine = code === 0;
  if (isFine) counts.passed += 1; else counts.failed += 1;
  process.stdout.write(`${isFine ? "ok  " : "FAIL"} ${name} (${((performance.now() - startedMs) / 1000).toFixed(1)} s)\n`);
  if (!isFine || options.isShown) process.stdout.write(`${output.trimEnd().split("\n").slice(-120).join("\n")}\n`);
}

/** How `runTestFiles` treats failures. */
export interface RunOptions {
  /** Files that failed beside others run once more, alone; those that pass then are told as FLAKY and do not fail the run: they share the machine, not their outcome. */
  readonly isTriedAlone?: boolean;
}

// More than these at once is a fault of the change or of the machine, not of a test that is sometimes too hasty.
const flakyFilesMax = 4;

/** Runs test files, each in a process of its own, `concurrency` at once. */
export async function runTestFiles(files: readonly string[], concurrency: number, options: RunOptions = {}): Promise<void> {
  const startedMs = performance.now();
  // Every file is a process that loads the same modules: compiled once, they cost a third less.
  process.env["NODE_COMPILE_CACHE"] ??= join(root, "node_modules", ".cache", "compile");
  // Random tests draw the same in a second try: what one of them found is not flaky.
  process.env["INSPAN_TEST_SEED"] ??= String(Date.now() % 1_000_000);
  const seenOf = new Map<string, FileRun>();
  const waiting = [...files];
  const worker = async (): Promise<void> => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) seenOf.set(file, await runFile(file));
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  const slowest = renderSlowest(seenOf);
  const failed = [...seenOf].flatMap(([file, seen]) => (seen.failed > 0 ? [file] : []));
  for (const file of options.isTriedAlone && failed.length <= flakyFilesMax ? failed : []) {
    process.stdout.write(`AGAIN ${relative(root, file)}, alone\n`);
    const seen = await runFile(file);
    if (seen.failed > 0 || seen.passed === 0) continue;
    seenOf.set(file, { ...seen, flaky: 1 });
    process.stdout.write(`FLAKY ${relative(root, file)}: failed beside other files (above), passed alone. Find what it waits for or shares, and mend it before the next change.\n`);
  }
  let isFine = true;
  for (const seen of seenOf.values()) {
    for (const key of ["passed", "failed", "skipped", "flaky"] as const) counts[key] += seen[key];
    isFine &&= seen.failed === 0;
  }
  process.stdout.write(`${isFine ? "ok  " : "FAIL"} ${files.length} test files (${((performance.now() - startedMs) / 1000).toFixed(1)} s${slowest})\n`);
}

interface FileRun extends Counts { readonly spentMs: number }

/** One file in a process of its own; its failures and skips are printed as they come. */
async function runFile(file: string): Promise<FileRun> {
  const startedMs = performance.now();
  const seen: Counts = { passed: 0, failed: 0, skipped: 0, flaky: 0 };
  await new Promise<void>((resolve, reject) => {
    const stream = run({ files: [file], timeout: testTimeoutMs });
    stream.on("test:fail", (event) => {
      if (event.details.type === "suite") return;
      seen.failed += 1;
      const error = event.details.error;
      const cause = error.cause instanceof Error ? error.cause : error;
      process.stdout.write(`FAIL ${relative(root, event.file ?? file)}:${event.line ?? ""} ${event.name}\n${(cause.stack ?? cause.message).split("\n").slice(0, 40).join("\n")}\n`);
    });
    stream.on("test:pass", (event) => {
      if (event.details.type === "suite") return;
      if (event.skip !== undefined || event.todo !== undefined) {
        seen.skipped += 1;
        process.stdout.write(`SKIP ${event.name}: ${String(event.skip ?? event.todo)}\n`);
      } else seen.passed += 1;
    });
    stream.on("test:stderr", (event) => { if (process.env["INSPAN_DEBUG"]) process.stderr.write(event.message); });
    stream.on("error", reject);
    stream.on("end", () => resolve());
    stream.resume();
  });
  return { ...seen, spentMs: performance.now() - startedMs };
}

/** The files that a run waits for most, so that its time can be kept down. */
function renderSlowest(runs: ReadonlyMap<string, FileRun>): string {
  const slowest = [...runs].sort(([, left], [, right]) => right.spentMs - left.spentMs).slice(0, 12);
  return slowest.length === 0 ? "" : `; slowest: ${slowest.map(([file, { spentMs }]) => `${relative(root, file)} ${(spentMs / 1000).toFixed(1)}`).join(", ")}`;
}

/** Prints what was left out or is doubtful, then the counts alone on the last line, and ends the process; a run that saw no test is a failure. */
export function finish(): never {
  const isFine = counts.failed === 0 && counts.passed > 0;
  const doubtful = (["skipped", "flaky"] as const).flatMap((key) => (counts[key] > 0 ? [`${counts[key]} ${key}`] : []));
  if (doubtful.length > 0) process.stdout.write(`${doubtful.join(", ")} (said above)\n`);
  process.stdout.write(`${counts.passed} passed, ${counts.failed} failed\n`);
  process.exit(isFine ? 0 : 1);
}
