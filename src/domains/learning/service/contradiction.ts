// Two signals of one cluster that ask for opposite things: told, never proposed. Pure; narrow on purpose, the model is asked besides.
import { termsOf, type StoredSignal } from "../../feedback/index.ts";

export interface Contradiction { readonly a: number; readonly b: number; readonly why: string }

/** Pairs grow with the square; a large cluster that contradicts itself does so among its first. */
const comparedMax = 200;
const phraseCharsMax = 80;
// At the beginning of a sentence, where it orders: "the flag is never removed" complains, and asks for the opposite.
const against = /(?:(?:^|[.;:!,][ \t]+|\bplease[ \t]+)(?:never|do not|don'?t|stop|avoid)|\b(?:must not|should not|shouldn'?t))[ \t]+([^.;,\n]{3,80})/im;
const inFavour = /\b(?:always|please|must|should|prefer(?:[ \t]+to)?|let'?s)[ \t]+([^.;,\n]{3,80})/i;
/** Said either way, and the way is in the word before. */
const weakVerbs = new Set(["add", "use", "us", "do", "have", "keep"]);

interface Demand { readonly id: number; readonly isAgainst: boolean; readonly terms: readonly string[]; readonly phrase: string }

function demandOf({ id, title, text }: StoredSignal): Demand | undefined {
  const said = `${title}\n${text.startsWith(title) ? "" : text}`;
  const no = against.exec(said);
  const found = no ?? inFavour.exec(said);
  const phrase = found?.[1]?.slice(0, phraseCharsMax);
  // "must not …" is caught by the first; "should be cents, not floats" asks for one thing and against another.
  if (phrase === undefined || (no === null && /\b(?:not|no|never|without)\b/i.test(phrase))) return undefined;
  return { id, isAgainst: no !== null, terms: termsOf(phrase).filter((term) => !weakVerbs.has(term)), phrase };
}

export function findContradictions(signals: readonly StoredSignal[]): readonly Contradiction[] {
  const demands = signals.slice(0, comparedMax).flatMap((signal) => demandOf(signal) ?? []);
  const found: Contradiction[] = [];
  for (const one of demands.filter(({ isAgainst }) => isAgainst)) {
    for (const other of demands.filter(({ isAgainst }) => !isAgainst)) {
      const shared = one.terms.filter((term) => other.terms.includes(term)).length;
      const least = Math.min(one.terms.length, other.terms.length);
      if (least > 0 && shared >= Math.min(2, least) && shared / Math.max(one.terms.length, other.terms.length) >= 0.6)
        found.push({ a: one.id, b: other.id, why: `"${one.phrase.trim()}" is asked against and asked for` });
    }
  }
  return found.slice(0, 10);
}
