// Functions of at least a few lines out of the lazy tree, with the names that outline.ts gives them. Short ones are not even looked at.
import type { FileFacts, FunctionFact } from "../../types/facts.ts";
import type { Source } from "./collector.ts";
import { type LazyNode, lazyNode, lazyNodes } from "./lazy-nodes.ts";
import { anonymous, callback, functionLinesMin } from "./outline.ts";

/** As many line ends have to lie in a function of this many lines, and its own marks. */
const charsMin = functionLinesMin + 4;

export interface LazyFunctions {
  readonly visitor: Readonly<Record<string, (node: LazyNode) => void>>;
  begin(source: Source): void;
  finish(): Pick<FileFacts, "functions">;
}

export function createLazyFunctions(): LazyFunctions {
  let source: Source;
  let functions: FunctionFact[] = [];
  /** By where the function begins. */
  let names = new Map<number, string>();
  const isShort = (node: LazyNode): boolean => node.end - node.start < charsMin;
  const name = (value: unknown, text: () => string | undefined): void => {
    const node = lazyNode(value);
    if (node?.type !== "ArrowFunctionExpression" && node?.type !== "FunctionExpression") return;
    const known = isShort(node) ? undefined : text();
    if (known !== undefined) names.set(node.start, known);
  };
  const nameOfKey = (node: LazyNode) => (): string | undefined => {
    const key = lazyNode(node["key"]);
    return key !== undefined && (key.type === "IdentifierName" || key.type === "IdentifierReference" || key.type === "PrivateIdentifier") ? String(key["name"]) : undefined;
  };
  const nameOfTarget = (value: unknown) => (): string | undefined => {
    const target = lazyNode(value);
    return target?.type === "BindingIdentifier" || target?.type === "IdentifierReference" ? String(target["name"]) : undefined;
  };
  const add = (node: LazyNode): void => {
    if (isShort(node)) return;
    const { line, column } = source.lines.place(node.start);
    const endLine = source.lines.place(node.end - 1).line;
    if (endLine - line + 1 < functionLinesMin) return;
    const own = lazyNode(node["id"])?.["name"];
    functions.push({ name: typeof own === "string" ? own : names.get(node.start) ?? anonymous, line, column, endLine, lines: endLine - line + 1 });
  };
  const byKey = (node: LazyNode): void => { if (!isShort(node)) name(node["value"], nameOfKey(node)); };
  return {
    visitor: {
      VariableDeclarator(node) { if (!isShort(node)) name(node["init"], nameOfTarget(node["id"])); },
      ObjectProperty: byKey, MethodDefinition: byKey, PropertyDefinition: byKey,
      AssignmentExpression(node) { if (!isShort(node)) name(node["right"], nameOfTarget(node["left"])); },
      CallExpression(node) {
        if (isShort(node)) return;
        const callee = lazyNode(node["callee"]);
        if (callee?.type !== "IdentifierReference") return;
        for (const argument of lazyNodes(node["arguments"])) name(argument, () => `${callback}${String(callee["name"])}`);
      },
      Function(node) { const { type } = node; if (type !== "TSEmptyBodyFunctionExpression") add(node); },
      ArrowFunctionExpression: add,
    },
    begin(next) { source = next; functions = []; names = new Map(); },
    finish: () => ({ functions }),
  };
}
