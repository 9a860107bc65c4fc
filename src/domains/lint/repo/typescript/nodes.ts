// Small questions to single nodes of the tree that several collectors ask.
import type { Expression, Node } from "oxc-parser";

/** Text that is known without running anything: a string, a template without holes, or a sum of such. */
export function literalText(node: Expression): string | undefined {
  if (node.type === "Literal") return typeof node.value === "string" ? node.value : undefined;
  if (node.type === "TemplateLiteral") return node.expressions.length === 0 ? node.quasis[0]?.value.cooked ?? undefined : undefined;
  if (node.type === "TSAsExpression" || node.type === "TSSatisfiesExpression" || node.type === "TSNonNullExpression") return literalText(node.expression);
  if (node.type !== "BinaryExpression" || node.operator !== "+") return undefined;
  const left = literalText(node.left);
  const right = literalText(node.right);
  return left === undefined || right === undefined ? undefined : left + right;
}

export function nameOf(node: { readonly type: string; readonly name?: unknown; readonly value?: unknown }): string {
  return String(node.name ?? node.value);
}

const globalObjects = new Set(["globalThis", "global", "window", "self"]);

export interface DottedPath {
  /** Without a global object in front. */
  readonly parts: readonly string[];
  /** Offset of the identifier that the path begins with. */
  readonly rootStart: number;
  /** Set where the path began with a global object. */
  readonly isFromGlobalObject: boolean;
}

/** `a.b["c"]` as a, b, c; undefined where the root is no identifier. A computed part that is no literal ends the path. */
export function pathOf(node: Node): DottedPath | undefined {
  switch (node.type) {
    case "ChainExpression": case "TSNonNullExpression": case "TSAsExpression": case "TSSatisfiesExpression": case "ParenthesizedExpression": return pathOf(node.expression);
    case "Identifier": return { parts: [node.name], rootStart: node.start, isFromGlobalObject: false };
    case "ThisExpression": return { parts: ["this"], rootStart: node.start, isFromGlobalObject: false };
    case "MemberExpression": break;
    default: return undefined;
  }
  const before = pathOf(node.object);
  if (before === undefined) return undefined;
  const isAtGlobalObject = before.parts.length === 1 && !before.isFromGlobalObject && globalObjects.has(before.parts[0] ?? "");
  const name = node.computed ? literalText(node.property) : node.property.name;
  if (name === undefined) return isAtGlobalObject ? undefined : before;
  return isAtGlobalObject ? { ...before, parts: [name], isFromGlobalObject: true } : { ...before, parts: [...before.parts, name] };
}

/** Copies at most `charsMax` characters out of a text, so that the whole text is not kept alive by a slice of it. */
export function detach(text: string, charsMax: number): string {
  return Buffer.from(text.length > charsMax ? text.slice(0, charsMax) : text).toString();
}
