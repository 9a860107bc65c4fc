// Comments and strings of one file. Both are bounded: rules look for words and addresses, not for data.
import type { VisitorObject } from "oxc-parser";
import type { StringFact } from "../../types/facts.ts";
import type { Collector, Source } from "./collector.ts";
import { detach } from "./nodes.ts";

/** A licence text or a drawing is cut; what a rule looks for stands at the beginning. */
const commentCharsMax = 2_000;
/** A longer string is data. */
const stringCharsMax = 500;

export function createComments(): Collector {
  let source: Source;
  return {
    visitor: {},
    begin(next) { source = next; },
    finish: ({ comments }) => ({
      comments: comments.map((one) => ({
        text: detach(one.value.trim(), commentCharsMax),
        line: source.lines.place(one.start).line,
        endLine: source.lines.place(Math.max(one.start, one.end - 1)).line,
      })),
    }),
  };
}

/** String literals and templates (holes as `${}`), without the specifiers of imports. */
export function createStrings(): Collector {
  let source: Source;
  let strings: StringFact[] = [];
  let specifiers = new Set<number>();
  const skip = (node: { readonly source: { readonly start: number } | null }) => { if (node.source !== null) specifiers.add(node.source.start); };
  const visitor: VisitorObject = {
    ImportDeclaration: skip, ExportNamedDeclaration: skip, ExportAllDeclaration: skip, ImportExpression: skip, TSImportType: skip,
    Literal(node) {
      if (typeof node.value === "string" && !specifiers.has(node.start)) strings.push({ text: detach(node.value, stringCharsMax), ...source.lines.place(node.start) });
    },
    TemplateLiteral(node) {
      if (!specifiers.has(node.start))
        strings.push({ text: detach(node.quasis.map((quasi) => quasi.value.cooked ?? "").join("${}"), stringCharsMax), ...source.lines.place(node.start) });
    },
  };
  return { visitor, begin(next) { source = next; strings = []; specifiers = new Set(); }, finish: () => ({ strings }) };
}
