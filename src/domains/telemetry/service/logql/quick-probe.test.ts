// The quick ways through JSON lines against the probe over all labels, on lines that loggers write and on lines that nobody should.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { nodeByteTools } from "../../runtime/byte-tools.ts";
import { labelSet } from "../labels.ts";
import { JsonFields } from "./json-fields.ts";
import { JsonScanner } from "./json-scan.ts";
import { LineState } from "./line-state.ts";
import { parseLogql } from "./parse.ts";
import { compilePipeline } from "./pipeline.ts";

const seed = 20_261_121;
let state = seed;
const next = (below: number): number => { state = Math.imul(state, 1_664_525) + 1_013_904_223 | 0; return Math.floor((state >>> 0) / 2 ** 32 * below); };
const pick = (list: readonly string[]): string => list[next(list.length)] ?? "";

const keys = ["status", "level", "dur_ms", "dur.ms", "msg", "a", "a_b", " status ", "stat\\u0075s", "status", "user", "dur", ""];
const values = [
  "200",
  "500",
  '"500"',
  '"error"',
  '"info"',
  '"with \\"quotes\\""',
  "true",
  "null",
  "-1.5",
  "12.",
  '{"status":500,"ms":7,"b":"x"}',
  '[1,{"status":5}]',
  "{}",
  '"5ms"',
  '"unfinished',
  "bare",
  '"tab\\t"',
  '""',
];
function line(): string {
  const pairs = Array.from({ length: next(6) }, () => `${pick(["", " "])}"${pick(keys)}"${pick(["", " "])}:${pick(["", " "])}${pick(values)}`);
  const whole = `${pick(["", " "])}{${pairs.join(",")}}${pick(["", " ", "x"])}`;
  return next(12) === 0 ? whole.slice(0, next(whole.length + 1)) : next(30) === 0 ? "status=500 plain" : whole;
}

const lines = Array.from({ length: 6000 }, line);
const padding = "{\"status\":500} ";

let sure = 0;
function run(query: string, isQuick: boolean, base: ReadonlyMap<string, string>): readonly string[] {
  const expression = parseLogql(query);
  assert.ok(expression.kind === "log");
  const { quick, probe, probeWanted, steps } = compilePipeline(expression.stages, nodeByteTools);
  assert.ok(quick !== undefined && probe !== undefined, query);
  const state_ = new LineState(nodeByteTools);
  return lines.filter((text) => {
    // The line stands among others, as in a chunk.
    const bytes = Buffer.from(padding + text + padding);
    const start = padding.length, end = bytes.length - padding.length;
    const verdict = isQuick ? quick.probe(bytes, start, end, false) : undefined;
    if (verdict === false) return false;
    if (verdict === true) sure++;
    state_.reset(bytes, start, end);
    state_.labels.reset(base);
    state_.labels.wanted = probeWanted;
    if (verdict === undefined && !probe(state_)) return false;
    state_.labels.wanted = undefined;
    state_.labels.reset(base);
    return steps.every((step) => step(state_));
  });
}

describe("compileQuickProbe()", () => {
  for (const query of [
    "{a=`b`} | json | status >= 500",
    "{a=`b`} | json | status = `500`",
    "{a=`b`} | json | level != `error`",
    "{a=`b`} | json | status > 200 and level = `info`",
    "{a=`b`} | json | status > 200 or dur_ms < 10 | level = ``",
    "{a=`b`} | json | a_b = `x`",
    "{a=`b`} | json | dur_ms > 1ms",
  ]) {
    it(`drops what the probe over labels drops: ${query} (seed ${seed})`, () => {
      const expected = run(query, false, new Map());
      assert.deepEqual(run(query, true, new Map()), expected);
      assert.ok(expected.length < lines.length && sure > 10);
    });
  }
  it("does not judge streams that have a label of the same name, nor filters for errors", () => {
    const compile = (query: string) => {
      const expression = parseLogql(query);
      assert.ok(expression.kind === "log");
      return compilePipeline(expression.stages, nodeByteTools).quick;
    };
    const set = labelSet;
    const quick = compile("{a=`b`} | json | status >= 500");
    assert.deepEqual([quick?.isFor(0, [set([["status", "x"]])]), quick?.isFor(1, [set([]), set([["app", "x"]])])], [false, true]);
    assert.equal(compile("{a=`b`} | json | __error__ = ``"), undefined);
    assert.equal(compile("{a=`b`} | json | addr = ip(`10.0.0.0/8`)"), undefined);
  });
  it("is the last word only where nothing but its filters is left and nobody asks for labels", () => {
    const isEnough = (stages: string, isOnlyCounted: boolean) => {
      const expression = parseLogql(`{a="b"} ${stages}`);
      assert.ok(expression.kind === "log");
      return compilePipeline(expression.stages, nodeByteTools, new Set(["status"]), isOnlyCounted).isQuickEnough;
    };
    assert.deepEqual(
      [
        isEnough("| json | status >= 500", true),
        isEnough("| json | status >= 500", false),
        isEnough('| json | status >= 500 | __error__ != ""', true),
        isEnough("| json | status >= 500 | line_format `x`", true),
        isEnough("| logfmt | status >= 500", true),
      ],
      [true, false, false, false, false],
    );
  });
});

describe("JsonFields", () => {
  it(`finds the places of the values that JsonScanner hands over, where it is sure (seed ${seed})`, () => {
    const names = ["status", "dur_ms", "level"];
    const fields = new JsonFields(names, nodeByteTools);
    let sure = 0;
    for (const text of lines) {
      const bytes = Buffer.from(text);
      if (!fields.scan(bytes, 0, bytes.length, names.length)) continue;
      sure++;
      const expected: Record<string, string> = {};
      const isWhole = new JsonScanner(nodeByteTools, names.length).scan(bytes, 0, bytes.length, {
        wants: (name, isPrefix) => (isPrefix ? names.some((one) => one.startsWith(`${name}_`)) : names.includes(name)),
        set: (name, value) => {
          if (name in expected) return false;
          expected[name] = value;
          return true;
        },
      });
      assert.ok(isWhole, text);
      assert.deepEqual(
        Object.fromEntries(
          names.flatMap((name, at) => ((fields.starts[at] ?? -1) < 0 ? [] : [[name, bytes.toString("utf8", fields.starts[at], fields.ends[at])]])),
        ),
        expected,
        text,
      );
    }
    assert.ok(sure > lines.length / 4);
  });
});
