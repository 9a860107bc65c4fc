// A reviewer's answer: the one JSON object in whatever a model wrote around it. Pure.
import { z } from "zod";
import { ReportedFinding, Ruling } from "../types.ts";

export type ReviewAnswer =
  | { readonly kind: "answer"; readonly verdict: "approve" | "request-changes"; readonly findings: readonly ReportedFinding[]; readonly rulings: readonly Ruling[] }
  | { readonly kind: "failure"; readonly reason: string };

// More than these is not a review but noise; the answer is refused rather than cut, so that the reviewer chooses.
const findingsMax = 50;
// Bounds the search for the object: each opening brace in prose may cost a pass to the end.
const scanCharsMax = 4_000_000;
const answerCharsMax = 400_000;

/** A word in another spelling is no reason to lose a finding: "REQUEST_CHANGES", "approved". */
function verdictIn(value: unknown): unknown {
  if (typeof value !== "string") return value ?? undefined;
  const word = value.trim().toLowerCase().replaceAll(/[\s_]+/g, "-");
  return word === "approved" ? "approve" : word === "changes-requested" ? "request-changes" : word;
}

const Answer = z.object({
  verdict: z.preprocess(verdictIn, z.enum(["approve", "request-changes"]).optional()),
  findings: z.array(ReportedFinding).max(findingsMax),
  rulings: z.preprocess((value) => value ?? [], z.array(Ruling).max(200)),
});

/** The end (exclusive) of the JSON object that starts at `start`, or -1 where its braces do not close. */
function endOfObject(text: string, start: number): number {
  let depth = 0;
  let isInString = false;
  for (let index = start; index < text.length; index++) {
    const char = text[index];
    if (isInString) {
      if (char === "\\") index++;
      else if (char === '"') isInString = false;
    } else if (char === '"') isInString = true;
    else if (char === "{") depth++;
    else if (char === "}" && --depth === 0) return index + 1;
  }
  return -1;
}

/** Top-level objects of the text that are valid JSON, in order. */
export function jsonObjectsIn(text: string): unknown[] {
  const found: unknown[] = [];
  let start = text.indexOf("{");
  let scanned = 0;
  while (start >= 0 && scanned < scanCharsMax) {
    const end = endOfObject(text, start);
    scanned += (end > 0 ? end : text.length) - start;
    let next = start + 1;
    if (end > 0) {
      try { found.push(JSON.parse(text.slice(start, end))); next = end; } catch { /* not JSON: a brace in prose */ }
    }
    start = text.indexOf("{", next);
  }
  return found;
}

/** The place as this repository names it: "./a.ts" and "a.ts:12" are ways of models to write a.ts, line 12. Text that is no Unicode would break whoever encodes it. */
function withPlace(reported: ReportedFinding): ReportedFinding {
  const wellFormed = {
    ...reported,
    title: reported.title.toWellFormed(),
    detail: reported.detail.toWellFormed(),
    evidence: reported.evidence.toWellFormed(),
    suggestion: reported.suggestion.toWellFormed(),
  };
  const [, path = "", line] = /^(?:\.\/)*(.*?)(?::(\d{1,9})(?:[-:]\d{1,9})?)?$/s.exec(reported.file.trim().toWellFormed()) ?? [];
  const named = reported.line ?? (line === undefined || Number(line) === 0 ? undefined : Number(line));
  return { ...wellFormed, file: path, line: named };
}

/**
 * Tolerates prose and ``` fences around the object. Of several the last one counts, unless it would turn findings of an earlier one into an approval. Anything
 * else is a failure with the reason.
 */
export function parseReviewAnswer(text: string): ReviewAnswer {
  if (text.trim() === "") return { kind: "failure", reason: "the answer is empty" };
  if (text.length > answerCharsMax) return { kind: "failure", reason: `the answer has ${text.length} characters, expected at most ${answerCharsMax}` };
  const objects = jsonObjectsIn(text).filter((value): value is object => typeof value === "object" && value !== null && "findings" in value);
  const last = objects.at(-1);
  if (last === undefined) return { kind: "failure", reason: 'there is no JSON object with "findings" in the answer' };
  const parsed = Answer.safeParse(last);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    return { kind: "failure", reason: `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "wrong form"}` };
  }
  const { rulings, verdict } = parsed.data;
  const findings = parsed.data.findings.map(withPlace);
  if (findings.length === 0 && objects.some((value) => Array.isArray((value as { findings: unknown }).findings) && ((value as { findings: unknown[] }).findings).length > 0)) { // all have the key
    return { kind: "failure", reason: "there are several JSON objects, one with findings and a last one without; expected exactly one" };
  }
  if (verdict === "request-changes" && findings.length === 0 && !rulings.some(({ ruling }) => ruling === "still-open" || ruling === "insist")) {
    return { kind: "failure", reason: 'the verdict is "request-changes", but there is neither a finding nor a ruling that keeps one' };
  }
  return { kind: "answer", verdict: findings.length > 0 ? "request-changes" : verdict ?? "approve", findings, rulings };
}
