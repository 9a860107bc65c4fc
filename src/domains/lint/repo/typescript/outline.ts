// Named ranges of one file: functions with the name of what holds them, and other declarations. Answers "what is around this place?".
import type { Expression, Function as FunctionNode, PropertyKey as Key, VisitorObject } from "oxc-parser";
import type { FunctionFact } from "../../types/facts.ts";
import type { Collector, Source } from "./collector.ts";

/** Functions below this many lines are no facts: no limit is that small, and most functions are. */
export const functionLinesMin = 10;

interface Range { readonly start: number; readonly end: number; readonly name: string; readonly isFunction: boolean }

export interface Outline extends Collector {
  /** The innermost function at each of these offsets (ascending); empty where there is none, `(anonymous)` where no function around has a name. */
  functionsAround(offsets: readonly number[]): readonly string[];
  /** The innermost declaration with a name at each of these offsets (ascending), functions included; empty where there is none. */
  declarationsAround(offsets: readonly number[]): readonly string[];
}

export const anonymous = "(anonymous)";
export const callback = "callback of ";

export function createOutline(isFunctionFacts: boolean): Outline {
  let source: Source;
  let ranges: Range[] = [];
  let functionEnd = 0;
  /** Names that a declaration or a property gives to the function that is its value. */
  let names = new Map<unknown, string>();

  const add = (node: { readonly start: number; readonly end: number }, name: string, isFunction: boolean) => {
    ranges.push({ start: node.start, end: node.end, name, isFunction });
  };
  const addFunction = (node: FunctionNode | { readonly start: number; readonly end: number; readonly id?: null }) => {
    add(node, node.id?.name ?? names.get(node) ?? anonymous, true);
    functionEnd = Math.max(functionEnd, node.end);
  };
  const nameByKey = (value: unknown, key: Key) => { if (isFunctionValue(value) && (key.type === "Identifier" || key.type === "PrivateIdentifier")) names.set(value, key.name); };
  const visitor: VisitorObject = {
    VariableDeclarator(node) {
      if (node.id.type !== "Identifier") return;
      if (isFunctionValue(node.init)) names.set(node.init, node.id.name);
      else if (node.start >= functionEnd) add(node, node.id.name, false);
    },
    Property: (node) => nameByKey(node.value, node.key),
    MethodDefinition: (node) => nameByKey(node.value, node.key),
    PropertyDefinition: (node) => nameByKey(node.value, node.key),
    AssignmentExpression(node) { if (node.left.type === "Identifier" && isFunctionValue(node.right)) names.set(node.right, node.left.name); },
    CallExpression(node) {
      if (node.callee.type !== "Identifier") return;
      for (const argument of node.arguments) if (isFunctionValue(argument)) names.set(argument, callback + node.callee.name);
    },
    FunctionDeclaration: addFunction,
    FunctionExpression: addFunction,
    TSDeclareFunction: addFunction,
    ArrowFunctionExpression: (node) => addFunction(node),
    ClassDeclaration(node) { if (node.id !== null) add(node, node.id.name, false); },
    TSInterfaceDeclaration: (node) => add(node, node.id.name, false),
    TSTypeAliasDeclaration: (node) => add(node, node.id.name, false),
  };

  return {
    visitor,
    begin(next) { source = next; ranges = []; functionEnd = 0; names = new Map(); },
    finish() {
      if (!isFunctionFacts) return {};
      const functions: FunctionFact[] = [];
      for (const range of ranges) {
        if (!range.isFunction) continue;
        const { line, column } = source.lines.place(range.start);
        const endLine = source.lines.place(range.end - 1).line;
        const lines = endLine - line + 1;
        if (lines >= functionLinesMin) functions.push({ name: range.name, line, column, endLine, lines });
      }
      return { functions };
    },
    functionsAround: (offsets) => namesAround(ranges.filter((range) => range.isFunction), offsets, anonymous),
    declarationsAround: (offsets) => namesAround(ranges.filter((range) => !range.name.startsWith(callback)), offsets, ""),
  };
}

function isFunctionValue(node: unknown): node is Expression {
  return typeof node === "object" && node !== null && "type" in node && (node.type === "ArrowFunctionExpression" || node.type === "FunctionExpression");
}

/** Ranges and offsets both ascend, and ranges lie in each other or apart: one walk with a stack answers all. */
function namesAround(ranges: readonly Range[], offsets: readonly number[], withoutName: string): readonly string[] {
  const open: Range[] = [];
  let next = 0;
  return offsets.map((offset) => {
    for (let range = ranges[next]; range !== undefined && range.start <= offset; range = ranges[++next]) {
      closeUntil(open, range.start);
      open.push(range);
    }
    closeUntil(open, offset);
    return open.findLast((range) => range.name !== anonymous)?.name ?? (open.length > 0 ? withoutName : "");
  });
}

function closeUntil(open: Range[], offset: number): void {
  for (let last = open.at(-1); last !== undefined && last.end <= offset; last = open.at(-1)) open.pop();
}
