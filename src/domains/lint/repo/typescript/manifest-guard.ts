// Which manifests the native resolver may open. It reads package.json and tsconfig.json itself, on the host, whatever they are:
// a link to a device would fill memory, a pipe would never end. So each one in reach of an import is looked at before. Knows no rule.
import { dirname, join } from "node:path";
import type { Providers } from "../../../../providers/index.ts";

/** The largest manifests that people keep are some 100 kB; a resolver that parses more only holds memory. */
const manifestBytesMax = 4 * 1024 * 1024;
/** Folders that one import can lead to through manifests that name each other; without a bound they could name each other for minutes. */
const reachMax = 2_000;

export interface ManifestGuard {
  /** Why this import must not reach the native resolver; undefined where every manifest in its way is a regular file of bounded size. */
  refuse(file: string, specifier: string): Promise<string | undefined>;
}

/** What a manifest says about places: other manifests that are read with it, and paths (with a star or without) that an import may lead to. */
interface Opened { readonly refusal?: string; readonly reads: readonly string[]; readonly leads: readonly string[]; readonly patterns: readonly string[] }

const nothing: Opened = { reads: [], leads: [], patterns: [] };

interface Reach {
  readonly rootPath: string;
  /** Whether the absolute path is a listed source: no folder, so nothing lies below it. */
  isSource(path: string): boolean;
  open(path: string): Promise<Opened>;
  hasPackages(folder: string): Promise<boolean>;
}

/** `rootPath` is absolute with its links resolved; `isSource` takes a path relative to it. Looks at each manifest once. */
export function createManifestGuard(providers: Providers, rootPath: string, isSource: (file: string) => boolean): ManifestGuard {
  const opened = new Map<string, Promise<Opened>>();
  const answers = new Map<string, Promise<string | undefined>>();
  const installs = new Map<string, Promise<boolean>>();
  const open = (path: string): Promise<Opened> => {
    const known = opened.get(path) ?? openManifest(providers, rootPath, path);
    opened.set(path, known);
    return known;
  };
  const hasPackages = (folder: string): Promise<boolean> => {
    const known = installs.get(folder) ?? providers.files.facts(join(folder, "node_modules")).then((facts) => facts !== undefined);
    installs.set(folder, known);
    return known;
  };
  const reach: Reach = { rootPath, open, hasPackages, isSource: (path) => path.startsWith(`${rootPath}/`) && isSource(path.slice(rootPath.length + 1)) };
  return {
    refuse(file, specifier) {
      const folder = dirname(join(rootPath, file));
      const key = `${folder}\0${specifier}`;
      const known = answers.get(key) ?? walkReach(reach, folder, specifier);
      answers.set(key, known);
      return known;
    },
  };
}

/** The manifests above the importing file first, then those of every folder that the specifier may stand for. */
async function walkReach(reach: Reach, folder: string, specifier: string): Promise<string | undefined> {
  const { rootPath } = reach;
  const seen = new Set<string>();
  const waiting: string[] = [];
  const isPath = /^[./]/.test(specifier);
  const foldersAbove = new Set(foldersUp(folder, rootPath));
  const look = async (path: string): Promise<Opened> => {
    if (seen.has(path)) return nothing;
    seen.add(path);
    const found = await reach.open(path);
    for (const read of found.reads) {
      if (seen.size > reachMax) break;
      const inner = await look(read);
      if (inner.refusal !== undefined) return inner;
    }
    if (isPath && foldersAbove.has(dirname(path))) return found; // a path asks no manifest above it
    const subjects = [specifier, `./${specifier}`, ...suffixesOf(specifier)];
    for (const lead of found.leads) waiting.push(...expand(lead, found.patterns, subjects));
    return found;
  };
  for (const above of foldersAbove) {
    for (const name of ["tsconfig.json", "package.json"]) {
      const { refusal } = await look(join(above, name));
      if (refusal !== undefined) return refusal;
    }
    if (!isPath && await reach.hasPackages(above)) waiting.push(join(above, "node_modules", specifier));
  }
  if (isPath) waiting.push(specifier.startsWith("/") ? specifier : join(folder, specifier));
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (seen.size > reachMax) return `the manifests in its way name more than ${reachMax} others`;
    for (const above of foldersUp(reach.isSource(next) ? dirname(next) : next, next.startsWith(`${rootPath}/`) ? rootPath : next)) {
      const { refusal } = await look(join(above, "package.json"));
      if (refusal !== undefined) return refusal;
    }
  }
  return undefined;
}

/** The folder itself and all above it, up to and with the last. */
function foldersUp(folder: string, last: string): readonly string[] {
  const found = [folder];
  for (let at = folder; at !== last && at !== dirname(at);) found.push(at = dirname(at));
  return found;
}

/** `a/b/c` gives `./b/c` and `./c`: the part of a specifier that a package's own `exports` see. */
function suffixesOf(specifier: string): readonly string[] {
  const parts = specifier.split("/");
  return parts.slice(1).map((_, at) => `./${parts.slice(at + 1).join("/")}`);
}

