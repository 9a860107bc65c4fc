// What a module exports, and from where it passes symbols on. Sees top-level statements only.
import type { BindingPattern, Declaration, ExportNamedDeclaration, Program } from "oxc-parser";
import type { ExportFact } from "../../types/facts.ts";

type Origin = NonNullable<ExportFact["from"]>;

/** Exports in source order; an `import` that is exported again counts as passed on. */
export function readExports(program: Program): ExportFact[] {
  const imported = new Map<string, Origin>();
  for (const statement of program.body) {
    if (statement.type !== "ImportDeclaration") continue;
    for (const one of statement.specifiers) {
      const name = one.type === "ImportSpecifier" ? textOf(one.imported) : one.type === "ImportDefaultSpecifier" ? "default" : "*";
      imported.set(one.local.name, { specifier: statement.source.value, imported: name });
    }
  }
  const exports: ExportFact[] = [];
  for (const statement of program.body) {
    if (statement.type === "ExportAllDeclaration") {
      exports.push({ name: statement.exported === null ? "*" : textOf(statement.exported), from: { specifier: statement.source.value, imported: "*" } });
    } else if (statement.type === "ExportDefaultDeclaration") {
      const local = statement.declaration.type === "Identifier" ? imported.get(statement.declaration.name) : undefined;
      exports.push({ name: "default", from: local });
    } else if (statement.type === "TSExportAssignment") {
      exports.push({ name: "default", from: undefined });
    } else if (statement.type === "ExportNamedDeclaration") {
      exports.push(...namedExports(statement, imported));
    }
  }
  return exports;
}

function namedExports(statement: ExportNamedDeclaration, imported: ReadonlyMap<string, Origin>): ExportFact[] {
  if (statement.declaration !== null) return declaredNames(statement.declaration).map((name) => ({ name, from: aliasOrigin(statement.declaration, imported) }));
  const { source } = statement;
  return statement.specifiers.map((one) => ({
    name: textOf(one.exported),
    from: source === null ? imported.get(textOf(one.local)) : { specifier: source.value, imported: textOf(one.local) },
  }));
}

/** `export type Booking = Imported` passes a symbol on as well. */
function aliasOrigin(declaration: Declaration | null, imported: ReadonlyMap<string, Origin>): Origin | undefined {
  if (declaration?.type !== "TSTypeAliasDeclaration" || declaration.typeAnnotation.type !== "TSTypeReference") return undefined;
  const { typeName, typeArguments } = declaration.typeAnnotation;
  return typeName.type === "Identifier" && typeName.name === declaration.id.name && typeArguments === null ? imported.get(typeName.name) : undefined;
}

function declaredNames(declaration: Declaration): string[] {
  if (declaration.type === "VariableDeclaration") return declaration.declarations.flatMap((one) => patternNames(one.id));
  if (!("id" in declaration) || declaration.id === null || declaration.id === undefined) return [];
  return "name" in declaration.id && typeof declaration.id.name === "string" ? [declaration.id.name] : [];
}

export function patternNames(pattern: BindingPattern): string[] {
  switch (pattern.type) {
    case "Identifier": return [pattern.name];
    case "ObjectPattern": return pattern.properties.flatMap((one) => (one.type === "RestElement" ? patternNames(one.argument) : patternNames(one.value)));
    case "ArrayPattern": return pattern.elements.flatMap((one) => (one === null ? [] : one.type === "RestElement" ? patternNames(one.argument) : patternNames(one)));
    case "AssignmentPattern": return patternNames(pattern.left);
    default: return [];
  }
}

function textOf(node: { readonly type: string; readonly name?: string; readonly value?: unknown }): string {
  return node.name ?? String(node.value);
}
