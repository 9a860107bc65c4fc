// The cases of LogQL and TraceQL through an engine of their own: per file and in all, what passed and what failed.
import { join } from "node:path";
import { startEngine } from "../src/domains/telemetry/runtime/index.ts";
import { nodeClock } from "../src/providers/node/clock.ts";
import { readCases, runCases, type Verdict } from "../test/conformance/cases.ts";
import { logqlLanguage } from "../test/conformance/logql-language.ts";
import { traceqlLanguage } from "../test/conformance/traceql-language.ts";

/** Runs every `*.cases` file of a folder, ours unless told; returns the exit code. */
export async function runLanguage(kind: "logql" | "traceql", words: readonly string[]): Promise<number> {
  const folder = words.find((word) => !word.startsWith("--")) ?? join(import.meta.dirname, "..", "test", "conformance", kind);
  const engine = await startEngine({ clock: nodeClock, version: "conformance", port: 0, dataPath: undefined });
  try {
    const verdicts = await runCases(readCases(folder), kind === "logql" ? logqlLanguage(engine.url) : traceqlLanguage(engine.url));
    report(verdicts, words);
    return verdicts.length === 0 ? 3 : verdicts.some((verdict) => verdict.status === "failed") ? 1 : 0;
  } finally { await engine.close(); }
}

function report(verdicts: readonly Verdict[], words: readonly string[]): void {
  const files = [...new Set(verdicts.map((verdict) => verdict.file))];
  const row = (file: string, some: readonly Verdict[]) => ({
    file,
    cases: some.length,
    passed: some.filter((one) => one.status === "passed").length,
    failed: some.filter((one) => one.status === "failed").length,
  });
  const rows = [...files.map((file) => row(file, verdicts.filter((verdict) => verdict.file === file))), row("in all", verdicts)];
  if (words.includes("--json")) { process.stdout.write(`${JSON.stringify({ version: 1, files: rows.slice(0, -1), total: rows.at(-1) })}\n`); return; }
  process.stdout.write(`${"".padEnd(28)}${["cases", "passed", "failed"].map((title) => title.padStart(9)).join("")}\n`);
  for (const { file, cases, passed, failed } of rows) process.stdout.write(`${file.padEnd(28)}${[cases, passed, failed].map((value) => String(value).padStart(9)).join("")}\n`);
  if (words.includes("--failures"))
    for (const one of verdicts)
      if (one.status === "failed") process.stderr.write(`${one.file}:${one.line} ${one.query}\n  expected ${one.expected}\n  found    ${one.found}\n`);
}
