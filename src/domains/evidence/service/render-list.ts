// A bundle in words: for the pull request, for reviewers, for a terminal. Pure.
import type { EvidenceBundle, EvidenceItem } from "../types/index.ts";

/** What somebody reads; the bundle's page holds the rest. */
const linesMax = 12;
/** The page tells the rest of the sentence. */
const provesCharsMax = 160;

function renderLine(item: EvidenceItem): string {
  const at = item.commit === undefined ? "" : ` at ${item.commit.slice(0, 10)}${item.isClean ? "" : " with what was laid over it"}`;
  return `- ${item.role === "other" ? "" : `${item.role}: `}${item.kind} "${item.title}"${item.journey === undefined ? "" : `, journey ${item.journey}`}${at}: ${item.proves.length > provesCharsMax ? `${item.proves.slice(0, provesCharsMax)}…` : item.proves} (${item.file}, ${Math.ceil(item.sizeBytes / 1000)} kB, sha256 ${item.sha256.slice(0, 16)})`;
}

/** Films first, then what was seen before and after; of each role, kind and title the newest. One line each, then what is missing and why. */
export function renderEvidence(bundle: EvidenceBundle): readonly string[] {
  const newest = new Map(bundle.items.map((item) => [JSON.stringify([item.role, item.kind, item.title, item.journey]), item]));
  const rank = (item: EvidenceItem): number => (item.kind === "video" ? 0 : 1);
  // What a page held as text is for whoever compares; the page of the bundle shows it.
  const lines = [...newest.values()].filter(({ kind }) => kind !== "aria").sort((left, right) => rank(left) - rank(right)).map(renderLine);
  const lacks = lacking(bundle).map(({ what, why, role }) => `- no ${what}${role === "other" ? "" : ` (${role})`}, because ${why}`);
  return [...lines.slice(0, linesMax), ...(lines.length > linesMax ? [`- and ${lines.length - linesMax} more`] : []), ...lacks.slice(0, linesMax)];
}

/** What is still missing: a lack that a later film made good is history. */
export function lacking(bundle: EvidenceBundle): EvidenceBundle["missing"] {
  return bundle.missing.filter(
    ({ what, role, recordedAt }) =>
      !bundle.items.some(
        (item) =>
          item.kind === (what.startsWith("trace") ? "trace" : "video") &&
          item.role === role &&
          item.recordedAt >= recordedAt &&
          (what === "video" || what === "trace" || item.journey === undefined || what.endsWith(item.journey)),
      ),
  );
}
