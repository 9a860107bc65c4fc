// Stream selectors and pipelines of LogQL.
import type { Cursor } from "./cursor.ts";
import { compileAnchoredRegex } from "../regex.ts";
import { parseMatcher, requireRegex } from "./parse-matcher.ts";
import { parseFields, parseLabelFormats, parseNamesOrMatchers } from "./parse-stage.ts";
import { parseLabelFilter } from "./parse-filter.ts";
import { checkTemplate } from "./template/parse-template.ts";
import { checkPattern } from "./pattern.ts";
import { checkIpPattern } from "./ip.ts";
import type { Conversion, LineFilterOperator, LineFilterTerm, LogExpression, Matcher, Stage } from "./ast.ts";

/** A selector and its stages; `inner` is one that stood in parentheses. `allowsUnwrap` inside of a range aggregation only. */
export function parseLogExpression(cursor: Cursor, inner?: LogExpression, allowsUnwrap = false): LogExpression {
  if (inner !== undefined) return { kind: "log", matchers: inner.matchers, stages: [...inner.stages, ...parseStages(cursor, allowsUnwrap)] };
  if (cursor.takeOperator("(")) {
    const log = parseLogExpression(cursor, undefined, allowsUnwrap);
    cursor.expectOperator(")");
    return parseLogExpression(cursor, log, allowsUnwrap);
  }
  const matchers = parseSelector(cursor);
  return { kind: "log", matchers, stages: parseStages(cursor, allowsUnwrap) };
}

function parseSelector(cursor: Cursor): readonly Matcher[] {
  const open = cursor.expectOperator("{");
  const matchers: Matcher[] = [];
  while (!cursor.isOperator("}")) {
    matchers.push(parseMatcher(cursor, "a label name or }"));
    if (!cursor.takeOperator(",")) break;
  }
  cursor.expectOperator("}");
  const isBounded = matchers.some((matcher) =>
    matcher.op === "="
      ? matcher.value !== ""
      : matcher.op === "!=" || (matcher.op === "=~" && !matchesEmpty(matcher)) || (matcher.op === "!~" && matcher.value !== ""),
  );
  if (!isBounded && matchers.length > 0) {
    throw cursor.error(
      open.start,
      'queries require at least one regexp or equality matcher that does not have an empty-compatible value. For instance, app=~".*" does not meet this requirement, but app=~".+" will',
    );
  }
  return matchers;
}

function matchesEmpty(matcher: Matcher): boolean {
  return compileAnchoredRegex(matcher.value).test("");
}

const lineOperators: Readonly<Record<string, LineFilterOperator>> = { "|=": "|=", "!=": "!=", "|~": "|~", "!~": "!~", "|>": "|>", "!>": "!>" };

/** Stages until something else begins. A `!=` begins a line filter only before a string or ip(. */
export function parseStages(cursor: Cursor, allowsUnwrap: boolean): readonly Stage[] {
  const stages: Stage[] = [];
  for (;;) {
    const token = cursor.peek();
    if (token.kind !== "operator") return stages;
    const op = lineOperators[token.text];
    if (op !== undefined) {
      const after = cursor.peek(1);
      if (token.text === "!=" && after.kind !== "string" && !(after.text === "ip" && cursor.peek(2).text === "(")) return stages;
      cursor.next();
      stages.push(parseLineFilter(cursor, op));
    } else if (token.text === "|") {
      cursor.next();
      stages.push(parseStage(cursor, allowsUnwrap));
    } else return stages;
  }
}

function parseLineFilter(cursor: Cursor, op: LineFilterOperator): Stage {
  const terms: LineFilterTerm[] = [parseTerm(cursor, op)];
  while (cursor.isWord("or")) {
    const after = cursor.peek(1);
    if (after.kind !== "string" && !(after.text === "ip" && cursor.peek(2).text === "(")) break;
    cursor.next();
    terms.push(parseTerm(cursor, op));
  }
  return { kind: "line-filter", op, terms };
}

