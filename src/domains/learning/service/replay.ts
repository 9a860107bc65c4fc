// What a new rule would have found in the changes of the past, and how often it would have been right. Pure.
import type { Case, Occurrence, Replay } from "../types.ts";

/** Above this share of the files that a rule is for, and this many of them, what it forbids is how the repository does it. */
const practiceShareMax = 0.2;
const practiceFilesMin = 5;
/** Or so many places, however large the repository is. */
const practicePlacesMax = 200;
const linesNear = 3;
const wrongShown = 10;

const keyOf = ({ file, text }: Pick<Occurrence, "file" | "text">): string => `${file}\0${text.replaceAll(/\s+/g, " ")}`;

export interface Sorted { readonly right: readonly Occurrence[]; readonly standing: readonly Occurrence[]; readonly gone: readonly Occurrence[] }

/** Right by itself is a case that somebody told, and what was mended since. What stands today is for a judge; what went with its file nobody can tell. */
export function sortOccurrences(
  found: readonly Occurrence[],
  world: { readonly cases: readonly Case[]; readonly today: readonly Pick<Occurrence, "file" | "text">[]; readonly filesToday: ReadonlySet<string> },
): Sorted {
  const today = new Set(world.today.map(keyOf));
  const right: Occurrence[] = [], standing: Occurrence[] = [], gone: Occurrence[] = [];
  for (const one of found) {
    const isTold = world.cases.some(({ file, line }) => file === one.file && Math.abs(line - one.line) <= linesNear);
    if (isTold) right.push(one);
    else if (!world.filesToday.has(one.file)) gone.push(one);
    else if (today.has(keyOf(one))) standing.push(one);
    else right.push(one);
  }
  return { right, standing, gone };
}

export function summariseReplay(input: {
  readonly changes: number;
  readonly sorted: Sorted;
  readonly judged: readonly { readonly place: Occurrence; readonly isFault: boolean }[];
  readonly skipped: number;
}): Replay {
  const { sorted, judged } = input;
  const wrong = judged.filter(({ isFault }) => !isFault);
  const right = sorted.right.length + judged.length - wrong.length;
  const all = right + wrong.length;
  return {
    changes: input.changes, found: sorted.right.length + sorted.standing.length + sorted.gone.length, right, wrong: wrong.length,
    unjudged: sorted.gone.length + sorted.standing.length - judged.length + input.skipped, precision: all === 0 ? undefined : right / all,
    wrongPlaces: wrong.slice(0, wrongShown).map(({ place }) => `${place.file}:${place.line}`),
  };
}

/** Spread evenly over all, where there are more than a judge reads. */
export function sample<One>(items: readonly One[], countMax: number): readonly One[] {
  if (items.length <= countMax) return items;
  return Array.from({ length: countMax }, (_one, index) => items[Math.floor(index * items.length / countMax)]).flatMap((one) => (one === undefined ? [] : [one]));
}

/** Why a rule must not be proposed: it forbids what the repository does everywhere. Undefined where it does not. */
export function practiceOf(today: readonly { readonly file: string }[], filesInScope: number): string | undefined {
  const files = new Set(today.map(({ file }) => file)).size;
  const share = filesInScope === 0 ? 0 : files / filesInScope;
  if (today.length <= practicePlacesMax && (share <= practiceShareMax || files < practiceFilesMin)) return undefined;
  return `it would forbid what the repository does everywhere: ${today.length} places in ${files} of ${filesInScope} files (${Math.round(share * 100)} %)`;
}

/** Words that a text must have for the rule to find anything: the names in its pattern. Empty where the rule is of another form. */
export function namesOfPattern(rule: Readonly<Record<string, unknown>>): readonly string[] {
  const { pattern } = rule;
  return typeof pattern !== "string" ? [] : [...pattern.matchAll(/(?<![$\w])[A-Za-z_][A-Za-z0-9_]{2,}/g)].map(([name]) => name);
}
