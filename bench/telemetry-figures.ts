// `npm run figures -- <folder of promqltest files>`: runs every telemetry scenario and the conformance corpora, and writes docs/generated/telemetry-figures.md.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { loadPromqlTest } from "../src/domains/telemetry/index.ts";
import { commit, machine, root, type Scenario } from "./measure.ts";
import { ingestLogs, ingestSpans, logsMillion, spansMillion } from "./scenarios/telemetry-logs.ts";
import { engineStart, idleEngines, metricIngest, promqlRange } from "./scenarios/telemetry-metrics.ts";

const scenarios: readonly Scenario[] = [engineStart, idleEngines, metricIngest, promqlRange, ingestLogs, ingestSpans, logsMillion, spansMillion];

interface Goal { readonly says: string; isMet(value: number, peer: number | undefined): boolean }
const atMost = (limit: number): Goal => ({ says: `≤ ${limit}`, isMet: (value) => value <= limit });
const atLeast = (limit: number): Goal => ({ says: `≥ ${limit}`, isMet: (value) => value >= limit });
const fasterBy = (factor: number): Goal => ({
  says: factor === 1 ? "< Prometheus" : `≤ Prometheus / ${factor}`,
  isMet: (value, peer) => peer !== undefined && value * factor <= peer,
});
const goals: Readonly<Record<string, Goal>> = {
  "engine-start medianMs": atMost(150),
  "idle-20 pssMb": atMost(15),
  "metric-ingest samplesPerSecond": atLeast(1_000_000),
  "metric-ingest rssMb": atMost(100),
  "promql-range rateByJobMs": fasterBy(3),
  "promql-range rateByJobAndCodeMs": fasterBy(3),
  "promql-range histogramQuantileMs": fasterBy(1),
  "promql-range errorRatioMs": fasterBy(1),
  "promql-range maxOverTimeMs": fasterBy(1),
  "ingest-logs linesPerSecond": atLeast(300_000),
  "ingest-spans spansPerSecond": atLeast(300_000),
  "logs-1m substringMs": atMost(150),
  "logs-1m substringAbsentMs": atMost(150),
  "logs-1m jsonFilterNoneMs": atMost(600),
  "logs-1m jsonFilterCountMs": atMost(600),
  "spans-1m durationMs": atMost(20),
  "spans-1m structuralMs": atMost(50),
};

/** Rows of one scenario: what a goal of issue 5 names with its verdict, everything else without. */
async function measured(scenario: Scenario): Promise<readonly string[]> {
  const { figures, peers = {} } = await scenario.run();
  return Object.entries(figures).map(([name, value]) => {
    const others = Object.entries(peers).flatMap(([peer, values]) => (values[name] === undefined ? [] : [`${peer} ${values[name]}`]));
    const goal = goals[`${scenario.name} ${name}`];
    const peer = peers["prometheus"]?.[name];
    const verdict = goal === undefined ? "" : goal.isMet(value, peer) ? "met" : goal.says.includes("Prometheus") && peer === undefined ? "no peer" : "**missed**";
    return `| ${scenario.name} | ${name} | ${value} | ${others.join(", ")} | ${goal?.says ?? ""} | ${verdict} |`;
  });
}

async function conformance(folder: string): Promise<string[]> {
  const { runScript } = await loadPromqlTest();
  const files = readdirSync(folder).filter((name) => name.endsWith(".test")).sort();
  const counts = files.map((name) => {
    const verdicts = runScript(readFileSync(join(folder, name), "utf8"), () => performance.now());
    const count = (status: string): number => verdicts.filter((one) => one.status === status).length;
    return { name, all: verdicts.length, passed: count("passed"), failed: count("failed"), skipped: count("skipped") };
  });
  const sum = (read: (one: (typeof counts)[number]) => number): number => counts.reduce((total, one) => total + read(one), 0);
  return [
    ...counts,
    { name: "in all", all: sum((one) => one.all), passed: sum((one) => one.passed), failed: sum((one) => one.failed), skipped: sum((one) => one.skipped) },
  ].map(({ name, all, passed, failed, skipped }) => `| ${name} | ${all} | ${passed} | ${failed} | ${skipped} |`);
}

const folder = process.argv[2];
const cases = folder !== undefined && existsSync(folder) ? await conformance(folder) : [];
const load = loadavg()[0]?.toFixed(1);
const rows: string[] = [];

/** After each scenario: a run that is cut short has measured what it has measured. */
function writeFigures(): void {
  const missing = scenarios.slice(done).map(({ name }) => name);
  writeFileSync(join(root, "docs", "generated", "telemetry-figures.md"), [
    "# Figures of the telemetry engine",
    "",
    "Written by `npm run figures -- <folder of promqltest files>`; do not edit. Prometheus is the program that INSPAN_BENCH_PROMETHEUS names, on the same data in the same run.",
    "",
    `Machine: ${machine()}, load ${load} at the start and ${loadavg()[0]?.toFixed(1)} at the end (ratios hold under load, times do not; a processor of two that eight others use is not quiet). Commit ${commit()}. The engine is the bundled one of the package; why what is missed is missed: docs/design-docs/telemetry-engine.md.`,
    "",
    "| scenario | figure | Inspan | peers | goal | verdict |",
    "|---|---|---|---|---|---|",
    ...rows,
    ...(missing.length > 0 ? ["", `Not measured in this run: ${missing.join(", ")}.`] : []),
    ...(cases.length > 0
      ? [
          "",
          "Prometheus' own test files (promqltest); skipped is what Prometheus calls experimental:",
          "",
          "| file | evaluations | passed | failed | skipped |",
          "|---|---|---|---|---|",
          ...cases,
        ]
      : []),
    "",
  ].join("\n"));
}

let done = 0;
for (const scenario of scenarios) {
  process.stderr.write(`${scenario.name} …\n`);
  rows.push(...await measured(scenario));
  done++;
  writeFigures();
}
process.exit(0);
