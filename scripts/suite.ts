// Runs steps and test files, prints failures only, and ends with one line of counts. Shared by all our suites.
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "node:test";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..");

export interface Counts { passed: number; failed: number; skipped: number }
export const counts: Counts = { passed: 0, failed: 0, skipped: 0 };

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

/** Runs test files, each in a process of its own, `concurrency` at once. */
export async function runTestFiles(files: readonly string[], concurrency: number): Promise<void> {
  const startedMs = performance.now();
  // Every file is a process that loads the same modules: compiled once, they cost a third less.
  process.env["NODE_COMPILE_CACHE"] ??= join(root, "node_modules", ".cache", "compile");
  const spentMs = new Map<string, number>();
  const note = (event: { readonly file?: string | undefined; readonly nesting: number; readonly details: { readonly duration_ms: number } }): void => {
    if (event.nesting === 0 && event.file !== undefined) spentMs.set(event.file, (spentMs.get(event.file) ?? 0) + event.details.duration_ms);
  };
  const before = { ...counts };
  await new Promise<void>((resolve, reject) => {
    const stream = run({ files: [...files], concurrency, timeout: testTimeoutMs });
    stream.on("test:fail", (event) => {
      note(event);
      if (event.details.type === "suite") return;
      counts.failed += 1;
      const error = event.details.error;
      const cause = error.cause instanceof Error ? error.cause : error;
      process.stdout.write(`FAIL ${event.file ? relative(root, event.file) : ""}:${event.line ?? ""} ${event.name}\n${(cause.stack ?? cause.message).split("\n").slice(0, 40).join("\n")}\n`);
    });
    stream.on("test:pass", (event) => {
      note(event);
      if (event.details.type === "suite") return;
      if (event.skip !== undefined || event.todo !== undefined) {
        counts.skipped += 1;
        process.stdout.write(`SKIP ${event.name}: ${String(event.skip ?? event.todo)}\n`);
      } else counts.passed += 1;
    });
    stream.on("test:stderr", (event) => { if (process.env["INSPAN_DEBUG"]) process.stderr.write(event.message); });
    stream.on("error", reject);
    stream.on("end", () => resolve());
    stream.resume();
  });
  process.stdout.write(`${counts.failed === before.failed ? "ok  " : "FAIL"} ${files.length} test files (${((performance.now() - startedMs) / 1000).toFixed(1)} s${renderSlowest(spentMs)})\n`);
}

/** The files that a run waits for most, so that its time can be kept down. */
function renderSlowest(spentMs: ReadonlyMap<string, number>): string {
  const slowest = [...spentMs].sort(([, left], [, right]) => right - left).slice(0, 12);
  return slowest.length === 0 ? "" : `; slowest: ${slowest.map(([file, ms]) => `${relative(root, file)} ${(ms / 1000).toFixed(1)}`).join(", ")}`;
}

/** Prints the counts alone on the last line and ends the process; a run that saw no test is a failure. */
export function finish(): never {
  const isFine = counts.failed === 0 && counts.passed > 0;
  process.stdout.write(`${counts.passed} passed, ${counts.failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ""}\n`);
  process.exit(isFine ? 0 : 1);
}