/** A path with a star, with all that the star can stand for when one of the patterns matches one of the subjects. */
function expand(lead: string, patterns: readonly string[], subjects: readonly string[]): readonly string[] {
  if (!lead.includes("*")) return [lead];
  const found = new Set<string>();
  for (const pattern of patterns) {
    const [head = "", tail = ""] = pattern.split("*");
    for (const subject of subjects) {
      if (subject.startsWith(head) && subject.endsWith(tail) && subject.length >= head.length + tail.length) found.add(join(lead.replaceAll("*", () => subject.slice(head.length, subject.length - tail.length))));
    }
  }
  return [...found];
}

async function openManifest(providers: Providers, rootPath: string, path: string): Promise<Opened> {
  const shown = path.startsWith(`${rootPath}/`) ? path.slice(rootPath.length + 1) : path;
  const refuse = (why: string): Opened => ({ ...nothing, refusal: `${shown} ${why}` });
  let facts = await providers.files.facts(path);
  if (facts === undefined) return nothing;
  if (facts.kind === "link") {
    const real = await providers.files.realPath(path);
    if (real === undefined) return nothing;
    if (!real.startsWith(`${rootPath}/`)) return refuse("is a link that leaves the repository");
    facts = await providers.files.facts(real);
  }
  if (facts?.kind === "folder") return nothing;
  if (facts?.kind !== "file") return refuse("is no regular file");
  if (facts.sizeBytes > manifestBytesMax) return refuse(`has ${(facts.sizeBytes / 1024 / 1024).toFixed(1)} MB, at most ${manifestBytesMax / 1024 / 1024} MB are read`);
  const text = await providers.files.readText(path) ?? "";
  return path.endsWith("package.json") ? readPackage(dirname(path), text) : readTsconfig(dirname(path), text) ?? refuse("is not readable as a tsconfig");
}

function readPackage(folder: string, text: string): Opened {
  const value = parseJson(text);
  if (value === undefined) return nothing; // no JSON for us, none for the resolver
  const patterns: string[] = [];
  const leads: string[] = [];
  for (const key of ["types", "module", "main", "imports", "exports"]) collect(value[key], patterns, leads);
  return { reads: [], patterns, leads: leads.flatMap((lead) => (/^[./]/.test(lead) ? [join(folder, lead)] : [join(folder, lead), join(folder, "node_modules", lead)])) };
}

/** Undefined where it does not parse: what the resolver would make of it is not known. `extends` and `references` are opened with it; `paths` and `baseUrl` are where imports lead to. */
function readTsconfig(folder: string, text: string): Opened | undefined {
  const value = parseJson(text.replaceAll(/\/\/[^\n]*|#[^\n]*|\/\*[\s\S]*?\*\/|"(?:[^"\\]|\\.)*"/g, (part) => (part.startsWith('"') ? part : " ")).replaceAll(/("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])/g, (_, string?: string) => string ?? ""));
  if (value === undefined) return text.trim() === "" ? nothing : undefined;
  const at = (path: string) => join(...(path.startsWith("/") ? [path] : [folder, path.replace("${configDir}/", "")]));
  const extended = stringsOf(value["extends"]).flatMap((one) => [at(one), `${at(one)}.json`, join(at(one), "tsconfig.json"), ...(/^[./]/.test(one) ? [] : foldersUp(folder, "/").flatMap((above) => { const base = join(above, "node_modules", one); return [base, `${base}.json`, join(base, "tsconfig.json"), join(base, "package.json")]; }))]);
  const references = (Array.isArray(value["references"]) ? value["references"] : []).flatMap((one: unknown) => (isRecord(one) ? stringsOf(one["path"]) : [])).flatMap((one) => [at(one), join(at(one), "tsconfig.json")]);
  const options = isRecord(value["compilerOptions"]) ? value["compilerOptions"] : {};
  const base = stringsOf(options["baseUrl"])[0];
  const patterns: string[] = ["*"];
  const leads: string[] = [];
  collect(options["paths"], patterns, leads);
  const places = leads.flatMap((lead) => [at(lead), ...(base === undefined ? [] : [join(at(base), lead)])]);
  return { reads: [...extended, ...references], patterns, leads: base === undefined ? places : [...places, join(at(base), "*")] };
}

/** Keys with a star, and all strings, however deep. */
function collect(value: unknown, patterns: string[], leads: string[]): void {
  if (typeof value === "string") leads.push(value);
  else if (Array.isArray(value)) for (const one of value) collect(one, patterns, leads);
  else if (isRecord(value)) for (const [key, one] of Object.entries(value)) { if (key.includes("*")) patterns.push(key); collect(one, patterns, leads); }
}

function parseJson(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text.startsWith("\uFEFF") ? text.slice(1) : text);
    return isRecord(value) ? value : undefined;
  } catch { return undefined; }
}

function stringsOf(value: unknown): readonly string[] {
  return (Array.isArray(value) ? value : [value]).filter((one) => typeof one === "string");
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
