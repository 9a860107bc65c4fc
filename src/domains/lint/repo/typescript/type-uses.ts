// Every written `any` and `unknown`, with the declaration around it.
import type { VisitorObject } from "oxc-parser";
import type { Collector, Source } from "./collector.ts";
import type { Outline } from "./outline.ts";

export function createTypeUses(outline: Outline): Collector {
  let source: Source;
  let found: { readonly name: string; readonly start: number }[] = [];
  const visitor: VisitorObject = {
    TSAnyKeyword: (node) => { found.push({ name: "any", start: node.start }); },
    TSUnknownKeyword: (node) => { found.push({ name: "unknown", start: node.start }); },
  };
  return {
    visitor,
    isWanted: (text) => text.includes("any") || text.includes("unknown"),
    begin(next) { source = next; found = []; },
    finish() {
      const uses = found.sort((left, right) => left.start - right.start);
      const around = outline.declarationsAround(uses.map((one) => one.start));
      return { typeUses: uses.map((one, at) => ({ name: one.name, inDeclaration: around[at] ?? "", ...source.lines.place(one.start) })) };
    },
  };
}
