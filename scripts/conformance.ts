// `npm run conformance -- promql <folder>` and `-- logql|traceql [folder]`: other people's test cases against our own evaluators, read by path and never copied.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { loadPromqlTest, type Verdict } from "../src/domains/telemetry/index.ts";

const [kind, folder, ...flags] = process.argv.slice(2);
if (kind === "logql" || kind === "traceql") process.exit(await (await import("./conformance-cases.ts")).runLanguage(kind, process.argv.slice(3)));
if (kind !== "promql" || folder === undefined) {
  process.stderr.write("Cannot run conformance: expected a kind and a folder.\nNext: npm run conformance -- promql <folder> [--failures] [--json], or -- logql|traceql [folder]\n");
  process.exit(2);
}
const { runScript } = await loadPromqlTest();
const isJson = flags.includes("--json"), isVerbose = flags.includes("--failures");
const count = (verdicts: readonly Verdict[], status: Verdict["status"]): number => verdicts.filter((verdict) => verdict.status === status).length;
const row = (name: string, verdicts: readonly Verdict[]) => ({
  file: name,
  evaluations: verdicts.length,
  passed: count(verdicts, "passed"),
  failed: count(verdicts, "failed"),
  skipped: count(verdicts, "skipped"),
  reasons: reasons(verdicts),
});

function reasons(verdicts: readonly Verdict[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status, reason } of verdicts) if (status === "skipped") counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}

const names = readdirSync(folder).filter((name) => name.endsWith(".test")).sort();
const all: Verdict[] = [];
const rows = names.map((name) => {
  const verdicts = runScript(readFileSync(join(folder, name), "utf8"), () => performance.now());
  all.push(...verdicts);
  if (isVerbose) for (const { line, query, status, reason } of verdicts) if (status === "failed") process.stderr.write(`${name}:${line} ${query}\n    ${reason}\n`);
  return row(name, verdicts);
});
const total = row("in all", all);
if (isJson) process.stdout.write(`${JSON.stringify({ version: 1, files: rows, total })}\n`);
else {
  process.stdout.write(`${"".padEnd(28)}${["evals", "passed", "failed", "skipped"].map((title) => title.padStart(9)).join("")}\n`);
  for (const { file, evaluations, passed, failed, skipped } of [...rows, total])
    process.stdout.write(`${file.padEnd(28)}${[evaluations, passed, failed, skipped].map((value) => String(value).padStart(9)).join("")}\n`);
  for (const [reason, times] of Object.entries(total.reasons)) process.stdout.write(`  skipped ${times}: ${reason}\n`);
}
process.exit(all.length === 0 ? 3 : total.failed > 0 ? 1 : 0);
