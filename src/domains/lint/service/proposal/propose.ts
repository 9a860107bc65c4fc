// A configuration for a repository that has none: its domains, layers, doors and Providers as they are seen in its files, manifests and imports. Pure.
import type { Configuration } from "../../../../base/config-section.ts";
import { compileGlobs } from "../../config/match.ts";
import { readLintConfiguration } from "../../config/lint-configuration.ts";
import { configurationOf as configurationOfValues } from "../../config/values-configuration.ts";
import type { ResolvedFacts } from "../../types/facts.ts";
import type { Proposal } from "../../types/proposal.ts";
import { placesOf } from "../places.ts";
import { judgeEdge } from "../verdicts.ts";
import { houseLayers, isLayerName, orderLayers } from "./layer-names.ts";
import { memberManifest, readWorkspaces } from "./workspaces.ts";

/** Places where repositories keep their domains; the first that holds a folder with sources counts. */
const usualPlaces: readonly string[] = ["src/domains", "src/features", "src/modules", "app/domains", "domains", "modules", "features", "internal"];
/** A folder of more is something else than a folder of domains. */
const domainsMax = 200;
/** Deeper folders are the inside of something (a Java package has six above its own). */
const depthMax = 9;
/** More doors than these and there is none. */
const doorsMax = 8;
/** Two names of layers side by side may be chance in one folder, not in two. */
const layersMin = 2;
const flatLayersMin = 3;
/** A corner of a large repository with layers is no picture of the whole. */
const shareMin = 0.3;
const notOurs =
  /(^|\/)(tests?|__tests__|spec|specs|e2e|examples?|fixtures?|docs?|scripts?|bench(marks)?|tools?|vendor|third_party|templates?|dist|build|node_modules)(\/|$)|(^|\/)\./;

export interface ProposeInput {
  /** Facts of all sources. */
  readonly files: readonly ResolvedFacts[];
  readonly allFiles: readonly string[];
  /** Text of a manifest at the root. */
  readonly textOf: (file: string) => string | undefined;
}

/** Names directly below a folder that hold sources, without endings. */
type Children = ReadonlyMap<string, ReadonlySet<string>>;

interface Found {
  readonly globs: readonly string[];
  /** How it was found, as a sentence. */
  readonly reason: string;
  /** Doors that a workspace's own tool holds; `seen` for those that are used. */
  readonly doors: readonly string[] | "seen" | undefined;
  readonly isFlat: boolean;
}

export function proposeConfiguration(input: ProposeInput): Proposal {
  const children = childrenOf(input.files);
  const found = findLayered(children, input.files) ?? findUsual(children) ?? findWorkspace(input, children) ?? findPackages(children) ?? findFlat(children);
  const providers = ["src/providers", "providers", "app/providers"].find((folder) => children.has(folder));
  if (found === undefined)
    return {
      domains: [],
      names: [],
      doors: [],
      layers: [],
      providers: providers ?? null,
      reasons: ["no folder holds domains or layers that go by a usual name"],
      findings: { layers: 0, domains: 0, providers: 0 },
    };
  const isDomain = compileGlobs([...found.globs]);
  const layers = layersOf(input.files, children, isDomain);
  const doors = found.doors === "seen" ? doorsSeen(input.files, isDomain) : found.doors ?? [];
  const draft = {
    domains: [...found.globs],
    names: [...children.keys()]
      .filter((folder) => isDomain(folder))
      .map(lastOf)
      .sort(),
    doors: [...doors],
    layers: [...layers],
    providers: providers ?? null,
  };
  const { findings, hasDoor } = judgeProposal(input.files, draft);
  const doorReason = hasDoor || found.isFlat ? [] : ["no domain has a door yet (a file index.*); until it has, every import from another domain is a finding"];
  return { ...draft, reasons: [found.reason, ...layerReason(layers, children, isDomain), ...doorReason], findings };
}

function childrenOf(files: readonly ResolvedFacts[]): Children {
  const children = new Map<string, Set<string>>();
  for (const { file } of files) {
    if (notOurs.test(file)) continue;
    const parts = file.split("/");
    for (let depth = 0; depth < Math.min(parts.length, depthMax); depth++) {
      const folder = parts.slice(0, depth).join("/");
      const isFile = depth === parts.length - 1;
      const name = isFile ? (parts[depth] ?? "").split(".")[0] ?? "" : parts[depth] ?? "";
      let known = children.get(folder);
      if (known === undefined) children.set(folder, known = new Set());
      known.add(name);
    }
  }
  return children;
}

const below = (folder: string, name: string): string => (folder === "" ? name : `${folder}/${name}`);

