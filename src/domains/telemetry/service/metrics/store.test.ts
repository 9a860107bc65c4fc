// Series in memory against a plain sorted list, whatever the order, age or kind of the samples.
import assert from "node:assert/strict";
import { test } from "node:test";
import "../promql/re2-engine.ts";
import { compileMatcher } from "../promql/matcher.ts";
import { Labels } from "../vector/labels.ts";
import { Series } from "./series.ts";
import { SampleBuffer } from "./source.ts";
import { MetricStore } from "./store.ts";

function random(seed: number): () => number {
  let state = seed;
  return () => { state = Math.imul(state, 1_664_525) + 1_013_904_223 | 0; return (state >>> 0) / 2 ** 32; };
}

function readAll(series: Series, fromMs = -Infinity, toMs = Infinity): (readonly [number, number | "stale"])[] {
  const buffer = new SampleBuffer();
  series.read(fromMs, toMs, buffer);
  return [...buffer.times.subarray(0, buffer.count)].map((time, at) => [time, buffer.stale.includes(at) ? "stale" : buffer.values[at] ?? 0] as const);
}

const shapes: readonly (readonly [string, (next: () => number, at: number) => number])[] = [
  ["small counters", (_next, at) => at * 3],
  ["large counters", (next, at) => 1e12 + at * 1e7 + Math.floor(next() * 1e6)],
  ["decimals", (next) => Math.round(next() * 1e4) / 100],
  ["any float", (next) => (next() - 0.5) * 10 ** (next() * 40 - 20)],
  ["odd ones", (next) => [0, -0, Number.NaN, Infinity, -Infinity, 1][Math.floor(next() * 6)] ?? 0],
  ["negative", (next) => -Math.floor(next() * 300)],
  ["single precision", (next) => Math.fround(next())],
];

test("Series gives back what it took, packed or not, in any order of arrival", () => {
  for (const [name, shape] of shapes) {
    for (const order of ["in order", "backwards", "shuffled", "backfill after the present"] as const) {
      const seed = name.length * 7 + order.length;
      const next = random(seed);
      const samples = Array.from(
        { length: 2500 },
        (_, at) =>
          [1_600_000_000_000 + at * 1000 + (next() < 0.1 ? Math.floor(next() * 500) : 0), next() < 0.01 ? ("stale" as const) : shape(next, at)] as const,
      );
      const arrival =
        order === "in order"
          ? samples
          : order === "backwards"
            ? [...samples].reverse()
            : order === "shuffled"
              ? samples
                  .map((sample) => [next(), sample] as const)
                  .sort(([left], [right]) => left - right)
                  .map(([, sample]) => sample)
              : [...samples.slice(1200), ...samples.slice(0, 1200)];
      const series = new Series(Labels.of({ __name__: "x" }), 1);
      for (const [time, value] of arrival) assert.equal(series.append(time, value === "stale" ? Number.NaN : value, value === "stale"), "added", `${name} ${order} seed ${seed}`);
      assert.deepEqual(readAll(series), samples, `${name} ${order} seed ${seed}`);
      const [from, to] = [samples[700]?.[0] ?? 0, samples[1900]?.[0] ?? 0];
      assert.deepEqual(readAll(series, from, to), samples.slice(700, 1901), `${name} ${order} range, seed ${seed}`);
    }
  }
});

test("Series keeps the first of two samples at one time, wherever it stands", () => {
  const series = new Series(Labels.of({ __name__: "x" }), 1);
  for (let at = 0; at < 1500; at++) series.append(at * 1000, at, false);
  for (const at of [0, 3, 511, 512, 1499]) {
    assert.equal(series.append(at * 1000, at, false), "same");
    assert.equal(series.append(at * 1000, at + 1, false), "conflict");
    assert.equal(series.append(at * 1000, Number.NaN, true), "conflict");
  }
  assert.equal(readAll(series).length, 1500);
});

test("Series spans jumping clocks: 1970, today and 2100 in one series", () => {
  const series = new Series(Labels.of({ __name__: "x" }), 1);
  const times = [0, 1_763_000_000_000, 4_102_444_800_000, 5, 1_763_000_000_001, -86_400_000];
  for (const time of times) assert.equal(series.append(time, time, false), "added");
  assert.deepEqual(readAll(series).map(([time]) => time), [...times].sort((left, right) => left - right));
});

test("MetricStore selects by every kind of matcher", () => {
  const store = new MetricStore();
  for (const job of ["api", "web", "db"])
    for (const code of ["200", "500", ""]) {
      const series = store.series(Labels.of({ __name__: "hits", job, code }));
      if (typeof series !== "string") store.append(series, 1000, 1, false);
    }
  const select = (...matchers: (readonly [string, "=" | "!=" | "=~" | "!~", string])[]) =>
    store.select(
      matchers.map(([name, op, value]) => compileMatcher({ name, op, value })),
      0,
      2000,
    ).length;
  assert.equal(select(["__name__", "=", "hits"]), 9);
  assert.equal(select(["job", "=", "api"]), 3);
  assert.equal(select(["job", "!=", "api"]), 6);
  assert.equal(select(["code", "=", ""]), 3);
  assert.equal(select(["code", "=~", "5..|200"], ["job", "=~", "api|web"]), 4);
  assert.equal(select(["code", "!~", "5.."]), 6);
  assert.equal(select(["code", "=~", ".+"]), 6);
  assert.equal(select(["nothing", "=", "x"]), 0);
});

test("MetricStore bounds series and evicts the oldest samples, and says both", () => {
  const store = new MetricStore({ seriesMax: 3, bytesMax: 40_000 });
  const made = ["a", "b", "c"].map((job) => store.series(Labels.of({ __name__: "x", job })));
  assert.match(String(store.series(Labels.of({ __name__: "x", job: "d" }))), /holds 3 series, expected at most 3/);
  assert.equal(store.evictionNote(0), undefined);
  const next = random(5);
  for (let at = 0; at < 200_000; at++) { const one = made[at % 3]; if (one !== undefined && typeof one !== "string") store.append(one, at * 1000, next(), false); }
  assert.ok(store.evictedSamples > 0);
  assert.match(store.evictionNote(0) ?? "", /has evicted \d+ samples up to/);
  assert.equal(store.evictionNote(200_000_000), undefined);
});
