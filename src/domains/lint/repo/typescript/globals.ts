// Uses of watched globals in every form, with local names and imports that hide them taken into account.
import type { Node, ObjectPattern, VisitorObject } from "oxc-parser";
import type { GlobalUse } from "../../types/facts.ts";
import type { Collector, Source } from "./collector.ts";
import { type DottedPath, nameOf, pathOf } from "./nodes.ts";
import type { Scopes } from "./scopes.ts";

interface Use { readonly name: string; readonly root: string; readonly start: number; readonly end: number }
interface Span { readonly start: number; readonly end: number }

/** An import of a watched name (`import process from "node:process"`) is import rules' business and hides it here. */
export function createGlobals(names: readonly string[], scopes: Scopes): Collector {
  const watched = new Set(names);
  let source: Source;
  let uses: Use[] = [];
  /** Identifiers that are names and no references, or belong to a use that is known already, by their offset. */
  let done = new Set<number>();
  let typeEnd = 0;

  const add = (path: DottedPath, parts: readonly string[], name: string, node: Span) => {
    const root = parts[0];
    done.add(path.rootStart);
    if (root !== undefined && watched.has(root)) uses.push({ name, root, start: node.start, end: node.end });
  };
  const use = (node: Node, show: (parts: readonly string[]) => string, span: Span = node) => {
    if (span.start < typeEnd) return;
    const path = pathOf(node);
    if (path === undefined || done.has(path.rootStart)) return;
    // `globalThis` alone or with a computed name is no use of what is watched.
    if (!path.isFromGlobalObject && !watched.has(path.parts[0] ?? "")) return;
    add(path, path.parts, show(path.parts), span);
  };
  const dotted = (parts: readonly string[]) => parts.join(".");
  const skipName = (node: { readonly type: string; readonly start: number; readonly name?: unknown }) => {
    if (node.type === "Identifier" && typeof node.name === "string" && watched.has(node.name)) done.add(node.start);
  };
  const skipKey = (node: { readonly key: { readonly type: string; readonly start: number; readonly name?: unknown }; readonly computed: boolean }) => { if (!node.computed) skipName(node.key); };
  const skipType = (node: Span) => { if (node.end > typeEnd) typeEnd = node.end; };
  const usePattern = (pattern: ObjectPattern, init: Node) => {
    const path = pathOf(init);
    if (path === undefined || (!path.isFromGlobalObject && !watched.has(path.parts[0] ?? "") && !isGlobalObject(path))) return;
    for (const one of pattern.properties) {
      const key = one.type === "Property" && !one.computed ? nameOf(one.key) : undefined;
      const parts = key === undefined ? path.parts : isGlobalObject(path) ? [key] : [...path.parts, key];
      add(path, parts, dotted(parts), one);
      if (one.type === "Property") skipKey(one);
    }
  };
  const visitor: VisitorObject = {
    TSTypeAnnotation: skipType, TSTypeParameterInstantiation: skipType, TSInterfaceDeclaration: skipType, TSTypeAliasDeclaration: skipType, TSTypeReference: skipType, TSTypeQuery: skipType,
    VariableDeclarator(node) { if (node.id.type === "ObjectPattern" && node.init !== null) usePattern(node.id, node.init); },
    NewExpression: (node) => use(node.callee, (parts) => `new ${dotted(parts)}${node.arguments.length === 0 ? "()" : "(…)"}`, node),
    MemberExpression(node) {
      use(node, dotted);
      if (!node.computed) skipName(node.property);
    },
    Identifier(node) { if (watched.has(node.name)) use(node, dotted); },
    Property(node) { if (!node.shorthand) skipKey(node); },
    MethodDefinition: skipKey, PropertyDefinition: skipKey, AccessorProperty: skipKey, TSAbstractMethodDefinition: skipKey, TSAbstractPropertyDefinition: skipKey,
    LabeledStatement: (node) => skipName(node.label),
    BreakStatement(node) { if (node.label !== null) skipName(node.label); },
    ContinueStatement(node) { if (node.label !== null) skipName(node.label); },
    ImportSpecifier(node) { skipName(node.imported); skipName(node.local); },
    ImportDefaultSpecifier: (node) => skipName(node.local),
    ImportNamespaceSpecifier: (node) => skipName(node.local),
    ExportSpecifier(node) { if (node.exported.start !== node.local.start) skipName(node.exported); },
    TSEnumMember: (node) => skipName(node.id),
  };
  return {
    visitor,
    isWanted: (text) => names.some((name) => text.includes(name)),
    begin(next) { source = next; uses = []; done = new Set(); typeEnd = 0; },
    finish() {
      const globals = uses.filter((one) => scopes.importOf(one.root) === undefined && !scopes.isLocal(one.root, one.start))
        .map((one): GlobalUse => ({ name: one.name, ...source.lines.place(one.start), endLine: source.lines.place(one.end - 1).line }));
      return { globals };
    },
  };
}

function isGlobalObject(path: DottedPath): boolean {
  return !path.isFromGlobalObject && path.parts.length === 1 && ["globalThis", "global", "window", "self"].includes(path.parts[0] ?? "");
}
