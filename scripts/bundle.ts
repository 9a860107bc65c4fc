// Puts the telemetry engine into a few files: an engine starts often, and eighty small modules cost more time and memory than what is in them.
// Each module becomes a function that is run when it is first wanted; what is imported late lies in files of its own. Knows only the plain forms of
// import and export that our style allows, and says so where it meets another one.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { dirname, join, resolve } from "node:path";
import { type Node, parseSync } from "oxc-parser";

// What several late imports share costs a file of its own only from here on; below it the entry may hold it.
const sharedCharsMin = 6000;

interface Edit { readonly start: number; readonly end: number; readonly text: string }
interface Module {
  readonly path: string;
  readonly number: number;
  readonly imports: readonly string[];
  readonly lateImports: readonly string[];
  readonly packages: readonly string[];
  readonly code: string;
  readonly exports: readonly string[];
}

const fail = (path: string, what: string): never => { throw new Error(`Cannot bundle "${path}": it has ${what}, expected the plain forms of import and export.`); };

/** Every node of a tree, parents first. */
function* nodesOf(value: unknown): Iterable<Node> {
  if (Array.isArray(value)) { for (const one of value) yield* nodesOf(one); return; }
  if (typeof value !== "object" || value === null || !("type" in value)) return;
  yield value as Node; // what has a type in oxc's tree is a node
  for (const one of Object.values(value)) if (typeof one === "object") yield* nodesOf(one);
}

const targetOf = (path: string, specifier: string): string => resolve(dirname(path), specifier);

function bindings(path: string, specifiers: readonly Node[]): string {
  return specifiers.map((one) => {
    if (one.type !== "ImportSpecifier" || one.imported.type !== "Identifier") return fail(path, `an import of the form ${one.type}`);
    return one.imported.name === one.local.name ? one.local.name : `${one.imported.name}:${one.local.name}`;
  }).join(",");
}

/** Names that an exported declaration makes. */
function namesOf(path: string, declaration: Node): readonly string[] {
  if (declaration.type === "FunctionDeclaration" || declaration.type === "ClassDeclaration") return [declaration.id?.name ?? fail(path, "an export without a name")];
  if (declaration.type !== "VariableDeclaration" || declaration.kind !== "const") return fail(path, `an export of the form ${declaration.type}`);
  return declaration.declarations.map(({ id }) => (id.type === "Identifier" ? id.name : fail(path, "an exported pattern")));
}

/** What no program needs: comments, indentation and empty lines outside of the templates and of what is replaced anyway. */
function tidyEdits(
  code: string,
  comments: readonly { readonly start: number; readonly end: number }[],
  taken: readonly { readonly start: number; readonly end: number }[],
): readonly Edit[] {
  const isFree = (start: number, end: number, among: readonly { readonly start: number; readonly end: number }[]): boolean =>
    !among.some((one) => start < one.end && end > one.start);
  const edits = comments.filter(({ start, end }) => isFree(start, end, taken)).map(({ start, end }): Edit => ({ start, end, text: " " }));
  const closed = [...taken, ...comments];
  for (const { 0: text, index } of code.matchAll(/[ \t]*\n\s*/g))
    if (isFree(index, index + text.length, closed)) edits.push({ start: index, end: index + text.length, text: "\n" });
  return edits;
}

function apply(code: string, edits: readonly Edit[]): string {
  let out = "", at = 0;
  for (const { start, end, text } of [...edits].sort((a, b) => a.start - b.start)) { out += code.slice(at, start) + text; at = end; }
  return out + code.slice(at);
}

function readModule(
  path: string,
  { number, numberOf, without }: { readonly number: number; readonly numberOf: (path: string) => number; readonly without: readonly string[] },
): Module {
  const source = readFileSync(path, "utf8");
  const code = path.endsWith(".ts") ? stripTypeScriptTypes(source) : source;
  const { program, errors, comments } = parseSync("module.js", code);
  if (errors.length > 0) fail(path, `a fault (${errors[0]?.message ?? ""})`);
  const imports: string[] = [], lateImports: string[] = [], packages: string[] = [], exports: string[] = [];
  const edits: Edit[] = [];
  const roomFor = (specifier: string): string => {
    if (specifier.startsWith(".")) { imports.push(targetOf(path, specifier)); return `__r(${numberOf(targetOf(path, specifier))})`; }
    if (specifier.startsWith("node:")) return `process.getBuiltinModule("${specifier}")`;
    packages.push(specifier);
    return packageName(specifier);
  };
  for (const node of program.body) {
    const { start, end } = node;
    if (node.type === "ImportDeclaration")
      edits.push({
        start,
        end,
        text: node.specifiers.length === 0 ? `${roomFor(node.source.value)};` : `const{${bindings(path, node.specifiers)}}=${roomFor(node.source.value)};`,
      });
    else if (node.type === "ExportDefaultDeclaration" || node.type === "ExportAllDeclaration") fail(path, node.type);
    else if (node.type === "ExportNamedDeclaration") {
      const pairs = node.specifiers.map(({ local, exported }) =>
        local.type === "Identifier" && exported.type === "Identifier" ? { local: local.name, exported: exported.name } : fail(path, "an export by text"),
      );
      if (node.declaration) { exports.push(...namesOf(path, node.declaration)); edits.push({ start, end: node.declaration.start, text: "" }); } else if (node.source) {
        edits.push({ start, end, text: `const{${pairs.map(({ local, exported }) => `${local}:${exported}`).join(",")}}=${roomFor(node.source.value)};` });
        exports.push(...pairs.map(({ exported }) => exported));
      } else { edits.push({ start, end, text: "" }); exports.push(...pairs.map(({ local, exported }) => (local === exported ? local : `${exported}:${local}`))); }
    }
  }
  const templates: { readonly start: number; readonly end: number }[] = [];
  for (const node of nodesOf(program)) {
    if (node.type === "TemplateLiteral") templates.push(node);
    if (node.type !== "ImportExpression") continue;
    const specifier = node.source.type === "Literal" && typeof node.source.value === "string" ? node.source.value : fail(path, "an import of a computed name");
    if (!specifier.startsWith(".")) continue;
    if (without.some((one) => specifier.endsWith(one))) { edits.push({ start: node.start, end: node.end, text: "undefined" }); continue; }
    lateImports.push(targetOf(path, specifier));
    edits.push({ start: node.start, end: node.end, text: `__l(${numberOf(targetOf(path, specifier))})` });
  }
  return { path, number, imports, lateImports, packages, exports, code: apply(code, [...edits, ...tidyEdits(code, comments, [...edits, ...templates])]) };
}