function foldersBelow(folder: string, children: Children): readonly string[] {
  return [...children.get(folder) ?? []].map((name) => below(folder, name)).filter((path) => children.has(path));
}

function layersBelow(folder: string, children: Children): readonly string[] {
  return [...children.get(folder) ?? []].filter(isLayerName);
}

/** A folder most of whose folders have the same kinds of layers: the one with the most of them. */
function findLayered(children: Children, files: readonly ResolvedFacts[]): Found | undefined {
  let best: { readonly folder: string; readonly layered: readonly string[] } | undefined;
  for (const folder of children.keys()) {
    const folders = foldersBelow(folder, children).filter((one) => !isLayerName(one.slice(folder.length === 0 ? 0 : folder.length + 1)));
    const layered = folders.filter((one) => layersBelow(one, children).length >= layersMin);
    if (layered.length < 2 || layered.length > domainsMax || layered.length * 2 < folders.length) continue;
    if (best === undefined || layered.length > best.layered.length || (layered.length === best.layered.length && folder.length < best.folder.length)) best = { folder, layered };
  }
  if (best === undefined) return undefined;
  const { folder, layered } = best;
  const ours = files.filter(({ file }) => !notOurs.test(file));
  if (folder !== "" && ours.filter(({ file }) => file.startsWith(`${folder}/`)).length < ours.length * shareMin) return undefined;
  const globs = folder === "" ? layered : [`${folder}/*`];
  return {
    globs,
    doors: undefined,
    isFlat: false,
    reason: `${layered.length} folders ${folder === "" ? "at the root" : `of ${folder}`} have layers directly below: ${shortly(layered.map(lastOf))}`,
  };
}

function findUsual(children: Children): Found | undefined {
  for (const folder of usualPlaces) {
    const folders = foldersBelow(folder, children);
    if (folders.length === 0 || folders.length > domainsMax) continue;
    return { globs: [`${folder}/*`], doors: undefined, isFlat: false, reason: `${folder} is a usual place of domains: ${shortly(folders.map(lastOf))}` };
  }
  return undefined;
}

/** What a crate or a Go module shows is what its compiler lets out. */
const doorsOf: Readonly<Partial<Record<string, readonly string[]>>> = { "Cargo.toml": ["src/**"], "go.work": ["**"], "pyproject.toml": ["src/*/__init__.py", "*/__init__.py"] };

function findWorkspace({ textOf, allFiles }: ProposeInput, children: Children): Found | undefined {
  for (const { manifest, globs } of readWorkspaces(textOf)) {
    const isMember = compileGlobs([...globs]);
    const name = memberManifest[manifest];
    const members = allFiles.flatMap((file) => (file.endsWith(`/${name}`) ? [file.slice(0, -name.length - 1)] : [])).filter((folder) => isMember(folder) && children.has(folder));
    if (members.length === 0 || members.length > domainsMax) continue;
    const exact = globs.some((glob) => glob.includes("**")) ? [...new Set(members.map((folder) => below(folder.split("/").slice(0, -1).join("/"), "*")))] : globs;
    return {
      globs: exact,
      doors: doorsOf[manifest] ?? "seen",
      isFlat: false,
      reason: `the workspace of ${manifest} has ${members.length} members with sources: ${shortly(members.map(lastOf))}`,
    };
  }
  return undefined;
}

function findPackages(children: Children): Found | undefined {
  const folders = foldersBelow("packages", children);
  return folders.length === 0 ? undefined : { globs: ["packages/*"], doors: "seen", isFlat: false, reason: `packages holds ${folders.length} folders with sources` };
}

/** One house without domains: its layers lie side by side in one folder. */
function findFlat(children: Children): Found | undefined {
  let best: { readonly folder: string; readonly count: number } | undefined;
  for (const folder of children.keys()) {
    if (folder === "") continue; // a domain needs a folder
    const count = foldersBelow(folder, children).filter((one) => isLayerName(lastOf(one))).length;
    if (count >= flatLayersMin && (best === undefined || count > best.count)) best = { folder, count };
  }
  return best === undefined
    ? undefined
    : { globs: [best.folder], doors: undefined, isFlat: true, reason: `${best.folder} has ${best.count} folders with names of layers: one domain` };
}

function layersOf(files: readonly ResolvedFacts[], children: Children, isDomain: (path: string) => boolean): readonly string[] {
  const folders = [...children.keys()].filter((folder) => isDomain(folder));
  const counts = new Map<string, number>();
  for (const folder of folders) for (const name of layersBelow(folder, children)) counts.set(name, (counts.get(name) ?? 0) + 1);
  const seen = [...counts].filter(([name, count]) => houseLayers.includes(name) || count >= Math.min(2, folders.length)).map(([name]) => name);
  if (seen.length < layersMin) return [];
  const edges = new Map<string, number>();
  for (const [from, to] of edgesInDomains(files, isDomain)) edges.set(`${from} ${to}`, (edges.get(`${from} ${to}`) ?? 0) + 1);
  return orderLayers(seen, (from, to) => edges.get(`${from} ${to}`) ?? 0);
}

