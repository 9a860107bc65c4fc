// `inspan docs report`: how far each document lies from the map, and what each hop costs to read.
import type { OperationContext } from "../../../providers/index.ts";
import { reachFrom } from "../service/reach.ts";
import { openDocuments } from "./open-documents.ts";

export interface DocsReport {
  readonly version: 1;
  readonly map: string;
  readonly isMapThere: boolean;
  readonly hops: readonly { readonly hops: number; readonly documents: number; readonly tokens: number }[];
  /** Sorted by hops, then by path; not reached ones have no hops and come last. */
  readonly documents: readonly { readonly file: string; readonly hops: number | null; readonly tokens: number; readonly via: string | null }[];
}

export async function reportDocuments(context: OperationContext): Promise<DocsReport> {
  const { docs, tree, configuration } = await openDocuments(context);
  const map = configuration.map.path;
  const { hops, via } = reachFrom(map, docs, tree);
  const documents = docs.map((doc) => ({ file: doc.file, hops: hops.get(doc.file) ?? null, tokens: doc.tokens, via: via.get(doc.file) ?? null }))
    .sort((left, right) => (left.hops ?? Number.POSITIVE_INFINITY) - (right.hops ?? Number.POSITIVE_INFINITY) || (left.file < right.file ? -1 : 1));
  const distances = [...new Set(hops.values())].sort((left, right) => left - right);
  return {
    version: 1, map, isMapThere: tree.has(map) === "file", documents,
    hops: distances.map((distance) => {
      const own = documents.filter((one) => one.hops === distance);
      return { hops: distance, documents: own.length, tokens: own.reduce((sum, one) => sum + one.tokens, 0) };
    }),
  };
}
