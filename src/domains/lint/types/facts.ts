// What one source file says about itself, whatever its language. Rules see these facts and never a syntax tree.

export type Language = "typescript" | "javascript" | "python" | "go" | "rust" | "java";

export type ImportKind = "value" | "type" | "dynamic" | "reexport" | "require";

export interface ImportedName {
  /** The name in the imported module; `*` for the whole namespace, `default` for its default export. */
  readonly imported: string;
  readonly isType: boolean;
}

export interface ImportFact {
  readonly kind: ImportKind;
  /** True where nothing of the import is left at run time, whatever its kind. */
  readonly isType: boolean;
  /** As written; undefined where it is computed at run time. */
  readonly specifier: string | undefined;
  readonly names: readonly ImportedName[];
  /** From 1. */
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  /** True where it exists in tests only though its file does not (Rust's `#[cfg(test)]`): not bound by layers, domains and providers. */
  readonly isTest?: true;
  /** True where the path goes on from another import of the file (Rust): it counts only where it leads to a file that no other import of it does. */
  readonly isThroughAnother?: true;
  /** The statement as written, for exact replacements; undefined for expressions and for statements that are too long to quote. */
  readonly statement: string | undefined;
}

export interface ExportFact {
  /** `default`, a name, or `*` for everything that `from` exports. */
  readonly name: string;
  /** Where the symbol comes from when this file only passes it on. */
  readonly from: { readonly specifier: string; readonly imported: string } | undefined;
}

export interface FunctionFact {
  readonly name: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly lines: number;
}

/** A use of a global: `Date.now`, `new Date()`, `console.log`, `process.env`. */
export interface GlobalUse {
  /** Dotted path from the global; `new X()` and `new X(…)` for constructions without and with arguments. */
  readonly name: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
}

export type DeclarationKind = "function" | "method" | "class" | "interface" | "type" | "enum" | "variable" | "constant" | "field" | "module";

/** What a file declares at its top level, and the members of its classes and interfaces. */
export interface DeclarationFact {
  readonly kind: DeclarationKind;
  readonly name: string;
  /** Name of the class, interface, struct or module around it. */
  readonly container?: string;
  readonly isExported: boolean;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
}

/** A written `any` or `unknown` (Python's `Any`, Go's `any` and `interface{}`, Java's raw `Object`). */
export interface TypeUseFact {
  readonly name: string;
  /** The declaration around it; empty at the top level. */
  readonly inDeclaration: string;
  readonly line: number;
  readonly column: number;
}

/** A call by a dotted name that begins with a global or an imported name. */
export interface CallFact {
  /** As written, dotted: `fetch`, `fs.readFileSync`, `console.log`, `subprocess.run`; `new X` for a construction. */
  readonly callee: string;
  /** Where its first name is imported from; absent where that is a global. */
  readonly origin?: { readonly specifier: string; readonly imported: string };
  /** True where its first name is a local one (a parameter, `this`); only read where FactsRequest.localCalls asks for it. */
  readonly isLocal?: true;
  /** Literal text of the first arguments; a list that stands first counts by its first element. Undefined where an argument is no literal. Bounded in count and length. */
  readonly literals: readonly (string | undefined)[];
  /** Where the first argument is a text with holes (a template, a sum, a format string): what stands before the first of them. */
  readonly opening?: string;
  /** Keys of object literals and keyword arguments among the arguments. */
  readonly keys: readonly string[];
  /** The function around it; empty at the top level. */
  readonly inFunction: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
}

/** A function or a schema by what it does: equal hashes stand for the same code but for its own names, types and order. */
export interface ShapeFact {
  readonly kind: "function" | "schema";
  /** `(anonymous)` where nothing names it. */
  readonly name: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  /** Nodes of its tree, without types. */
  readonly size: number;
  readonly hash: string;
  /** Of a schema: its properties. */
  readonly members?: number;
  /** Place in `shapes` of the one around it. */
  readonly around?: number;
}

