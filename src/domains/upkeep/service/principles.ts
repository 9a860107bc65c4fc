// docs/golden-principles.md: a heading a principle, `## <id>: <title>`, and below it lines `- reason: …`, `- detector: …`, `- repair: …`. Pure.
import type { Detector, Principle, PrincipleProblem } from "../types/index.ts";

/** Headings of a page; more principles than this are not principles any more. */
const draftsMax = 400;
const keys = ["reason", "detector", "repair"] as const;
type Key = (typeof keys)[number];

export interface ReadPrinciples { readonly principles: readonly Principle[]; readonly problems: readonly PrincipleProblem[] }

interface Draft {
  readonly id: string;
  readonly title: string;
  readonly line: number;
  /** A heading of another form: what stands below it is nobody's. */ readonly isNameless?: boolean;
  readonly values: Partial<Record<Key, { readonly text: string; readonly line: number }>>;
}

export function parsePrinciples(text: string, file: string): ReadPrinciples {
  const problems: PrincipleProblem[] = [];
  const principles: Principle[] = [];
  for (const draft of readDrafts(text).slice(0, draftsMax)) {
    const complain = (line: number, found: string, fix: string) => { problems.push({ file, line, principle: draft.id, found, fix }); };
    if (draft.isNameless) {
      if (Object.keys(draft.values).length > 0)
        complain(draft.line, `the heading "${draft.title}" names no principle`, "Write it as `## <id>: <title>`, the id of letters, digits and dashes.");
      continue;
    }
    for (const key of keys)
      if (draft.values[key] === undefined)
        complain(draft.line, `the principle "${draft.id}" has no ${key}`, `Add the line \`- ${key}: ${examples[key]}\` below its heading.`);
    const detector = draft.values.detector === undefined ? undefined : parseDetector(draft.values.detector.text);
    if (draft.values.detector !== undefined && detector === undefined)
      complain(
        draft.values.detector.line,
        `the detector of "${draft.id}" is "${draft.values.detector.text}"`,
        "Write `rule <name>, <name>`, `pattern \\`<text with *>\\` in \\`<glob>\\``, `reviewer <name>` or `debt`.",
      );
    if (principles.some(({ id }) => id === draft.id)) complain(draft.line, `the principle "${draft.id}" is there twice`, "Give one of them another id.");
    else if (detector !== undefined && draft.values.reason !== undefined && draft.values.repair !== undefined) principles.push({ id: draft.id, title: draft.title, reason: draft.values.reason.text, repair: draft.values.repair.text, detector, file, line: draft.line });
  }
  return { principles, problems };
}

const examples: Readonly<Record<Key, string>> = { reason: "what goes wrong without it", detector: "rule duplicates", repair: "Import the one that is there." };

function readDrafts(text: string): readonly Draft[] {
  const drafts: Draft[] = [];
  let key: Key | undefined;
  let isFenced = false;
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trimEnd();
    if (/^\s{0,3}(```|~~~)/.test(line)) { isFenced = !isFenced; key = undefined; continue; }
    if (isFenced) continue;
    const heading = /^##\s+([a-z0-9][a-z0-9-]{0,59}):\s+(\S.*)$/i.exec(line);
    if (heading !== null) { drafts.push({ id: (heading[1] ?? "").toLowerCase(), title: heading[2] ?? "", line: index + 1, values: {} }); key = undefined; continue; }
    if (/^##?\s/.test(line)) { drafts.push({ id: "", title: line.replace(/^#+\s+/, "").slice(0, 80), line: index + 1, isNameless: true, values: {} }); key = undefined; continue; }
    const draft = drafts.at(-1);
    if (draft === undefined || line === "" || line.startsWith("#")) { key = undefined; continue; }
    const found = /^[-*]\s+\**(reason|detector|repair)\**:\**\s*(\S.*)$/i.exec(line);
    if (found !== null) {
      key = keys.find((one) => one === found[1]?.toLowerCase());
      if (key !== undefined) draft.values[key] = { text: found[2] ?? "", line: index + 1 };
    } else if (key !== undefined && /^\s+\S/.test(raw)) {
      const before = draft.values[key];
      if (before !== undefined) draft.values[key] = { ...before, text: `${before.text} ${line.trim()}` };
    } else key = undefined;
  }
  return drafts;
}

export function parseDetector(text: string): Detector | undefined {
  const [word = "", ...rest] = text.trim().split(/\s+/);
  const tail = rest.join(" ");
  switch (word.toLowerCase()) {
    case "rule": case "rules": {
      const rules = tail.replaceAll("`", "").split(/[\s,]+/).filter((name) => name !== "");
      return rules.length > 0 ? { kind: "rule", rules } : undefined;
    }
    case "pattern": {
      const found = /^`([^`]{1,300})`(?:\s+in\s+(.+))?$/.exec(tail);
      const globs = (found?.[2] ?? "`**`").replaceAll("`", "").split(/[\s,]+/).filter((glob) => glob !== "");
      return found?.[1] === undefined || found[1].replaceAll("*", "").trim() === "" ? undefined : { kind: "pattern", pattern: found[1], in: globs };
    }
    case "reviewer": return /^`?[a-z0-9][a-z0-9-]*`?$/.test(tail) ? { kind: "reviewer", reviewer: tail.replaceAll("`", "") } : undefined;
    case "debt": return tail === "" ? { kind: "debt" } : undefined;
    default: return undefined;
  }
}

/** True where the line holds the parts between the stars in their order. In linear time: no expression of a user is run. */
export function matchesLine(pattern: string, line: string): boolean {
  let at = 0;
  for (const part of pattern.split("*")) {
    const found = line.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return true;
}

export interface Existing { readonly rules: ReadonlySet<string>; readonly reviewers: ReadonlySet<string>; readonly hasTracker: boolean }

/** Principles whose detector does not exist: they are wishes. */
export function lintPrinciples(principles: readonly Principle[], existing: Existing): readonly PrincipleProblem[] {
  return principles.flatMap(({ id, detector, file, line }): PrincipleProblem[] => {
    const at = { file, line, principle: id };
    switch (detector.kind) {
      case "rule":
        return detector.rules
          .filter((rule) => !existing.rules.has(rule))
          .map((rule) => ({
            ...at,
            found: `no rule is called "${rule}"`,
            fix: "Name a rule of the check (`inspan explain` lists them), or add it to `rules` of inspan.yaml.",
          }));
      case "reviewer":
        return existing.reviewers.has(detector.reviewer)
          ? []
          : [
              {
                ...at,
                found: `no reviewer is called "${detector.reviewer}"`,
                fix: "Write the reviewer's page into the folder of reviewers, or name one that is there.",
              },
            ];
      case "debt": return existing.hasTracker ? [] : [{ ...at, found: "there is no tracker of debt", fix: "Write the table, or name it as `upkeep.tracker` in inspan.yaml." }];
      default: return [];
    }
  });
}
