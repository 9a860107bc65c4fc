import assert from "node:assert/strict";
import { test } from "node:test";
import type { GraphReport } from "../types/report.ts";
import { drawGraph } from "./graph.ts";

const file = (name: string, domain: string | null, layer: string | null) => ({ file: name, language: "typescript" as const, domain, layer });
const edge = (from: string, to: string) => ({ from, to, kind: "value" as const, line: 1, specifier: to });
const report = (files: GraphReport["files"], edges: GraphReport["edges"]): GraphReport => ({ version: 1, files, edges, unresolved: [] });
const count = (text: string, part: string | RegExp) => text.split(part).length - 1;

test("drawGraph() draws a box for each layer and a curve with its count for each pair", () => {
  const files = [
    file("d/a/types.ts", "a", "types"),
    file("d/a/repo.ts", "a", "repo"),
    file("d/a/repo2.ts", "a", "repo"),
    file("d/b/types.ts", "b", "types"),
    file("main.ts", null, null),
  ];
  const svg = drawGraph(
    report(files, [
      edge("d/a/repo.ts", "d/a/types.ts"),
      edge("d/a/repo2.ts", "d/a/types.ts"),
      edge("d/b/types.ts", "d/a/types.ts"),
      edge("d/a/repo.ts", "d/a/repo2.ts"),
    ]),
    "svg",
  );
  assert.match(svg, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 \d+ \d+"/);
  assert.deepEqual([count(svg, 'rx="6"'), count(svg, "marker-end"), count(svg, "<g>"), count(svg, "</g>")], [4, 2, 6, 6]);
  assert.match(svg, /<title>a\/repo → a\/types: 2<\/title>/);
  const at = (name: string) => Number(new RegExp(`<title>${name}: \\d files</title><rect x="\\d+" y="(\\d+)"`).exec(svg)?.[1]);
  assert.ok(at("a/types") < at("a/repo"), "what is imported stands above");
});

test("drawGraph() escapes names and ends where layers import each other in a circle", () => {
  const svg = drawGraph(report([file("x", 'a"<script>&', "one\u001b"), file("y", 'a"<script>&', "two")], [edge("x", "y"), edge("y", "x")]), "svg");
  assert.doesNotMatch(svg, /<script|\u001b|NaN|undefined/);
  assert.match(svg, /&lt;script&gt;&amp;/);
});

test("drawGraph() draws a bounded part of a huge graph and says so; nothing gives an empty drawing", () => {
  const files = Array.from({ length: 1000 }, (_, index) => file(`f${index}`, `d${index}`, "types"));
  const svg = drawGraph(report(files, files.slice(1).map((one) => edge(one.file, "f0"))), "svg");
  assert.equal(count(svg, 'rx="6"'), 200);
  assert.match(svg, /800 boxes and \d+ curves left out/);
  assert.match(drawGraph(report([], []), "svg"), /0 boxes, 0 imports/);
});