/** A value from outside that leaves its function, or is kept, without a parser on its way. */
export interface FlowFact {
  /** Where the value comes from: parsed JSON, the body of a response, that of a request, the environment. */
  readonly source: "json" | "response" | "request" | "environment";
  /** As written: `JSON.parse(text)`. Bounded. */
  readonly text: string;
  readonly way: "returned" | "stored" | "passed";
  /** The function that it is passed to, or what it is stored in; empty where it is returned. */
  readonly to: string;
  readonly inFunction: string;
  /** Where the value comes in. */
  readonly line: number;
  readonly column: number;
  /** Where it leaves. */
  readonly endLine: number;
}

/** A route that a program declares with a literal path. */
export interface RouteFact {
  readonly framework: "hono" | "express" | "fastify";
  /** Upper case; `ALL` for every method. */
  readonly method: string;
  /** With the prefixes that the same file mounts it under. */
  readonly path: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  /** Shapes that are attached and written in this file: `body`, `query`, `params`, `response`. */
  readonly schemas: readonly { readonly part: string; readonly fields: readonly RouteField[] }[];
}

export interface RouteField { readonly name: string; readonly type: string; readonly isRequired: boolean }

export interface CommentFact {
  readonly text: string;
  readonly line: number;
  readonly endLine: number;
}

export interface StringFact {
  readonly text: string;
  readonly line: number;
  readonly column: number;
}

export interface ParseProblem {
  readonly message: string;
  readonly severity: "error" | "warning";
  readonly line: number;
  readonly column: number;
}

/** Facts of one file before its imports are resolved; they depend on its bytes alone. */
export interface FileFacts {
  /** Relative to the root, with `/`. */
  readonly file: string;
  readonly language: Language;
  /** Physical lines; a last newline does not begin another. */
  readonly lines: number;
  readonly imports: readonly ImportFact[];
  readonly exports: readonly ExportFact[];
  /** Functions of at least a few lines, in source order. */
  readonly functions: readonly FunctionFact[];
  readonly globals: readonly GlobalUse[];
  /** The families below are read only where a rule asks for them (FactsRequest); empty otherwise. */
  readonly declarations: readonly DeclarationFact[];
  readonly typeUses: readonly TypeUseFact[];
  readonly calls: readonly CallFact[];
  readonly comments: readonly CommentFact[];
  readonly strings: readonly StringFact[];
  readonly shapes?: readonly ShapeFact[];
  readonly flows?: readonly FlowFact[];
  readonly routes?: readonly RouteFact[];
  /** Routers of other files that this one mounts under a prefix. */
  readonly routeMounts?: readonly { readonly prefix: string; readonly specifier: string; readonly imported: string }[];
  /** Routes of computed paths: seen, but of no known address. */
  readonly routesUnseen?: number;
  readonly problems: readonly ParseProblem[];
}

export type ImportTarget =
  | { readonly kind: "file"; readonly file: string }
  | { readonly kind: "package"; readonly name: string; readonly specifier: string }
  | { readonly kind: "builtin"; readonly name: string }
  /** A file that is no source: JSON, styles, images, generated output. */
  | { readonly kind: "asset"; readonly path: string }
  /** `package` where the specifier names a package that is neither declared nor installed: rules about packages hold for it too. */
  | { readonly kind: "unresolved"; readonly reason: string; readonly package?: PackageName };

export interface PackageName {
  readonly name: string;
  readonly specifier: string;
}

export interface ResolvedImport extends ImportFact {
  readonly target: ImportTarget;
}

export interface ResolvedFacts extends Omit<FileFacts, "imports"> {
  readonly imports: readonly ResolvedImport[];
}

/** A file that was listed but could not be read as source. */
export interface UnreadFile {
  readonly file: string;
  readonly kind: "too-large" | "not-utf8" | "gone" | "too-deep";
  readonly detail: string;
}

/** A manifest that says something that could not be followed, so that an import stayed unresolved. */
export interface ManifestNote {
  readonly file: string;
  readonly message: string;
}