function parseTerm(cursor: Cursor, op: LineFilterOperator): LineFilterTerm {
  if (cursor.isWord("ip")) {
    const { start } = cursor.next();
    if (op !== "|=" && op !== "!=") throw cursor.error(start, `ip: invalid operation ${op}, expecting |= or !=`);
    cursor.expectOperator("(");
    const text = cursor.expectString();
    cursor.expectOperator(")");
    const problem = checkIpPattern(text);
    if (problem !== undefined) throw cursor.error(start, problem);
    return { isIp: true, text };
  }
  const { start } = cursor.peek();
  const text = cursor.expectString("a string or ip(");
  if (op === "|~" || op === "!~") requireRegex(cursor, text, start);
  if (op === "|>" || op === "!>") requirePattern(cursor, text, start, "filter");
  return { isIp: false, text };
}

function requirePattern(cursor: Cursor, text: string, start: number, use: "filter" | "parser"): void {
  const problem = checkPattern(text, use);
  if (problem !== undefined) throw cursor.error(start, `invalid pattern: ${problem}`);
}

function parseStage(cursor: Cursor, allowsUnwrap: boolean): Stage {
  const token = cursor.peek();
  const isStage = !["=", "!=", "=~", "!~", "==", ">", ">=", "<", "<="].includes(cursor.peek(1).text);
  if (token.kind === "identifier" && isStage) {
    switch (token.text) {
      case "json": cursor.next(); return { kind: "json", fields: parseFields(cursor, true) };
      case "distinct": cursor.next(); return { kind: "distinct", labels: parseNamesOrMatchers(cursor).map((item) => item.name) };
      case "logfmt": cursor.next(); return parseLogfmt(cursor);
      case "unpack": case "decolorize": cursor.next(); return { kind: token.text };
      case "regexp": case "pattern": case "line_format": cursor.next(); return parseTextStage(cursor, token.text);
      case "label_format": cursor.next(); return { kind: "label-format", formats: parseLabelFormats(cursor) };
      case "drop": case "keep": cursor.next(); return { kind: token.text, items: parseNamesOrMatchers(cursor) };
      case "unwrap":
        if (!allowsUnwrap)
          throw cursor.error(
            token.start,
            "syntax error: unexpected unwrap, expecting it inside of a range aggregation such as sum_over_time({…} | unwrap x [5m])",
          );
        cursor.next();
        return parseUnwrap(cursor);
    }
  }
  if (token.kind === "identifier" || cursor.isOperator("(")) return { kind: "label-filter", filter: parseLabelFilter(cursor) };
  return cursor.fail("a parser, a label filter or a formatter");
}

function parseLogfmt(cursor: Cursor): Stage {
  let isStrict = false;
  let keepsEmpty = false;
  while (cursor.peek().kind === "flag") {
    if (cursor.next().text === "--strict") isStrict = true;
    else keepsEmpty = true;
  }
  return { kind: "logfmt", isStrict, keepsEmpty, fields: parseFields(cursor, false) };
}

function parseTextStage(cursor: Cursor, word: "regexp" | "pattern" | "line_format"): Stage {
  const { start } = cursor.peek();
  const text = cursor.expectString();
  if (word === "pattern") requirePattern(cursor, text, start, "parser");
  if (word === "line_format") {
    const problem = checkTemplate(text);
    if (problem !== undefined) throw cursor.error(start, `invalid line template: ${problem}`);
  }
  if (word === "regexp") {
    const double = [...text.matchAll(/\(\?P?<([A-Za-z_]\w*)>/g)].map((match) => match[1]).find((name, index, all) => all.indexOf(name) !== index);
    if (double !== undefined) throw cursor.error(start, `duplicate extracted label name '${double}'`);
    requireRegex(cursor, text, start);
    if (!/\(\?P?<[A-Za-z_]\w*>/.test(text)) throw cursor.error(start, "at least one named capture must be supplied, expecting (?P<name>…)");
  }
  return { kind: word === "line_format" ? "line-format" : word, text };
}

function parseUnwrap(cursor: Cursor): Stage {
  const label = cursor.expectIdentifier("a label name or a conversion");
  if (!cursor.isOperator("(")) return { kind: "unwrap", label, conversion: undefined };
  const conversion = readConversion(label);
  if (conversion === undefined) return cursor.fail("duration(, duration_seconds( or bytes(");
  cursor.next();
  const inner = cursor.expectIdentifier("a label name");
  cursor.expectOperator(")");
  return { kind: "unwrap", label: inner, conversion };
}

function readConversion(word: string): Conversion | undefined {
  return word === "duration" || word === "duration_seconds" || word === "bytes" ? word : undefined;
}