const packageName = (specifier: string): string => `p_${specifier.replaceAll(/[^a-zA-Z0-9]/g, "_")}`;

/** Everything that a module needs at once, itself first. */
function closureOf(path: string, modules: ReadonlyMap<string, Module>): Set<string> {
  const all = new Set<string>([path]);
  for (const one of all) for (const target of modules.get(one)?.imports ?? []) all.add(target);
  return all;
}

function refuseCycles(modules: ReadonlyMap<string, Module>): void {
  const done = new Set<string>();
  const visit = (path: string, above: readonly string[]): void => {
    if (above.includes(path)) fail(path, "a cycle of imports");
    if (done.has(path)) return;
    for (const target of modules.get(path)?.imports ?? []) visit(target, [...above, path]);
    done.add(path);
  };
  for (const path of modules.keys()) visit(path, []);
}

/** Writes `<name>.js` and what it loads late beside it; `<name>.js` exports what the entry exports. Returns the files. */
export function bundle(options: {
  readonly entry: string;
  readonly folder: string;
  readonly name: string;
  /** Files whose late imports the entry never asks for. */ readonly without: readonly string[];
}): readonly string[] {
  const { entry, folder, name, without } = options;
  const numbers = new Map<string, number>();
  const modules = new Map<string, Module>();
  const numberOf = (path: string): number => { const known = numbers.get(path) ?? numbers.size; numbers.set(path, known); return known; };
  numberOf(entry);
  for (const [path, number] of numbers) modules.set(path, readModule(path, { number, numberOf, without })); // grows while it is walked
  refuseCycles(modules);
  const core = closureOf(entry, modules);
  const late = [...new Set([...modules.values()].flatMap(({ lateImports }) => lateImports))].filter((path) => !core.has(path));
  // Modules that the same late imports need lie in one file; small ones that several need come with the entry.
  const users = new Map<string, string[]>();
  for (const target of late) for (const path of closureOf(target, modules)) if (!core.has(path)) users.set(path, [...users.get(path) ?? [], target]);
  const groups = Map.groupBy(users.keys(), (path) => (users.get(path) ?? []).map(numberOf).join("-"));
  const files: { readonly file: string; readonly members: readonly Module[] }[] = [];
  for (const [key, paths] of groups) {
    const members = paths.flatMap((path) => modules.get(path) ?? []);
    if (key.includes("-") && members.every(({ packages }) => packages.length === 0) && members.reduce((sum, { code }) => sum + code.length, 0) < sharedCharsMin)
      for (const path of paths) core.add(path);
    else files.push({ file: `${name}-${files.length + 1}.js`, members });
  }
  const heads = (members: readonly Module[]): string =>
    [...new Set(members.flatMap(({ packages }) => packages))].map((one) => `import*as ${packageName(one)} from"${one}";\n`).join("");
  const body = (members: readonly Module[]): string =>
    members.map(({ number, code, exports }) => `__d(${number},((__r,__l)=>{${code}\nreturn{${exports.join(",")}}}));\n`).join("");
  const coreMembers = [...modules.values()].filter(({ path }) => core.has(path));
  const table = late
    .map(
      (path) =>
        `${numberOf(path)}:[${files
          .filter(({ members }) => members.some((one) => closureOf(path, modules).has(one.path)))
          .map(({ file }) => `"./${file}"`)
          .join(",")}]`,
    )
    .join(",");
  const runtime = `const made=[],makers=[],files={${table}};\nexport const __d=(i,make)=>{makers[i]=make;};\nconst __r=(i)=>made[i]??=makers[i](__r,__l),__l=async(i)=>{await Promise.all((files[i]??[]).map((file)=>import(file)));return __r(i);};\n`;
  const entryExports = modules.get(entry)?.exports ?? [];
  mkdirSync(folder, { recursive: true });
  const written = [
    { file: `${name}.js`, text: `${heads(coreMembers)}${runtime}${body(coreMembers)}export const{${entryExports.join(",")}}=__r(${numberOf(entry)});\n` },
    ...files.map(({ file, members }) => ({ file, text: `import{__d}from"./${name}.js";\n${heads(members)}${body(members)}` })),
  ];
  for (const { file, text } of written) writeFileSync(join(folder, file), text);
  return written.map(({ file }) => join(folder, file));
}

/** The telemetry engine from `entry` (src/app/engine.ts or what was compiled of it) as `<folder>/engine-bundle.js`; it never asks for the commands and the bench of its domain. */
export function bundleEngine(entry: string, folder: string): readonly string[] {
  return bundle({ entry, folder, name: "engine-bundle", without: ["/commands.ts", "/bench.ts", "/commands.js", "/bench.js"] });
}
