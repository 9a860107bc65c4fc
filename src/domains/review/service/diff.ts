// What of a diff a reviewer is shown: whole files, the small ones first, and in words what is missing. Pure.
import { plural } from "../../../base/text.ts";
import type { ReviewDiff } from "./prompts.ts";

// About 40,000 tokens: leaves a small model's window room for guardrails, answers and files that it reads.
const diffCharsMax = 150_000;
// One file's patch above this is data or generated; it would push everything else out.
const patchCharsMax = 60_000;
const namesMax = 20;

/** Written by tools and reviewed by nobody: the manifest beside them is what a reviewer reads. */
const lockFiles = /(^|\/)(package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|yarn\.lock|bun\.lockb?|Cargo\.lock|poetry\.lock|uv\.lock|Gemfile\.lock|composer\.lock|go\.sum)$/;

interface Patch { readonly path: string; readonly text: string; readonly isBinary: boolean }

function patchesOf(diff: string): readonly Patch[] {
  return diff.split(/^(?=diff --git )/m).filter((text) => text.startsWith("diff --git ")).map((text) => {
    const name = /^\+\+\+ b\/(.*?)\t?$/m.exec(text)?.[1] ?? /^--- a\/(.*?)\t?$/m.exec(text)?.[1] ?? /^diff --git a\/.* b\/(.*)$/m.exec(text)?.[1] ?? "?";
    return { path: name, text, isBinary: /^Binary files .* differ$/m.test(text) };
  });
}

function names(patches: readonly Patch[]): string {
  const shown = patches.slice(0, namesMax).map(({ path, text }) => `${path} (${plural(text.length, "character")})`);
  return [...shown, ...(patches.length > namesMax ? [`and ${patches.length - namesMax} more`] : [])].join(", ");
}

/** The patches that fit, in git's order; `leftOut` names the others and why. */
export function fitDiff(diff: string, charsMax: number = diffCharsMax): ReviewDiff {
  const patches = patchesOf(diff);
  const locks = patches.filter(({ path }) => lockFiles.test(path));
  const rest = patches.filter((patch) => !locks.includes(patch));
  const kept = new Set<Patch>();
  let chars = 0;
  for (const patch of [...rest].sort((a, b) => a.text.length - b.text.length)) {
    if (patch.text.length > patchCharsMax || chars + patch.text.length > charsMax) continue;
    kept.add(patch);
    chars += patch.text.length;
  }
  const large = rest.filter((patch) => !kept.has(patch));
  const binary = rest.filter(({ isBinary }) => isBinary);
  const leftOut = [
    ...(large.length > 0 ? [`too large: ${names(large)}`] : []),
    ...(locks.length > 0 ? [`lock files: ${locks.map(({ path }) => path).slice(0, namesMax).join(", ")}`] : []),
    ...(binary.length > 0 ? [`content of binary files: ${binary.map(({ path }) => path).slice(0, namesMax).join(", ")}`] : []),
  ].join("; ");
  return { text: rest.filter((patch) => kept.has(patch)).map(({ text }) => text).join(""), leftOut };
}
