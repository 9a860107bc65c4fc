// Label filters as functions of a line's labels. A value that is no number, duration or size marks the line with an error and keeps it.
import { compileAnchoredRegex } from "../regex.ts";
import { parseBytes, parseDurationNs, parseGoFloat } from "../units.ts";
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

export const readersOfNumbers = { number: parseGoFloat, duration: parseDurationNs, bytes: parseBytes } as const;
const wrongs = { number: "strconv.ParseFloat: parsing", duration: "time: invalid duration", bytes: "strconv.ParseFloat: parsing" } as const;

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
        if (labels.error !== "") return true;
        const text = labels.get(name);
        if (text === undefined) return false;
        let value = known.get(text);
        if (value === undefined) { value = read(text); if (known.size < 1000) known.set(text, value); }
        if (value === undefined) { labels.fail("LabelFilterErr", `${wrong} ${JSON.stringify(text)}: invalid syntax`); return true; }
        return compare(value);
      };
    }
    case "ip": {
      const pattern = compileIp(filter.pattern);
      return (labels) => {
        if (labels.error !== "") return true;
        const text = labels.get(filter.name);
        return text !== undefined && pattern.isAddressIn(text) !== filter.isNegated;
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

export function asksForErrors(filter: LabelFilter): boolean {
  return namesOfFilter(filter).some((name) => name === errorLabel || name === errorDetailsLabel);
}
