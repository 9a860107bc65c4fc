// Turns the text of one TypeScript or JavaScript file into facts with oxc: one parse, one pass. The only room that sees a syntax tree.
import type { Comment, Program, Visitor } from "oxc-parser";
import { messageOf } from "../../../../base/errors.ts";
import type { FactsRequest } from "../../types/facts-request.ts";
import type { FileFacts, Language, ParseProblem } from "../../types/facts.ts";
import type { FactsReader } from "../adapter.ts";
import { countLines, LineIndex } from "../line-index.ts";
import { createCalls } from "./calls.ts";
import { type Collector, mergeVisitors, type Source } from "./collector.ts";
import { createDeclarations } from "./declarations.ts";
import { createFlows } from "./flows.ts";
import { createGlobals } from "./globals.ts";
import { createImports } from "./imports.ts";
import { createLazyReader } from "./lazy-reader.ts";
import { createOutline } from "./outline.ts";
import { readExports } from "./read-exports.ts";
import { createRoutes } from "./routes.ts";
import { createScopes } from "./scopes.ts";
import { createShapes } from "./shapes.ts";
import { createComments, createStrings } from "./texts.ts";
import { createTypeUses } from "./type-uses.ts";

/** More problems of one file say nothing new: the first one causes the others. */
const problemsMax = 3;

/** Loads the parser. */
export async function loadFactsReader(request: FactsRequest): Promise<FactsReader> {
  const oxc = await import("oxc-parser");
  const chooseCollectors = createCollectors(request, oxc.visitorKeys);
  // One visitor for each choice of collectors, kept for all files: oxc keeps every visitor it ever compiled, and with it whatever that can reach.
  const visitors = new Map<string, Visitor>();
  const isRawPossible = oxc.rawTransferSupported();
  const lazily = isRawPossible && isLazyEnough(request) ? createLazyReader(oxc as unknown as Parameters<typeof createLazyReader>[0], request) : undefined; // the package has no types for its lazy tree
  const optionsOf = (file: string) => ({ preserveParens: false, lang: parserLanguageOf(file), sourceType: /\.c[jt]s$/.test(file) ? "unambiguous" : "module" } as const);
  const readWith = (source: Source, isRaw: boolean): Partial<FileFacts> => {
    // Raw transfer reads the tree out of shared memory instead of through JSON: twice as fast on a million lines. Not in the package's types.
    const whole = { ...optionsOf(source.file), experimentalRawTransfer: isRaw };
    const result = oxc.parseSync(source.file, source.text, whole);
    const problems = result.errors
      .slice(0, problemsMax)
      .map((error): ParseProblem => ({ message: error.message, severity: "error", ...source.lines.place(error.labels[0]?.start ?? 0) }));
    const { key, collectors } = chooseCollectors(source.text);
    let visitor = visitors.get(key);
    if (visitor === undefined) visitors.set(key, visitor = new oxc.Visitor(mergeVisitors(collectors.map((one) => one.visitor))));
    return { ...collect(source, collectors, visitor, result), problems };
  };
  return {
    read(file, text) {
      const source = { file, text, lines: new LineIndex(text) };
      const always = {
        file,
        language: languageOf(file),
        lines: countLines(text),
        imports: [],
        exports: [],
        functions: [],
        globals: [],
        declarations: [],
        typeUses: [],
        calls: [],
        comments: [],
        strings: [],
        problems: [],
      };
      try {
        return { ...always, ...(chooseCollectors(text).isWhole ? undefined : lazily?.read(source, optionsOf(file))) ?? readWith(source, isRawPossible) };
      } catch {
        // Raw transfer wants 6 GiB of address space and a shallow tree; the slow way wants neither.
        try { return { ...always, ...readWith(source, false) }; } catch (error) {
          // A tree too deep for the stack. One file must not end a check, and must not look clean.
          return { ...always, problems: [{ message: `the parser gave up: ${messageOf(error)}`, severity: "error", line: 1, column: 1 }] };
        }
      }
    },
  };
}

function collect(
  source: Source,
  collectors: readonly Collector[],
  visitor: Visitor,
  parsed: { readonly program: Program; readonly comments: readonly Comment[] },
): Partial<FileFacts> {
  const { program } = parsed;
  for (const collector of collectors) collector.begin(source);
  visitor.visit(program);
  const facts: Partial<FileFacts>[] = collectors.map((collector) => collector.finish(parsed));
  return Object.assign({ exports: readExports(program) }, ...facts) as Partial<FileFacts>; // Object.assign types its result as any from three on
}

/** The collectors that a request needs, and those of them that this text needs; nothing that no rule asks for runs. */
function createCollectors(
  request: FactsRequest,
  visitorKeys: Readonly<Record<string, readonly string[]>>,
): (text: string) => { readonly key: string; readonly collectors: readonly Collector[]; readonly isWhole: boolean } {
  const outline = createOutline(request.functions);
  const scopes = createScopes();
  const always: Collector[] = [
    createImports(),
    ...(request.declarations ? [createDeclarations()] : []),
    ...(request.comments ? [createComments()] : []),
    ...(request.strings ? [createStrings()] : []),
    ...(request.shapes ? [createShapes(visitorKeys)] : []),
  ];
  const globals = request.globals.length > 0 ? createGlobals(request.globals, scopes) : undefined;
  const calls = request.calls.length + request.localCalls.length > 0 ? createCalls(request, scopes, outline) : undefined;
  const typeUses = request.typeUses ? createTypeUses(outline) : undefined;
  const flows = request.flows.length > 0 ? createFlows(request.flows, visitorKeys) : undefined;
  const routes = request.routes ? createRoutes(visitorKeys) : undefined;
  return (text) => {
    const isAsked = (collector: Collector | undefined): collector is Collector => collector?.isWanted?.(text) ?? false;
    const wanted = [globals, calls, typeUses].filter(isAsked);
    const isOutlined = request.functions || wanted.some((one) => one === calls || one === typeUses);
    const isScoped = wanted.some((one) => one === globals || one === calls);
    const collectors = [...[flows, routes].filter(isAsked), ...(isOutlined ? [outline] : []), ...(isScoped ? [scopes] : []), ...always, ...wanted];
    const key = [isOutlined, isScoped, wanted.includes(globals as Collector), wanted.includes(calls as Collector), wanted.includes(typeUses as Collector)].map(Number).join("");
    return { key, collectors, isWhole: [flows, routes, calls, typeUses].some(isAsked) };
  };
}

/** The lazy tree has no directives, which are strings. */
function isLazyEnough(request: FactsRequest): boolean {
  return !request.strings && !request.comments && !request.shapes;
}

export function languageOf(file: string): Language {
  return /\.[cm]?tsx?$/.test(file) ? "typescript" : "javascript";
}

function parserLanguageOf(file: string): "ts" | "tsx" | "dts" | "jsx" {
  if (/\.d\.[cm]?ts$/.test(file)) return "dts";
  if (/\.tsx$/.test(file)) return "tsx";
  return languageOf(file) === "typescript" ? "ts" : "jsx";
}
