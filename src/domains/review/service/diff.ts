// What of a diff a reviewer is shown: its own files, the small ones first, the large ones by hunks, and in words what is missing. Pure.
import { plural } from "../../../base/text.ts";
import { hunksOf, patchesIn, type Patch } from "./patch-text.ts";
import type { ReviewDiff } from "./prompts.ts";

// About 40,000 tokens: leaves a small model's window room for guardrails, answers and files that it reads.
const diffCharsMax = 150_000;
// One file's patch above this is data or generated; it would push everything else out.
const patchCharsMax = 60_000;
const namesMax = 20;
// All reviewers of a round together: with what else they are told 15,000 tokens at four characters each, for a change of up to 500 lines; a larger one may show more.
const roundCharsMin = 42_000;
const roundCharsPerLine = 84;
// Below this a share shows nothing that can be judged.
const shareCharsMin = 2_000;

/** Written by tools and reviewed by nobody: the manifest beside them is what a reviewer reads. */
const lockFiles = /(^|\/)(package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|yarn\.lock|bun\.lockb?|Cargo\.lock|poetry\.lock|uv\.lock|Gemfile\.lock|composer\.lock|go\.sum)$/;

function names(patches: readonly Patch[]): string {
  const shown = patches.slice(0, namesMax).map(({ path, text }) => `${path} (${plural(text.length, "character")})`);
  return [...shown, ...(patches.length > namesMax ? [`and ${patches.length - namesMax} more`] : [])].join(", ");
}

/** The head of a patch with as many whole hunks as fit; undefined where not even the first one does. */
function cutByHunks(patch: Patch, charsMax: number): { readonly text: string; readonly note: string } | undefined {
  const [head, ...hunks] = hunksOf(patch.text);
  let text = head;
  let count = 0;
  for (const hunk of hunks) {
    if (text.length + hunk.length > charsMax) break;
    text += hunk;
    count++;
  }
  return count === 0 ? undefined : { text, note: `${patch.path} (${count} of ${plural(hunks.length, "hunk")} shown)` };
}

/** The patches that fit, in git's order; `leftOut` names the others and why. Files that are not the reader's business are only named. */
export function fitDiff(diff: string, options: { readonly charsMax?: number; isConcerned?(path: string): boolean } = {}): ReviewDiff {
  const { charsMax = diffCharsMax, isConcerned = () => true } = options;
  const all = patchesIn(diff);
  const patches = all.filter(({ path }) => isConcerned(path));
  const locks = patches.filter(({ path }) => lockFiles.test(path));
  const rest = patches.filter((patch) => !locks.includes(patch));
  const kept = new Map<Patch, string>();
  const cut: string[] = [];
  let chars = 0;
  for (const patch of [...rest].sort((a, b) => a.text.length - b.text.length)) {
    const room = charsMax - chars;
    const part =
      patch.text.length <= Math.min(patchCharsMax, room)
        ? { text: patch.text, note: undefined }
        : patch.text.length > patchCharsMax
          ? undefined
          : cutByHunks(patch, room);
    if (part === undefined) continue;
    kept.set(patch, part.text);
    if (part.note !== undefined) cut.push(part.note);
    chars += part.text.length;
  }
  const large = rest.filter((patch) => !kept.has(patch));
  const binary = rest.filter(({ isBinary }) => isBinary);
  const others = all.length - patches.length;
  const leftOut = [
    ...(cut.length > 0 ? [`shown in part: ${cut.join(", ")}`] : []),
    ...(large.length > 0 ? [`too large: ${names(large)}`] : []),
    ...(locks.length > 0 ? [`lock files: ${locks.map(({ path }) => path).slice(0, namesMax).join(", ")}`] : []),
    ...(binary.length > 0 ? [`content of binary files: ${binary.map(({ path }) => path).slice(0, namesMax).join(", ")}`] : []),
    ...(others > 0 ? [`${plural(others, "file")} that other reviewers read`] : []),
  ].join("; ");
  return { text: rest.flatMap((patch) => kept.get(patch) ?? []).join(""), leftOut };
}

/**
 * How many characters of a diff each reviewer of a round gets: what it needs, as long as all together stay below the round's bound; where they do not, the small
 * needs are met and the others share what is left evenly. In the order of `needs`.
 */
export function allotDiff(needs: readonly number[], linesChanged: number): readonly number[] {
  const allotted = new Map<number, number>();
  let left = Math.max(roundCharsMin, linesChanged * roundCharsPerLine);
  const order = needs.map((need, index) => ({ need, index })).sort((a, b) => a.need - b.need);
  for (const [position, { need, index }] of order.entries()) {
    const share = Math.max(shareCharsMin, Math.floor(left / (order.length - position)));
    const given = Math.min(need, share, diffCharsMax);
    allotted.set(index, given);
    left = Math.max(0, left - given);
  }
  return needs.map((_, index) => allotted.get(index) ?? 0);
}
