// What changed between two looks at a page, by structure: rows that vanished are counted, not printed. Pure.
import { fingerprint } from "../../../base/hash.ts";
import type { PageNode } from "../types/page-tree.ts";
import { renderNode, renderTree } from "./render-tree.ts";

/** Cells of the table that aligns two lists of children; beyond it they are aligned by their first equal. */
const cellsMax = 1_000_000;
/** How many lines of added content are shown before they are counted. */
const addedLinesMax = 12;

type Hashes = Map<PageNode, string>;

const folded = { isFolded: true, labelCharsMax: 120 } as const;
/** What a node says of itself, handles apart: those change without anything having happened. */
const ownWords = (node: PageNode): string => renderNode({ ...node, ref: undefined, children: [] }, folded);
const keyOf = (node: PageNode): string => `${node.role}\n${node.name}`;

function hashAll(node: PageNode, hashes: Hashes): string {
  const text = `${node.role}\n${node.name}\n${node.text}\n${node.states.join()}\n${node.children.map((child) => hashAll(child, hashes)).join()}`;
  const hash = fingerprint(text);
  hashes.set(node, hash);
  return hash;
}

/** Pairs of places of the longest common subsequence, in order. */
function align(before: readonly string[], after: readonly string[]): readonly (readonly [number, number])[] {
  const head: (readonly [number, number])[] = [];
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) { head.push([start, start]); start += 1; }
  let endBefore = before.length;
  let endAfter = after.length;
  const tail: (readonly [number, number])[] = [];
  while (endBefore > start && endAfter > start && before[endBefore - 1] === after[endAfter - 1]) { endBefore -= 1; endAfter -= 1; tail.unshift([endBefore, endAfter]); }
  const rows = endBefore - start;
  const columns = endAfter - start;
  return [
    ...head,
    ...(rows * columns > cellsMax ? alignGreedily : alignExactly)(before.slice(start, endBefore), after.slice(start, endAfter)).map(
      ([left, right]) => [left + start, right + start] as const,
    ),
    ...tail,
  ];
}

function alignExactly(before: readonly string[], after: readonly string[]): readonly (readonly [number, number])[] {
  const width = after.length + 1;
  const lengths = new Uint32Array((before.length + 1) * width);
  const at = (row: number, column: number): number => lengths[row * width + column] ?? 0;
  for (let row = before.length - 1; row >= 0; row--) {
    for (let column = after.length - 1; column >= 0; column--) {
      lengths[row * width + column] = before[row] === after[column] ? at(row + 1, column + 1) + 1 : Math.max(at(row + 1, column), at(row, column + 1));
    }
  }
  const pairs: (readonly [number, number])[] = [];
  for (let row = 0, column = 0; row < before.length && column < after.length;) {
    if (before[row] === after[column]) pairs.push([row++, column++]);
    else if (at(row + 1, column) >= at(row, column + 1)) row += 1;
    else column += 1;
  }
  return pairs;
}

function alignGreedily(before: readonly string[], after: readonly string[]): readonly (readonly [number, number])[] {
  const places = new Map<string, number[]>();
  after.forEach((key, place) => { places.set(key, [...(places.get(key) ?? []), place]); });
  const pairs: (readonly [number, number])[] = [];
  let from = 0;
  before.forEach((key, place) => {
    const next = places.get(key)?.find((one) => one >= from);
    if (next !== undefined) { pairs.push([place, next]); from = next + 1; }
  });
  return pairs;
}

interface Gap { readonly removed: readonly PageNode[]; readonly added: readonly PageNode[] }

function gapsOf(before: readonly PageNode[], after: readonly PageNode[], pairs: readonly (readonly [number, number])[]): readonly Gap[] {
  const gaps: Gap[] = [];
  let left = 0;
  let right = 0;
  for (const [nextLeft, nextRight] of [...pairs, [before.length, after.length] as const]) {
    if (nextLeft > left || nextRight > right) gaps.push({ removed: before.slice(left, nextLeft), added: after.slice(right, nextRight) });
    left = nextLeft + 1;
    right = nextRight + 1;
  }
  return gaps;
}

class Comparison {
  readonly #lines: string[] = [];
  readonly #hashes: Hashes = new Map();
  #changes = 0;
  #place = "";

