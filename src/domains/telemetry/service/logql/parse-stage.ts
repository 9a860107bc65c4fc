// Argument lists of LogQL stages: extraction fields, label formats, names and matchers.
import type { Cursor } from "./cursor.ts";
import { checkJsonPath } from "./json-path.ts";
import { checkTemplate } from "./template/parse-template.ts";
import { parseMatcher } from "./parse-matcher.ts";
import type { ExtractedField, LabelFormat, NameOrMatcher } from "./ast.ts";

/** `label="path", other` of json and logfmt; empty where none is given. */
export function parseFields(cursor: Cursor, isJson: boolean): readonly ExtractedField[] {
  const fields: ExtractedField[] = [];
  if (cursor.peek().kind !== "identifier" || cursor.isWord("offset", "or", "and", "unless", "by", "without")) return fields;
  do {
    const label = cursor.expectIdentifier("a label name");
    if (!cursor.takeOperator("=")) { fields.push({ label, path: label }); continue; }
    const { start } = cursor.peek();
    const path = cursor.expectString("an expression in quotes");
    const problem = isJson ? checkJsonPath(path) : path === "" ? "an empty key" : undefined;
    if (problem !== undefined) throw cursor.error(start, `cannot parse expression [${path}]: ${problem}`);
    fields.push({ label, path });
  } while (cursor.takeOperator(","));
  return fields;
}

export function parseLabelFormats(cursor: Cursor): readonly LabelFormat[] {
  const formats: LabelFormat[] = [];
  do {
    const token = cursor.peek();
    const label = cursor.expectIdentifier("a label name");
    cursor.expectOperator("=");
    if (formats.some((one) => one.label === label)) throw cursor.error(token.start, `multiple label name '${label}' not allowed in a single format operation`);
    const value = cursor.peek();
    if (value.kind === "identifier") { cursor.next(); formats.push({ label, source: value.text, isTemplate: false }); continue; }
    const source = cursor.expectString("a label name or a template in quotes");
    const problem = checkTemplate(source);
    if (problem !== undefined) throw cursor.error(value.start, `invalid template for label '${label}': ${problem}`);
    formats.push({ label, source, isTemplate: true });
  } while (cursor.takeOperator(","));
  return formats;
}

/** `a, b="x"` of drop and keep: at least one. */
export function parseNamesOrMatchers(cursor: Cursor): readonly NameOrMatcher[] {
  const items: NameOrMatcher[] = [];
  do {
    const next = cursor.peek(1);
    if (next.kind === "operator" && ["=", "!=", "=~", "!~"].includes(next.text)) {
      const matcher = parseMatcher(cursor, "a label name");
      items.push({ name: matcher.name, matcher });
    } else items.push({ name: cursor.expectIdentifier("IDENTIFIER (a label name)"), matcher: undefined });
  } while (cursor.takeOperator(","));
  return items;
}
