// Facts out of the parser's lazy tree, for texts whose imports are all statements and that name no watched global: most texts are such, and a
// lazy tree takes two thirds of the time and less than half of the memory of a whole one.
import type { Program } from "oxc-parser";
import type { FactsRequest } from "../../types/facts-request.ts";
import type { FileFacts } from "../../types/facts.ts";
import type { Collector, Source } from "./collector.ts";
import { createDeclarations } from "./declarations.ts";
import { createImports } from "./imports.ts";
import { createLazyFunctions } from "./lazy-functions.ts";
import { type LazyNode, lazyNode, lazyNodes, type Shape, statementShape } from "./lazy-nodes.ts";
import { readExports } from "./read-exports.ts";

/** What oxc-parser has without types. */
interface LazyResult { readonly program: LazyNode; readonly errors: readonly unknown[]; visit(visitor: object): void; dispose(): void }
interface LazyParser {
  parseSync(file: string, text: string, options: object): unknown;
  experimentalGetLazyVisitor(): new (visitor: Readonly<Record<string, (node: LazyNode) => void>>) => object;
}

export interface LazyReader {
  /** Undefined where the text has to be read whole. May throw like the parser. */
  read(source: Source, options: object): Partial<FileFacts> | undefined;
}

/** An import that is no statement may stand anywhere, also where the lazy tree has nothing: in the type of a variable, in a super class, in a comment. */
const dynamicImport = /\bimport\s*[(./]|\brequire\b|\bcreateRequire\b|@import\b|\b(?:jest|vi|vitest|mock)\s*\.\s*[A-Za-z]/;
/** The lazy tree has no super classes; one that is a name, with types or without, holds no function. */
const plainHeritage = /^\s*[\w$]+(?:\s*\.\s*[\w$]+)*\s*(?:<[^()`]*>)?\s*(?:implements\b[^()`]*)?$/;

export function createLazyReader(parser: LazyParser, request: FactsRequest): LazyReader {
  const LazyVisitor = parser.experimentalGetLazyVisitor();
  const functions = createLazyFunctions();
  const imports = createImports();
  const handlers = imports.visitor as unknown as Readonly<Record<string, ((node: Shape) => void) | undefined>>; // each is called with a shape of its own type
  const collectors: readonly Collector[] = [imports, ...(request.declarations ? [createDeclarations()] : [])];
  let source: Source;
  let isDoubtful = false;
  const visitor = new LazyVisitor({
    ...functions.visitor,
    Class(node) {
      const from = (lazyNode(node["typeParameters"]) ?? lazyNode(node["id"]))?.end ?? node.start;
      const head = source.text.slice(from, lazyNode(node["body"])?.start ?? from);
      const at = head.indexOf("extends");
      if (at !== -1 && !plainHeritage.test(head.slice(at + "extends".length))) isDoubtful = true;
    },
  });
  /** Import statements also stand in modules that are declared; a pattern with a rest element binds more than its tree says. */
  const readStatements = (statements: readonly Shape[]): void => {
    for (const statement of statements) {
      handlers[statement.type]?.(statement);
      const declaration = statement.type === "VariableDeclaration" ? statement : shapeAt(statement, "declaration");
      for (const one of shapesAt(declaration, "declarations")) {
        const id = shapeAt(one, "id");
        if (id !== undefined && id.type !== "Identifier" && source.text.slice(id.start, id.end).includes("...")) isDoubtful = true;
      }
      const module = statement.type === "TSModuleDeclaration" ? statement : declaration;
      readStatements(shapesAt(shapeAt(module, "body"), "body"));
    }
  };
  return {
    read(next, options) {
      if (dynamicImport.test(next.text) || request.globals.some((name) => next.text.includes(name))) return undefined;
      const result = parser.parseSync(next.file, next.text, { ...options, experimentalLazy: true }) as LazyResult; // see LazyResult
      try {
        // The whole tree says where and why.
        if (result.errors.length > 0) return undefined;
        source = next;
        isDoubtful = false;
        for (const collector of collectors) collector.begin(next);
        functions.begin(next);
        if (request.functions) result.visit(visitor);
        const body = lazyNodes(result.program["body"]).map(statementShape);
        readStatements(body);
        if (isDoubtful) return undefined;
        const program = { type: "Program", start: result.program.start, end: result.program.end, body } as unknown as Program; // with all that readers of the top level look at
        const facts = collectors.map((collector) => collector.finish({ program, comments: [] }));
        return Object.assign({ exports: readExports(program), problems: [] }, request.functions ? functions.finish() : {}, ...facts) as Partial<FileFacts>; // Object.assign types its result as any from three on
      } finally { result.dispose(); }
    },
  };
}

function shapeAt(shape: Shape | undefined, key: string): Shape | undefined {
  const value = shape?.[key];
  return typeof value === "object" && value !== null && "type" in value ? value as Shape : undefined; // shapes hold shapes
}

function shapesAt(shape: Shape | undefined, key: string): readonly Shape[] {
  const value = shape?.[key];
  return Array.isArray(value) ? value as readonly Shape[] : []; // and lists of them
}
