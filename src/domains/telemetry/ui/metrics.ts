// `inspan metrics`: PromQL for people and agents.
import { z } from "zod";
import { renderTable } from "../../../base/text.ts";
import { defineOperation } from "../../../providers/index.ts";
import type { MetricsOutput } from "../runtime/index.ts";
import { shortNumber, sparkline } from "../service/sparkline.ts";
import { Labels } from "../service/vector/labels.ts";

function renderExists({ exists, query }: MetricsOutput): string {
  if (exists === undefined) return "";
  if (exists.metricsTotal === 0)
    return "Nothing matches, and no metric has arrived yet.\nNext: send OTLP or remote write to the engine, or name a page in telemetry.scrape of inspan.yaml";
  const more = exists.metricsTotal > exists.metrics.length ? ` … and ${exists.metricsTotal - exists.metrics.length} more` : "";
  return `Nothing matches ${query}.\nMetrics: ${exists.metrics.join(" ")}${more}\nLabels: ${exists.labels.join(" ")}`;
}

function renderSeries(output: MetricsOutput): string {
  const isRange = output.series.some(({ points }) => points.length > 1);
  const rows = output.series.map(({ labels, points, histogram }) => {
    const values = points.map(([, value]) => value), finite = values.filter(Number.isFinite);
    const last = values.at(-1);
    const shown = histogram === undefined ? last === undefined ? "" : shortNumber(last) : JSON.stringify(histogram).slice(0, 100);
    const name = String(Labels.of(labels));
    return isRange
      ? [
          name,
          finite.length === 0 ? "" : shortNumber(Math.min(...finite)),
          finite.length === 0 ? "" : shortNumber(Math.max(...finite)),
          shown,
          sparkline(values),
        ]
      : [name, shown];
  });
  return renderTable([isRange ? ["SERIES", "MIN", "MAX", "LAST", ""] : ["SERIES", "VALUE"], ...rows]);
}

export const metricsOperation = defineOperation({
  name: "telemetry/metrics", command: "metrics", summary: "Ask the worktree's metrics in PromQL",
  audience: "both", readOnly: true, personFields: ["url"], positional: ["query"],
  input: z.object({
    query: z.string().min(1).describe("PromQL expression"),
    range: z.string().regex(/^(\d+(ms|[smhdwy]))+$/).optional().describe("How far back, for example 5m; without it the values of now"),
    step: z.string().regex(/^(\d+(ms|[smhdwy]))+$/).optional().describe("Time between the points of --range; a sixtieth of it unless told"),
    time: z.string().optional().describe("Seconds since 1970 or RFC 3339 to look at instead of now"),
    limit: z.number().int().min(1).max(1000).default(20).describe("How many series are shown"),
    url: z.url().optional().describe("Server to ask instead of this worktree's engine"),
  }),
  handler: async (input, context) =>
    (await import("../runtime/commands.ts")).runMetricsQuery(context, {
      query: input.query,
      range: input.range,
      step: input.step,
      time: input.time,
      limit: input.limit,
      url: input.url,
    }),
  render: (output) => [
    output.text ?? (output.series.length === 0 ? renderExists(output) : renderSeries(output)),
    ...(output.isCut ? [`… ${output.total - output.series.length} more series; raise --limit`] : []), ...output.warnings, ...output.infos,
  ].join("\n"),
});