function layerReason(layers: readonly string[], children: Children, isDomain: (path: string) => boolean): readonly string[] {
  if (layers.length === 0) return ["no two names of layers are seen directly below the domains, so `layers` is left out"];
  const seen = new Set([...children.keys()].filter((folder) => isDomain(folder)).flatMap((folder) => layersBelow(folder, children)));
  return [`layers below them: ${shortly(layers.filter((layer) => seen.has(layer)))}${layers === houseLayers ? "" : "; in the order in which the fewest imports look forward"}`];
}

/** Parts of each import inside of one domain: the name below the domain that imports, and the one that is imported. */
function* edgesInDomains(files: readonly ResolvedFacts[], isDomain: (path: string) => boolean): Generator<readonly [string, string]> {
  const known = new Map<string, string | undefined>();
  const domainOf = (file: string): string | undefined => {
    const folder = file.slice(0, Math.max(0, file.lastIndexOf("/")));
    if (known.has(folder)) return known.get(folder);
    const parts = folder.split("/");
    const found = parts.map((_, at) => parts.slice(0, at + 1).join("/")).find((path) => isDomain(path));
    known.set(folder, found);
    return found;
  };
  const part = (file: string, domain: string): string => file.slice(domain.length + 1).split(/[/.]/)[0] ?? "";
  for (const { file, imports } of files) {
    const from = domainOf(file);
    if (from === undefined) continue;
    for (const { target } of imports) if (target.kind === "file" && domainOf(target.file) === from) yield [part(file, from), part(target.file, from)];
  }
}

/** Files of a package that others reach by its name, as globs below the package; the usual entries in any case. */
function doorsSeen(files: readonly ResolvedFacts[], isDomain: (path: string) => boolean): readonly string[] {
  const usual = ["index.*", "src/index.*"];
  const isUsual = compileGlobs(usual);
  const seen = new Map<string, number>();
  for (const { file, imports } of files) {
    for (const { target, specifier = "" } of imports) {
      if (target.kind !== "file" || specifier.startsWith(".")) continue;
      const parts = target.file.split("/");
      const at = parts.findIndex((_, index) => isDomain(parts.slice(0, index + 1).join("/")));
      const domain = parts.slice(0, at + 1).join("/");
      if (at === -1 || at >= parts.length - 1 || file.startsWith(`${domain}/`)) continue;
      const inside = parts.slice(at + 1);
      if (isUsual(inside.join("/"))) continue;
      const door = inside.length === 1 ? "*" : `${inside.slice(0, -1).join("/")}/*`;
      seen.set(door, (seen.get(door) ?? 0) + 1);
    }
  }
  const more = [...seen].sort(([, left], [, right]) => right - left).slice(0, doorsMax).map(([door]) => door);
  return [...usual, ...more];
}

type Draft = Pick<Proposal, "domains" | "doors" | "layers" | "providers">;

function judgeProposal(files: readonly ResolvedFacts[], draft: Draft): { readonly findings: Proposal["findings"]; readonly hasDoor: boolean } {
  const configuration = readLintConfiguration(configurationOf(draft));
  const placeOf = placesOf(configuration);
  const findings = { layers: 0, domains: 0, providers: 0 };
  let hasDoor = false;
  for (const { file, imports } of files) {
    hasDoor ||= placeOf(file).door !== undefined;
    for (const fact of imports) {
      if (fact.target.kind !== "file" || fact.isTest === true) continue;
      const verdict = judgeEdge(placeOf(file), placeOf(fact.target.file), configuration);
      if (verdict !== undefined && !configuration.builtins[verdict.rule].isExcepted(file)) findings[verdict.rule]++;
    }
  }
  return { findings, hasDoor };
}

function configurationOf({ domains, doors, layers, providers }: Draft): Configuration {
  const values: Readonly<Record<string, unknown>> = {
    domains: { path: domains, ...(doors.length === 0 ? {} : { doors: doors.map((path) => ({ path })) }) }, layers,
    ...(providers === null ? {} : { providers: { path: providers } }),
  };
  return configurationOfValues(values);
}

const lastOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

function shortly(names: readonly string[]): string {
  return `${names.slice(0, 12).join(", ")}${names.length > 12 ? `, and ${names.length - 12} more` : ""}`;
}
