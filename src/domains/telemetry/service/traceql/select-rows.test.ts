// Scans of columns against the meaning of the language, row by row.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { StringTable } from "../wire/strings.ts";
import { decodeOtlpTracesJson } from "../traces/decode-otlp.ts";
import { SpanStore } from "../traces/span-store.ts";
import { compileTest } from "./field.ts";
import { parseTraceql } from "./parse.ts";
import { selectRows } from "./select-rows.ts";
import { TraceView } from "./trace-view.ts";
import type { FieldExpression } from "./ast.ts";

const spansCount = 3000;
const hex = (number: number, digits: number): string => number.toString(16).padStart(digits, "0");

function filledView(): TraceView {
  const decoder = {
    store: new SpanStore(),
    strings: new StringTable(),
    resourceIds: new Map<string, number>(),
    scopeIds: new Map<string, number>(),
    refused: { count: 0, reason: "" },
  };
  const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
  for (let batch = 0; batch < 3; batch++) {
    decodeOtlpTracesJson(decoder, { resourceSpans: [{ resource: { attributes: batch === 2 ? [] : [text("service.name", `shop-${batch}`), { key: "replica", value: { intValue: String(batch) } }] }, scopeSpans: [{ spans: Array.from({ length: spansCount / 3 }, (_, at) => ({
      traceId: hex(1 + (at % 100), 32),
      spanId: hex(batch * spansCount + at + 1, 16),
      name: `op-${at % 7}`,
      kind: at % 6,
      status: { code: at % 3 },
      startTimeUnixNano: "1000000000",
      endTimeUnixNano: String(1_000_000_000 + at * 1000),
      attributes: [
        ...(at % 4 === 0 ? [] : [text("route", `/r${at % 5}`)]),
        { key: "size", value: { intValue: String(at % 10) } },
        ...(at % 9 === 0 ? [{ key: "route", value: { arrayValue: { values: [{ stringValue: "/r1" }, { stringValue: "/x" }] } } }] : []),
      ],
    })) }] }] });
  }
  return new TraceView(decoder.store);
}

function expressionOf(query: string): FieldExpression | undefined {
  const { root } = parseTraceql(query);
  const [stage] = root.kind === "search" ? root.stages : [];
  assert.ok(stage?.kind === "spanset" && stage.expression.kind === "filter");
  return stage.expression.expression;
}

describe("selectRows()", () => {
  const view = filledView();
  const queries = [
    "{ }",
    "{ duration > 500us }",
    "{ duration >= 500us }",
    "{ duration < 500us }",
    "{ duration <= 500us }",
    "{ duration = 500us }",
    "{ duration != 500us }",
    "{ duration > 0.5us }",
    "{ status = error }",
    "{ status != error }",
    "{ kind = server }",
    "{ name = `op-3` }",
    "{ name != `op-3` }",
    "{ name = `absent` }",
    "{ name != `absent` }",
    "{ name =~ `op-[12]` }",
    "{ span.route = `/r1` }",
    "{ span.route = `absent` }",
    "{ span.absent = `x` }",
    "{ span.route != `/r1` }",
    "{ .route = `/r1` }",
    "{ span.size > 5 }",
    "{ resource.service.name = `shop-1` }",
    "{ resource.service.name != `shop-1` }",
    "{ resource.service.name = 5 }",
    "{ resource.replica >= 1 }",
    "{ resource.absent != 1 }",
    "{ resource.service.name =~ `shop.*` }",
    "{ resource.service.name != nil }",
    "{ span.route = `/r1` && duration > 500us }",
    "{ duration > 500us && span.route = `/r1` && resource.service.name = `shop-0` }",
    "{ duration < 100us || name = `op-1` && status = error }",
    "{ !(name = `op-1`) && kind = client }",
  ];
  for (const query of queries) {
    it(`finds what the test of each row finds: ${query}`, () => {
      const expression = expressionOf(query);
      const test = compileTest(expression, view);
      const all = Array.from({ length: view.store.count }, (_, row) => row);
      assert.deepEqual([...selectRows(expression, view, undefined, () => {})], all.filter(test));
      const odd = Uint32Array.from(all.filter((row) => row % 2 === 1));
      assert.deepEqual([...selectRows(expression, view, odd, () => {})], [...odd].filter(test));
    });
  }
  it("finds something with most of these and not everything", () => {
    const found = queries.map((query) => selectRows(expressionOf(query), view, undefined, () => {}).length);
    assert.ok(found.filter((count) => count > 0 && count < spansCount).length > 20);
  });
});
