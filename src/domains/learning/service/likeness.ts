// Which words a cluster is about, and what already speaks of them. Pure.
import { termsOf, type StoredSignal } from "../../feedback/index.ts";
import type { Existing, Guardrail, Rung } from "../types.ts";

const keyTermsMax = 6;
/** Of a cluster's words that a text must have to speak of the same. */
const shareMin = 0.6;
const blockCharsMax = 2_000;

/** The words that most signals of a cluster share, most shared first; of one signal its first words. */
export function keyTermsOf(signals: readonly StoredSignal[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const { title, text } of signals) for (const term of new Set([...termsOf(title), ...termsOf(text)])) counts.set(term, (counts.get(term) ?? 0) + 1);
  const least = Math.max(2, Math.ceil(signals.length * 0.4));
  const shared = [...counts].filter(([, count]) => count >= least).sort((left, right) => right[1] - left[1]);
  return (shared.length > 1 ? shared : [...counts].sort((left, right) => right[1] - left[1])).slice(0, keyTermsMax).map(([term]) => term);
}

/** True where a text has most of the words; two words alone are chance. */
export function speaksOf(text: string, terms: readonly string[]): boolean {
  const needed = Math.max(2, Math.ceil(terms.length * shareMin));
  if (terms.length < 2) return false;
  const own = new Set(termsOf(text));
  return terms.filter((term) => own.has(term)).length >= needed;
}

export function answersCluster(guardrail: Pick<Guardrail, "causes" | "terms">, cluster: { readonly causes: readonly string[]; readonly terms: readonly string[] }): boolean {
  if (cluster.causes.some((cause) => guardrail.causes.includes(cause))) return true;
  const shared = guardrail.terms.filter((term) => cluster.terms.includes(term)).length;
  return shared >= 3 && shared >= Math.min(guardrail.terms.length, cluster.terms.length) * shareMin;
}

export interface RungText { readonly rung: Rung; readonly file: string; readonly text: string }

/** Paragraphs and list items that speak of the cluster, with their line. */
export function findText(
  texts: readonly RungText[],
  terms: readonly string[],
): readonly { readonly rung: Rung; readonly file: string; readonly line: number; readonly text: string }[] {
  return texts.flatMap(({ rung, file, text }) =>
    blocksOf(text)
      .filter((block) => speaksOf(block.text, terms))
      .map(({ line, text: found }) => ({ rung, file, line, text: found }))
      .slice(0, 1),
  );
}

function blocksOf(text: string): readonly { readonly line: number; readonly text: string }[] {
  const blocks: { line: number; text: string }[] = [];
  let isOpen = false;
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "" || /^\s*#/.test(line)) { isOpen = false; continue; }
    const current = blocks.at(-1);
    if (isOpen && current !== undefined && !/^\s*(?:[-*+]|\d+[.)]|\|)\s/.test(line)) { if (current.text.length < blockCharsMax) current.text += `\n${line}`; continue; }
    blocks.push({ line: index + 1, text: line });
    isOpen = true;
  }
  return blocks;
}

/** What the causes themselves prove to exist: a rule that found it. */
export function existingByCause(causes: readonly string[]): readonly Existing[] {
  const names = new Set(causes.flatMap((cause) => /^rule:([a-z][a-z0-9-]*):/.exec(cause)?.[1] ?? []));
  return [...names].map((name) => ({ rung: "lint", where: `rule ${name}`, since: "" }));
}
