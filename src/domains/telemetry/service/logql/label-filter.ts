// Label filters as functions of a line's labels. A value that is no number, duration or size marks the line with an error and keeps it.
import { compileAnchoredRegex } from "../regex.ts";
import { goDurationProblem, parseBytes, parseGoDurationNs, parseGoFloat } from "../units.ts";
import { compileIp } from "./ip.ts";
import { errorDetailsLabel, errorLabel, type LabelState } from "./label-state.ts";
import type { CompareOperator, LabelFilter, Matcher } from "./ast.ts";

export type LabelTest = (labels: LabelState) => boolean;

export function compileMatcher(matcher: Matcher): (value: string) => boolean {
  const { value } = matcher;
  if (matcher.op === "=") return (text) => text === value;
  if (matcher.op === "!=") return (text) => text !== value;
  const regex = compileAnchoredRegex(value);
  return matcher.op === "=~" ? (text) => regex.test(text) : (text) => !regex.test(text);
}

export function comparison(op: CompareOperator, limit: number): (value: number) => boolean {
  switch (op) {
    case "==": return (value) => value === limit;
    case "!=": return (value) => value !== limit;
    case ">": return (value) => value > limit;
    case ">=": return (value) => value >= limit;
    case "<": return (value) => value < limit;
    case "<=": return (value) => value <= limit;
  }
}

export const readersOfNumbers = { number: parseGoFloat, duration: parseGoDurationNs, bytes: parseBytes } as const;
const notANumber = (text: string): string => `strconv.ParseFloat: parsing ${JSON.stringify(text)}: invalid syntax`;
const wrongs = { number: notANumber, duration: goDurationProblem, bytes: bytesProblem } as const;

/** Sizes are read as a number and what follows it, which is the unit. */
function bytesProblem(text: string): string {
  const [digits = ""] = /^[\d.,]*/.exec(text) ?? [];
  const unit = text.slice(digits.length).trim().toLowerCase();
  return parseGoFloat(digits.replaceAll(",", "")) === undefined ? notANumber(digits.replaceAll(",", "")) : `unhandled size name: ${unit}`;
}

export function compileLabelFilter(filter: LabelFilter): LabelTest {
  switch (filter.kind) {
    case "string": {
      const test = compileMatcher(filter.matcher);
      const { name } = filter.matcher;
      return (labels) => test(labels.get(name) ?? "");
    }
    case "number": case "duration": case "bytes": {
      const compare = comparison(filter.op, filter.value);
      const read = readersOfNumbers[filter.kind];
      const wrong = wrongs[filter.kind];
      const { name } = filter;
      // Values repeat from line to line: 200, 404, 500.
      const known = new Map<string, number | undefined>();
      return (labels) => {
        const text = isOfErrors(name) ? undefined : labels.get(name);
        if (text === undefined) return false;
        let value = known.get(text);
        if (value === undefined) { value = read(text); if (known.size < 1000) known.set(text, value); }
        if (value === undefined) { labels.fail("LabelFilterErr", wrong(text)); return true; }
        return compare(value);
      };
    }
    case "ip": {
      const pattern = compileIp(filter.pattern);
      return (labels) => {
        if (labels.error !== "") return true;
        const text = labels.get(filter.name);
        return text !== undefined && pattern.isLineIn(text) !== filter.isNegated;
      };
    }
    case "and": { const left = compileLabelFilter(filter.left); const right = compileLabelFilter(filter.right); return (labels) => left(labels) && right(labels); }
    case "or": { const left = compileLabelFilter(filter.left); const right = compileLabelFilter(filter.right); return (labels) => left(labels) || right(labels); }
  }
}

/** Every label that a filter looks at. */
export function namesOfFilter(filter: LabelFilter): readonly string[] {
  if ("left" in filter) return [...namesOfFilter(filter.left), ...namesOfFilter(filter.right)];
  if (filter.kind === "string") return [filter.matcher.name];
  return [filter.name];
}

function isOfErrors(name: string): boolean { return name === errorLabel || name === errorDetailsLabel; }

export function asksForErrors(filter: LabelFilter): boolean {
  return namesOfFilter(filter).some(isOfErrors);
}
