// Which source file an entry of a package stands for, without a build: `exports` and `imports` fields, and outputs mapped back to sources.
import { posix } from "node:path";
import { isRecord } from "./json.ts";
import type { Manifest } from "./workspace.ts";

/** Output folder of a package and the folder that its sources lie in, as its tsconfig says; both relative to the root. */
export interface OutputMap { readonly outDir: string; readonly rootDir: string }

export interface EntryContext {
  isSource(file: string): boolean;
  outputOf(folder: string): OutputMap | undefined;
}

/** The source file that `subpath` ("." or "./x") of a package stands for, or undefined where no candidate is among the sources. */
export function sourceOfEntry(item: Manifest, subpath: string, context: EntryContext): string | undefined {
  const targets = fieldTargets(item.exports, subpath, ".");
  if (targets.length === 0 && item.exports === undefined) targets.push(...(subpath === "." ? item.entries : [subpath]));
  if (subpath === "." && item.exports === undefined) targets.push("./src/index.ts", "./index.ts");
  return firstSource(item.folder, targets, context);
}

/** What `#name` stands for in a package: a source file, or the other package that it names. */
export function targetOfImport(item: Manifest, specifier: string, context: EntryContext): { readonly file: string } | { readonly specifier: string } | undefined {
  const targets = fieldTargets(item.imports, specifier, "#");
  const file = firstSource(item.folder, targets.filter((target) => target.startsWith("./")), context);
  if (file !== undefined) return { file };
  const other = targets.find((target) => !target.startsWith("."));
  return other === undefined ? undefined : { specifier: other };
}

/** The file that `extends: "name/x"` of a tsconfig means: what `exports` says, or the field `tsconfig` for the name alone; relative to the root. */
export function configOfEntry(item: Manifest, subpath: string): string | undefined {
  const target = fieldTargets(item.exports, subpath, ".").find((one) => one.endsWith(".json")) ?? (subpath === "." ? item.tsconfig : undefined);
  return target === undefined ? undefined : posix.join(item.folder, target);
}

function firstSource(folder: string, targets: readonly string[], context: EntryContext): string | undefined {
  for (const target of targets) {
    const found = sourceOfOutput(folder, target.replace(/^\.\//, ""), context);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** All paths that an `exports` or `imports` field offers for a subpath, whatever the condition, `source` and `types` first. */
function fieldTargets(field: unknown, subpath: string, prefix: "." | "#"): string[] {
  if (typeof field === "string" || Array.isArray(field)) return subpath === "." ? conditionTargets(field, "") : [];
  if (!isRecord(field)) return [];
  const keys = Object.keys(field);
  if (!keys.some((key) => key.startsWith(prefix))) return subpath === "." ? conditionTargets(field, "") : [];
  if (Object.hasOwn(field, subpath)) return conditionTargets(field[subpath], "");
  const patterns = keys.filter((key) => key.includes("*")).sort((left, right) => right.indexOf("*") - left.indexOf("*"));
  for (const pattern of patterns) {
    const [head = "", tail = ""] = pattern.split("*");
    if (subpath.startsWith(head) && subpath.endsWith(tail) && subpath.length >= head.length + tail.length) {
      return conditionTargets(field[pattern], subpath.slice(head.length, subpath.length - tail.length));
    }
  }
  return [];
}

const conditions = ["source", "development", "types", "import", "module", "node", "default", "require"];

function conditionTargets(value: unknown, star: string): string[] {
  if (typeof value === "string") return [value.replaceAll("*", () => star)];
  if (Array.isArray(value)) return value.flatMap((one) => conditionTargets(one, star));
  if (!isRecord(value)) return [];
  const rank = (key: string) => conditions.indexOf(key) >>> 0;
  return Object.keys(value).sort((left, right) => rank(left) - rank(right)).flatMap((key) => conditionTargets(value[key], star));
}

const outputFolder = /^(dist|build|lib|out|esm|cjs|es|output|\.output|types)\//;
const endings = [".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", "/index.ts", "/index.tsx", "/index.js"];

/** The source that an output path of a package was most likely built from: by the tsconfig's outDir, then `dist/a.js` → `src/a.ts`, then `a.ts`. */
export function sourceOfOutput(folder: string, path: string, context: EntryContext): string | undefined {
  const at = (relative: string) => posix.join(folder, relative);
  if (context.isSource(at(path))) return at(path);
  const bare = path.replace(/(\.d)?\.[cm]?[jt]sx?$/, "");
  const stems = [at(bare)];
  const output = context.outputOf(folder);
  if (output !== undefined && at(bare).startsWith(`${output.outDir}/`)) stems.push(posix.join(output.rootDir, at(bare).slice(output.outDir.length + 1)));
  for (let rest = bare; outputFolder.test(rest);) {
    rest = rest.replace(outputFolder, "");
    stems.push(at(rest.startsWith("src/") ? rest : `src/${rest}`), at(rest), at(`src/exports/${rest}`));
  }
  for (const stem of stems) for (const ending of endings) if (context.isSource(stem + ending)) return stem + ending;
  return undefined;
}
