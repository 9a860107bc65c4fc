// The key `assertions` of inspan.yaml: what telemetry has to show after a workload.
import { z } from "zod";
import type { ConfigSection } from "../../../base/config-section.ts";

const limit = z.string().regex(/^\d+(\.\d+)?(ms|s|m)$/, "expected a duration like 800ms or 2s").describe("Longest time that passes");
const comparison = z
  .string()
  .regex(/^(==|!=|<=?|>=?)\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i, "expected a comparison like < 0.8")
  .describe("What every series of the answer has to satisfy");
const name = z.string().min(1).max(500);
const id = z.string().min(1).max(100).describe("Name in reports");
const window = z.string().regex(/^(\d+(ms|[smhdw]))+$/, "expected a duration like 1h").default("1h").describe("How far back is looked");

export const Assertion = z.union([
  z.strictObject({ id, startup: z.string().min(1).describe("Name of a service of this worktree"), max: limit, window }),
  z.strictObject({ id, promql: z.string().min(1).describe("PromQL expression"), is: comparison, window }),
  z.strictObject({ id, logql: z.string().min(1).describe("LogQL metric query"), is: comparison, window }),
  z.strictObject({
    id,
    journey: z
      .union([name.transform((one) => [one]), z.array(name).min(1).max(50)])
      .describe("Names of root spans: every span of every trace below one of them keeps the budget"),
    max: limit,
    window,
  }),
  z.strictObject({ id, traceql: z.string().min(1).describe("TraceQL selection of spans"), max: limit, window }),
]);
export type Assertion = z.infer<typeof Assertion>;

/** A file of assertions: the list itself, or under the key `assertions`. */
export const AssertionFile = z.union([z.array(Assertion), z.looseObject({ assertions: z.array(Assertion) }).transform(({ assertions }) => assertions)]);

/** What is wrong with each assertion: of the forms that it may have, the one that it resembles most says. */
export function wrongAssertions(document: unknown): readonly string[] {
  const assertions: unknown = typeof document === "object" && document !== null && "assertions" in document ? document.assertions : document;
  if (!Array.isArray(assertions)) return [];
  return assertions.flatMap((one: unknown, index) => {
    const keys = typeof one === "object" && one !== null ? Object.keys(one) : [];
    if (Assertion.safeParse(one).success) return [];
    const form = Assertion.options.find(({ shape }) => ["startup", "promql", "logql", "journey", "traceql"].some((key) => key in shape && keys.includes(key)));
    const said = form?.safeParse(one).error?.issues.map((issue) => `${issue.path.join(".")}${issue.path.length > 0 ? ": " : ""}${issue.message}`).join(", ");
    return [`assertion ${index + 1}: ${said ?? "expected one of startup, promql, logql, journey or traceql"}`];
  });
}

export const assertionsSection = {
  key: "assertions",
  schema: z.array(Assertion).default([]),
  summary: "What telemetry has to show after a workload: start-up times, PromQL and LogQL values, durations of spans. Run by inspan assert.",
  example:
    'assertions:\n  - { id: web-start, startup: web, max: 800ms }\n  - { id: error-ratio, promql: \'sum(rate(http_requests_total{code=~"5.."}[5m])) / sum(rate(http_requests_total[5m]))\', is: "< 0.01" }\n  - { id: journeys, journey: ["POST /pay", "GET /cart"], max: 2s }\n  - { id: pay-budget, traceql: \'{ name = "POST /pay" }\', max: 2s }',
} satisfies ConfigSection;
