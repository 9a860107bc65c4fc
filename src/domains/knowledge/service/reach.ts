// How far each document lies from the map, over links and named paths. Pure.
import type { DocFacts } from "../types/document.ts";
import { folderOf, joinPath, type Tree } from "./paths.ts";
import { readTarget, resolveTarget } from "./rules/link-target.ts";
import { readPathClaim } from "./rules/path-claims.ts";

export interface Reach {
  /** Hops from the map (0); documents that are not in it are not reached. */
  readonly hops: ReadonlyMap<string, number>;
  /** The document from which each was first reached. */
  readonly via: ReadonlyMap<string, string>;
}

/** Documents that one leads to: a file by itself, a folder by its index, or by all that lie in it where it has none. */
export function targetsOf(doc: DocFacts, tree: Tree, byFile: ReadonlyMap<string, DocFacts>, byFolder: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const found = new Set<string>();
  const add = (path: string): void => {
    const kind = tree.has(path);
    if (kind === "file") { if (byFile.has(path)) found.add(path); return; }
    if (kind !== "folder") return;
    const index = ["index.md", "README.md", "readme.md", "index.mdx"].map((name) => (path === "" ? name : `${path}/${name}`)).find((one) => byFile.has(one));
    for (const one of index === undefined ? byFolder.get(path) ?? [] : [index]) found.add(one);
  };
  for (const link of doc.links) {
    const target = readTarget(doc.file, link.target);
    const resolved = target === undefined ? undefined : resolveTarget(tree, target.path);
    if (resolved !== undefined) add(resolved.path);
  }
  for (const span of doc.codeSpans) {
    const claim = readPathClaim(span.text);
    if (claim === undefined) { if (/^[\w.-]+\.mdx?$/.test(span.text)) add(joinPath(folderOf(doc.file), span.text) ?? ""); continue; }
    for (const base of [folderOf(doc.file), ""]) { const path = joinPath(base, claim.path); if (path !== undefined && path !== "") add(path); }
  }
  found.delete(doc.file);
  return [...found];
}

export function foldersOf(docs: readonly DocFacts[]): ReadonlyMap<string, readonly string[]> {
  const byFolder = new Map<string, string[]>();
  for (const doc of docs) {
    const folder = folderOf(doc.file);
    const list = byFolder.get(folder);
    if (list === undefined) byFolder.set(folder, [doc.file]);
    else list.push(doc.file);
  }
  return byFolder;
}

/** Breadth first from the map; empty where there is none. */
export function reachFrom(mapFile: string, docs: readonly DocFacts[], tree: Tree): Reach {
  const byFile = new Map(docs.map((doc) => [doc.file, doc]));
  const byFolder = foldersOf(docs);
  const hops = new Map<string, number>();
  const via = new Map<string, string>();
  if (byFile.has(mapFile)) hops.set(mapFile, 0);
  for (let wave = [...hops.keys()]; wave.length > 0;) {
    const next: string[] = [];
    for (const file of wave) {
      const doc = byFile.get(file);
      if (doc === undefined) continue;
      for (const target of targetsOf(doc, tree, byFile, byFolder)) {
        if (hops.has(target)) continue;
        hops.set(target, (hops.get(file) ?? 0) + 1);
        via.set(target, file);
        next.push(target);
      }
    }
    wave = next;
  }
  return { hops, via };
}
