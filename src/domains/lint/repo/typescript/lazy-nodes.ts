// Nodes of the parser's lazy tree in the form of ESTree, as far as collectors look at them. The lazy tree reads shared memory only where it is
// asked; it has node classes of its own, and lacks rest elements, super classes and the types of variables (see lazy-reader.ts).

/** A node of the lazy tree: what its getters say is read after a look at `type`. */
export interface LazyNode { readonly type: string; readonly start: number; readonly end: number; readonly [key: string]: unknown }

/** A node in the form of ESTree, with the fields that collectors read. */
export interface Shape { readonly type: string; readonly start: number; readonly end: number; readonly [key: string]: unknown }

export function lazyNode(value: unknown): LazyNode | undefined {
  return typeof value === "object" && value !== null ? value as LazyNode : undefined; // asked only about what the tree holds under the keys of nodes
}

export function lazyNodes(value: unknown): readonly LazyNode[] {
  return Array.isArray(value) ? [...value as readonly (LazyNode | null)[]].filter((one) => one !== null) : []; // every list of the tree holds nodes or holes
}

function bare(node: LazyNode): Shape {
  return { type: node.type, start: node.start, end: node.end };
}

function optional(value: unknown, shape: (node: LazyNode) => Shape): Shape | null {
  const node = lazyNode(value);
  return node === undefined ? null : shape(node);
}

function required(value: unknown, shape: (node: LazyNode) => Shape): Shape {
  const node = lazyNode(value);
  if (node === undefined) throw new Error("BUG: expected a node of the lazy tree");
  return shape(node);
}

/** Names and literals; any other expression is a place. */
function expressionShape(node: LazyNode): Shape {
  const { type, start, end } = node;
  switch (type) {
    case "IdentifierReference": case "IdentifierName": case "BindingIdentifier": case "LabelIdentifier": return { type: "Identifier", start, end, name: node["name"] };
    case "PrivateIdentifier": case "JSXIdentifier": return { type, start, end, name: node["name"] };
    case "StringLiteral": case "NumericLiteral": case "BooleanLiteral": case "BigIntLiteral": return { type: "Literal", start, end, value: node["value"] };
    case "NullLiteral": return { type: "Literal", start, end, value: null };
    default: return { type, start, end };
  }
}

/** What a declaration or a parameter binds; rest elements are not in the lazy tree. */
function patternShape(node: LazyNode): Shape {
  const { type, start, end } = node;
  switch (type) {
    case "BindingIdentifier": return expressionShape(node);
    case "ObjectPattern": return { type, start, end, properties: lazyNodes(node["properties"]).map(propertyShape) };
    case "ArrayPattern": return { type, start, end, elements: lazyNodes(node["elements"]).filter((one) => one.type !== "Elision").map(patternShape) };
    case "AssignmentPattern": return { type, start, end, left: required(node["left"], patternShape) };
    default: return { type, start, end };
  }
}

function propertyShape(node: LazyNode): Shape {
  return {
    type: "Property",
    start: node.start,
    end: node.end,
    shorthand: node["shorthand"] === true,
    computed: node["computed"] === true,
    key: required(node["key"], expressionShape),
    value: required(node["value"], patternShape),
  };
}

function namedShape(node: LazyNode): Shape {
  return { type: node.type, start: node.start, end: node.end, id: optional(node["id"], expressionShape) };
}

function variablesShape(node: LazyNode): Shape {
  const declarations = lazyNodes(node["declarations"]).map((one) => ({ ...bare(one), id: required(one["id"], patternShape), init: optional(one["init"], bare) }));
  return { ...bare(node), kind: node["kind"], declarations };
}

function importShape(node: LazyNode): Shape {
  return { ...bare(node), importKind: node["importKind"], source: required(node["source"], expressionShape), specifiers: lazyNodes(node["specifiers"]).map(specifierShape) };
}

function specifierShape(one: LazyNode): Shape {
  return {
    ...bare(one),
    local: required(one["local"], expressionShape),
    ...(one.type === "ImportSpecifier" ? { imported: required(one["imported"], expressionShape), importKind: one["importKind"] } : {}),
  };
}

