// Calls by a dotted name that begins with a global or an imported name: which arguments are literal, which keys they name.
import type { Argument, CallExpression, NewExpression, VisitorObject } from "oxc-parser";
import type { FactsRequest } from "../../types/facts-request.ts";
import type { CallFact } from "../../types/facts.ts";
import type { Collector, Source } from "./collector.ts";
import { detach, literalText, nameOf, pathOf } from "./nodes.ts";
import type { Outline } from "./outline.ts";
import type { Scopes } from "./scopes.ts";

/** Rules look at the first arguments; more would only make the cache large. */
const literalsMax = 4;
/** A command or an address is shorter; a longer text is data. */
const literalCharsMax = 300;
/** Options that a rule asks for are few; a longer object is data. */
const keysMax = 40;

interface Found {
  readonly node: CallExpression | NewExpression;
  readonly callee: string;
  readonly parts: readonly string[];
  readonly rootStart: number;
  readonly isFromGlobalObject: boolean;
}

/** `names` as in FactsRequest.calls. */
export function createCalls(request: Pick<FactsRequest, "calls" | "localCalls">, scopes: Scopes, outline: Outline): Collector {
  const names = request.calls;
  const wanted = new Set(names);
  const locals = new Set(request.localCalls);
  const isWantedLocal = (parts: readonly string[]) => locals.size > 0 && parts.some((part) => locals.has(part));
  const isAll = wanted.has("*");
  let source: Source;
  let found: Found[] = [];
  const add = (node: CallExpression | NewExpression) => {
    const path = pathOf(node.callee);
    if (path === undefined) return;
    const { parts, rootStart, isFromGlobalObject } = path;
    const dotted = parts.join(".");
    const imported = isFromGlobalObject ? undefined : scopes.importOf(parts[0] ?? "")?.imported;
    const isWanted =
      isAll ||
      wanted.has(dotted) ||
      wanted.has(parts[0] ?? "") ||
      wanted.has(parts.at(-1) ?? "") ||
      (imported !== undefined && wanted.has(imported)) ||
      isWantedLocal(parts);
    if (isWanted) found.push({ node, callee: node.type === "NewExpression" ? `new ${dotted}` : dotted, parts, rootStart, isFromGlobalObject });
  };
  const visitor: VisitorObject = { CallExpression: add, NewExpression: add };
  const isLocal = (one: Found) => !one.isFromGlobalObject && (one.parts[0] === "this" || scopes.isLocal(one.parts[0] ?? "", one.rootStart));
  const toFact = (one: Found, inFunction: string): CallFact => {
    const { node, callee, parts, isFromGlobalObject } = one;
    const origin = isFromGlobalObject ? undefined : scopes.importOf(parts[0] ?? "");
    const opening = node.arguments[0] === undefined ? undefined : openingOf(firstOfList(node.arguments[0]));
    return {
      callee, ...(origin === undefined || isLocal(one) ? {} : { origin }), ...(isLocal(one) ? { isLocal: true } : {}),
      literals: node.arguments.slice(0, literalsMax).map((one, at) => literalOf(at === 0 ? firstOfList(one) : one)),
      ...(opening === undefined ? {} : { opening }),
      keys: node.arguments.flatMap(keysOf).slice(0, keysMax),
      inFunction,
      ...source.lines.place(node.start), endLine: source.lines.place(node.end - 1).line,
    };
  };
  return {
    visitor,
    isWanted: (text) => isAll || [...names, ...locals].some((name) => text.includes(name.slice(name.lastIndexOf(".") + 1))),
    begin(next) { source = next; found = []; },
    finish() {
      const outside = found.filter((one) => !isLocal(one) || isWantedLocal(one.parts)).sort((left, right) => left.node.start - right.node.start);
      const around = outline.functionsAround(outside.map((one) => one.node.start));
      return { calls: outside.map((one, at) => toFact(one, around[at] ?? "")) };
    },
  };
}

/** A list that stands first begins with what is called: `Bun.spawn(["ffmpeg", …])`. */
function firstOfList(argument: Argument): Argument {
  const first = argument.type === "ArrayExpression" ? argument.elements[0] : undefined;
  return first === null || first === undefined || first.type === "SpreadElement" ? argument : first;
}

function literalOf(argument: Argument): string | undefined {
  const text = argument.type === "SpreadElement" ? undefined : literalText(argument);
  return text === undefined ? undefined : detach(text, literalCharsMax);
}

/** Undefined for a whole literal, and where nothing literal stands first. */
function openingOf(argument: Argument): string | undefined {
  let node = argument;
  while (node.type === "BinaryExpression" && node.operator === "+" && literalText(node) === undefined) node = node.left;
  const text =
    node.type === "TemplateLiteral" && node.expressions.length > 0
      ? (node.quasis[0]?.value.cooked ?? "")
      : node === argument || node.type === "SpreadElement"
        ? ""
        : (literalText(node) ?? "");
  return text === "" ? undefined : detach(text, literalCharsMax);
}

function keysOf(argument: Argument): readonly string[] {
  if (argument.type !== "ObjectExpression") return [];
  return argument.properties.flatMap((one) => (one.type === "Property" && !one.computed ? [nameOf(one.key)] : []));
}
