// `name="value"` and its three siblings, in selectors, drop and keep.
import type { Cursor } from "./cursor.ts";
import { checkRegex } from "../regex.ts";
import type { MatchOperator, Matcher } from "./ast.ts";

const matchOperators: Readonly<Record<string, MatchOperator>> = { "=": "=", "!=": "!=", "=~": "=~", "!~": "!~" };

export function parseMatcher(cursor: Cursor, expected: string): Matcher {
  const name = cursor.expectIdentifier(expected);
  const token = cursor.peek();
  const op = token.kind === "operator" ? matchOperators[token.text] : undefined;
  if (op === undefined) return cursor.fail("=, !=, =~ or !~");
  cursor.next();
  const { start } = cursor.peek();
  const value = cursor.expectString();
  if (op === "=~" || op === "!~") requireRegex(cursor, value, start);
  return { name, op, value };
}

export function requireRegex(cursor: Cursor, pattern: string, start: number): void {
  const problem = checkRegex(pattern);
  if (problem !== undefined) throw cursor.error(start, problem);
}