function exportShape(node: LazyNode): Shape {
  const specifiers = lazyNodes(node["specifiers"]).map((one) => ({
    ...bare(one),
    local: required(one["local"], expressionShape),
    exported: required(one["exported"], expressionShape),
    exportKind: one["exportKind"],
  }));
  return {
    type: "ExportNamedDeclaration",
    start: node.start,
    end: node.end,
    exportKind: node["exportKind"] ?? "value",
    specifiers,
    declaration: optional(node["declaration"], statementShape),
    source: optional(node["source"], expressionShape),
  };
}

/** A statement as readers of the top level see it: imports, exports and declarations whole, everything else as a place. */
export function statementShape(node: LazyNode): Shape {
  switch (node.type) {
    case "ImportDeclaration": return importShape(node);
    case "ExportDeclaration": case "ExportNamedDeclaration": case "ExportFromDeclaration": return exportShape(node);
    case "ExportDefaultDeclaration": return { ...bare(node), declaration: required(node["declaration"], defaultShape) };
    case "ExportAllDeclaration":
      return {
        ...bare(node),
        exportKind: node["exportKind"],
        exported: optional(node["exported"], expressionShape),
        source: required(node["source"], expressionShape),
      };
    case "TSExportAssignment": return { ...bare(node), expression: required(node["expression"], expressionShape) };
    case "TSImportEqualsDeclaration": return { ...namedShape(node), importKind: node["importKind"], moduleReference: required(node["moduleReference"], referenceShape) };
    case "VariableDeclaration": return variablesShape(node);
    case "FunctionDeclaration": case "TSDeclareFunction": case "TSEnumDeclaration": return namedShape(node);
    case "ClassDeclaration": case "ClassExpression": return { ...namedShape(node), body: { ...bare(node), body: lazyNodes(lazyNode(node["body"])?.["body"]).map(memberShape) } };
    case "TSInterfaceDeclaration": return { ...namedShape(node), body: { ...bare(node), body: lazyNodes(lazyNode(node["body"])?.["body"]).map(memberShape) } };
    case "TSTypeAliasDeclaration": return { ...namedShape(node), typeAnnotation: required(node["typeAnnotation"], aliasShape) };
    case "TSExternalModuleDeclaration": case "TSNamespaceDeclaration": case "TSGlobalDeclaration": return moduleShape(node);
    default: return bare(node);
  }
}

function defaultShape(node: LazyNode): Shape {
  const statement = statementShape(node);
  return "id" in statement ? statement : expressionShape(node);
}

function referenceShape(node: LazyNode): Shape {
  return { ...bare(node), expression: optional(node["expression"], expressionShape) };
}

/** A name that stands for another one is all that is asked of an alias. */
function aliasShape(node: LazyNode): Shape {
  return node.type === "TSTypeReference"
    ? { ...bare(node), typeName: required(node["typeName"], expressionShape), typeArguments: optional(node["typeArguments"], bare) }
    : bare(node);
}

function memberShape(node: LazyNode): Shape {
  return { ...bare(node), computed: node["computed"] === true, kind: node["kind"], accessibility: node["accessibility"] ?? null, key: optional(node["key"], expressionShape) };
}

/** `namespace A.B` is one declaration with a name of two parts; `declare global` has the name global. */
function moduleShape(node: LazyNode): Shape {
  const body = lazyNode(node["body"]);
  const isDotted = body?.type === "TSNamespaceDeclaration";
  const id =
    node.type === "TSGlobalDeclaration"
      ? { ...bare(node), type: "Identifier", name: "global" }
      : isDotted
        ? { ...bare(node), type: "TSQualifiedName" }
        : required(node["id"], expressionShape);
  return {
    type: "TSModuleDeclaration",
    start: node.start,
    end: node.end,
    id,
    body: body === undefined ? null : isDotted ? moduleShape(body) : { ...bare(body), body: lazyNodes(body["body"]).map(statementShape) },
  };
}