  constructor(before: PageNode, after: PageNode) {
    hashAll(before, this.#hashes);
    hashAll(after, this.#hashes);
    this.#children(before, after, "");
  }

  get result(): TreeChange { return { lines: this.#lines, changeCount: this.#changes }; }

  #hash(node: PageNode): string { return this.#hashes.get(node) ?? ""; }

  #say(place: string, lines: readonly string[]): void {
    if (place !== this.#place && place !== "") this.#lines.push(`in ${place}:`);
    this.#place = place;
    this.#lines.push(...lines);
    this.#changes += 1;
  }

  #children(before: PageNode, after: PageNode, place: string): void {
    const same = align(before.children.map((child) => this.#hash(child)), after.children.map((child) => this.#hash(child)));
    for (const { removed, added } of gapsOf(before.children, after.children, same)) {
      const named = align(removed.map(keyOf), added.map(keyOf));
      for (const [left, right] of named) this.#pair(removed[left], added[right], place);
      for (const gap of gapsOf(removed, added, named)) this.#gap(gap, place);
    }
  }

  /** Unequal in number, or of other roles: what went and what came. One for one: what became of it. */
  #gap({ removed, added }: Gap, place: string): void {
    const isOneForOne = removed.length === added.length && removed.every((node, index) => node.role === added[index]?.role && node.role !== "row" && node.role !== "listitem");
    if (isOneForOne) { removed.forEach((node, index) => this.#pair(node, added[index], place)); return; }
    if (removed.length > 0)
      this.#say(
        place,
        runsOf(removed).map(
          (run) => `- ${run.length > 1 ? `${run.length} × ` : ""}${renderTree(run[0] ?? emptyNode, folded)[0] ?? ""}${run.length > 1 ? " and alike" : ""}`,
        ),
      );
    if (added.length === 0) return;
    const lines = runsOf(added).flatMap((run) => renderTree({ ...emptyNode, children: run }, folded));
    this.#say(place, [...lines.slice(0, addedLinesMax).map((line) => `+ ${line}`), ...(lines.length > addedLinesMax ? [`+ … ${lines.length - addedLinesMax} more lines`] : [])]);
  }

  #pair(before: PageNode | undefined, after: PageNode | undefined, place: string): void {
    if (before === undefined || after === undefined) return;
    const [was, is] = [ownWords(before), ownWords(after)];
    const isChoice = after.role === "combobox" || after.role === "listbox";
    if (isChoice && before.children.every(({ role }) => role === "option") && after.children.every(({ role }) => role === "option")) {
      const [chosenBefore, chosenAfter] = [before, after].map((node) => renderNode({ ...node, ref: undefined }, folded));
      if (chosenBefore !== chosenAfter) this.#say(place, [`~ ${renderNode(after, folded)}`]);
      return;
    }
    if (was !== is)
      this.#say(place, [
        after.role === "text" || after.text !== before.text
          ? `~ ${was} -> ${renderNode({ ...after, children: [] }, folded)}`
          : `~ ${renderNode({ ...after, children: [] }, folded)} (was ${was})`,
      ]);
    const isPlace = after.name !== "" || /^(?:dialog|form|table|list|main|navigation|region|banner|contentinfo|iframe)$/.test(after.role);
    this.#children(before, after, isPlace ? ownWords({ ...after, text: "", states: [] }) : place);
  }
}

const emptyNode: PageNode = { role: "page", name: "", text: "", ref: undefined, states: [], url: undefined, isPointer: false, children: [] };

/** Neighbours of one role together. */
function runsOf(nodes: readonly PageNode[]): readonly (readonly PageNode[])[] {
  const runs: PageNode[][] = [];
  for (const node of nodes) {
    const last = runs.at(-1);
    if (last?.[0]?.role === node.role && node.role !== "text") last.push(node);
    else runs.push([node]);
  }
  return runs;
}

export interface TreeChange {
  /** `+` came, `-` went, `~` became; `in …:` says where the next lines are. Empty where nothing changed. */
  readonly lines: readonly string[];
  readonly changeCount: number;
}

export function compareTrees(before: PageNode, after: PageNode): TreeChange {
  return new Comparison(before, after).result;
}
