// Monitoring as code: rules and scrape targets of inspan.yaml into the engine, rule tests, dashboards against what is emitted.
import { dirname, resolve } from "node:path";
import { InspanError, messageOf } from "../../../base/errors.ts";
import type { OperationContext } from "../../../providers/index.ts";
import { telemetrySection } from "../config/telemetry-section.ts";
import { findWorktreeRoot } from "../repo/engine-record.ts";
import { parseDuration } from "../service/promql/lexer.ts";
import { type DashboardQuery, queriesOf } from "../service/metrics/dashboards.ts";
import { type Faults, readRuleGroups, runRuleTests } from "../service/metrics/rule-file.ts";
import { askBackend, findBackend } from "./backend.ts";
import { queryMetrics } from "./prometheus-client.ts";

async function readYaml(context: OperationContext, path: string): Promise<unknown> {
  const text = await context.providers.files.readText(path);
  if (text === undefined) throw new InspanError("FILE_MISSING", `Cannot read "${path}": no such file.`, { kind: "usage" });
  const { parse } = await import("yaml");
  try {
    return parse(text, { maxAliasCount: 50 }) as unknown;
  } catch (error) {
    throw new InspanError("FILE_INVALID", `Cannot read "${path}": ${messageOf(error)}`, { kind: "usage", cause: error });
  }
}

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : {}; // checked to be a plain object

/** Tells the engine what inspan.yaml says; returns what it runs now. */
export async function configureEngine(context: OperationContext, url: string | undefined): Promise<{ readonly targets: number; readonly rules: number }> {
  const rootPath = findWorktreeRoot(context.cwd);
  const config = (await context.loadConfiguration(rootPath)).read(telemetrySection);
  const rules = await Promise.all(config.rules.map(async (file) => ({ ...record(await readYaml(context, resolve(rootPath, file))), file })));
  const scrape = config.scrape.map(({ job, url: page, interval, timeout, labels }) => ({
    job,
    url: page,
    intervalMs: parseDuration(interval),
    timeoutMs: parseDuration(timeout),
    labels,
  }));
  const { status, body } = await askBackend(await findBackend(context, "prometheus", url), "/inspan/v1/metrics", {
    signal: context.signal,
    method: "PUT",
    document: { scrape, rules },
  });
  if (status !== 200) throw new InspanError("TELEMETRY_REFUSED", `Cannot configure the engine: ${String(record(body)["error"] ?? `status ${status}`)}`, { kind: "usage" });
  await askBackend(await findBackend(context, "prometheus", url), "/inspan/v1/forward", { signal: context.signal, method: "PUT", document: { url: config.forward ?? null } });
  const { targets, rules: count } = record(body);
  return { targets: Number(targets), rules: Number(count) };
}

export interface RuleTestReport { readonly version: 1; readonly expectations: number; readonly faults: readonly string[] }

/** Files in promtool's form of unit tests. */
export async function testRules(context: OperationContext, files: readonly string[]): Promise<RuleTestReport> {
  const faults: string[] = [];
  let expectations = 0;
  for (const file of files) {
    const path = resolve(context.callerPath, file);
    const document = record(await readYaml(context, path));
    const here: Faults = { list: faults, file };
    const names = Array.isArray(document["rule_files"]) ? document["rule_files"].map(String) : [];
    const groups = (await Promise.all(names.map(async (name) => readRuleGroups(await readYaml(context, resolve(dirname(path), name)), { list: faults, file: name })))).flat();
    expectations += runRuleTests(document, groups, here, () => context.providers.clock.monotonicMs());
  }
  return { version: 1, expectations, faults };
}

export interface CheckedQuery extends DashboardQuery { readonly status: "ok" | "empty" | "broken" | "skipped"; readonly reason: string }

/** Every query of a Grafana dashboard against what the worktree emits. */
export async function checkDashboard(
  context: OperationContext,
  file: string,
  options: { readonly url: string | undefined; readonly window: string },
): Promise<readonly CheckedQuery[]> {
  const backend = await findBackend(context, "prometheus", options.url);
  const queries = queriesOf(await readYaml(context, resolve(context.callerPath, file)), options.window);
  const checked: CheckedQuery[] = [];
  const now = context.providers.clock.nowMs() / 1000;
  for (const query of queries) {
    if (query.language !== "promql" && query.language !== "logql") {
      checked.push({ ...query, status: "skipped", reason: `queries for ${query.language || "an unnamed source"} are not checked` });
      continue;
    }
    try {
      const isLogs = query.language === "logql";
      const path = isLogs ? "/loki/api/v1/query_range" : "/api/v1/query_range";
      const source = isLogs ? await findBackend(context, "loki", options.url) : backend;
      const { series } = await queryMetrics(
        source,
        path,
        { query: query.expr, start: String(now - (parseDuration(options.window) ?? 3_600_000) / 1000), end: String(now), step: "60" },
        context.signal,
      );
      checked.push({ ...query, status: series.length > 0 ? "ok" : "empty", reason: series.length > 0 ? "" : "nothing that the application emits matches" });
    } catch (error) {
      if (!(error instanceof InspanError) || error.code !== "QUERY_REFUSED") throw error;
      checked.push({ ...query, status: "broken", reason: error.message });
    }
  }
  return checked;
}
