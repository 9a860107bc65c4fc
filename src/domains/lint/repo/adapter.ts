// One language as the engine sees it: which files are its own, how their text becomes facts, where their imports lead.
import type { Providers } from "../../../providers/index.ts";
import type { FactsRequest } from "../types/facts-request.ts";
import type { FileFacts, ResolvedFacts } from "../types/facts.ts";
import type { Tree } from "./tree.ts";

export interface FactsReader {
  /** Pure in file name, text and request. Never throws for what a file contains: what cannot be parsed becomes a problem of its facts. */
  read(file: string, text: string): FileFacts;
}

/** Resolves the imports of one file; never throws for what a specifier says. */
export type ImportResolver = (facts: FileFacts) => ResolvedFacts | Promise<ResolvedFacts>;

export interface ResolverInput {
  readonly providers: Pick<Providers, "files">;
  /** Absolute, links resolved. */
  readonly rootPath: string;
  /** Files by path, links followed, manifests read with bounds. */
  readonly tree: Tree;
  /** Every file of the repository that git knows or would add, of any kind, relative to the root, sorted. */
  readonly files: readonly string[];
  /** True for a source file of any language that is (as far as is known) really there. */
  isSource(file: string): boolean;
  /** True for a source that was read in this run, so that it is a regular file and no link. */
  isRead(file: string): boolean;
}

export interface Adapter {
  /** Kebab-case; part of the key of the cache. */
  readonly name: string;
  /** Raised whenever the facts or the resolution of unchanged files would change; part of the key of the cache. */
  readonly version: number;
  /** By the path relative to the root alone. */
  isSource(file: string): boolean;
  /** Files besides sources whose content or presence decides where imports lead (tsconfig.json, go.mod). */
  isManifest(file: string): boolean;
  /** Loads the parser: late, because it is heavy. */
  loadReader(request: FactsRequest): Promise<FactsReader>;
  /** Starts no work: what it needs of the repository it reads when the first import asks for it. */
  loadResolver(input: ResolverInput): Promise<ImportResolver>;
}
