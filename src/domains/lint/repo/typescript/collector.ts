// A fragment of the one pass over a syntax tree: what it listens to, and the facts that it has when the pass ends.
import type { Comment, Node, Program, VisitorObject } from "oxc-parser";
import type { FileFacts } from "../../types/facts.ts";
import type { LineIndex } from "../line-index.ts";

export interface Source {
  readonly file: string;
  readonly text: string;
  readonly lines: LineIndex;
}

/** Lives as long as its reader; `begin` makes it forget the file before. */
export interface Collector {
  readonly visitor: VisitorObject;
  /** False where this text cannot hold what it collects: the pass then runs without it. */
  isWanted?(text: string): boolean;
  begin(source: Source): void;
  finish(parsed: { readonly program: Program; readonly comments: readonly Comment[] }): Partial<FileFacts>;
}

type Handler = (node: Node) => void;

/** One handler for each type of node that calls those of all fragments in their order. */
export function mergeVisitors(visitors: readonly VisitorObject[]): VisitorObject {
  const handlers = new Map<string, Handler[]>();
  for (const visitor of visitors) {
    // The keys of a visitor are types of nodes, and each handler is only called with its own.
    for (const [type, handler] of Object.entries(visitor) as [string, Handler][]) handlers.set(type, [...(handlers.get(type) ?? []), handler]);
  }
  return Object.fromEntries([...handlers].map(([type, list]) => [type, list.length === 1 ? list[0] : (node: Node) => { for (const handler of list) handler(node); }]));
}
