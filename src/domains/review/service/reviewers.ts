// Reviewers from Markdown files, and which of them read a change. Pure.
import picomatch from "picomatch";
import { parse } from "yaml";
import { slugify } from "../../../base/text.ts";
import { Reviewer, type ChangedFile } from "../types.ts";
import { kindOf } from "./change-kind.ts";

export type ParsedReviewer = { readonly kind: "reviewer"; readonly reviewer: Reviewer } | { readonly kind: "invalid"; readonly reason: string };

// A persona longer than this crowds the change out of the reviewer's attention.
const guardrailsCharsMax = 24_000;

function unquote(text: string): string {
  const trimmed = text.trim();
  const quoted = /^"(.*)"$|^'(.*)'$/s.exec(trimmed);
  return quoted ? quoted[1] ?? quoted[2] ?? "" : trimmed;
}

function listOf(text: string): string[] {
  const inner = /^\[(.*)\]$/s.exec(text.trim())?.[1] ?? text;
  // Commas inside braces belong to a glob such as *.{ts,tsx}.
  return inner.split(/,(?![^{]*\})/).map(unquote).filter((part) => part !== "");
}

const listKeys: readonly string[] = ["paths", "except", "kinds", "needs"];
const keys: readonly string[] = ["name", "description", ...listKeys, "linesMin", "agent", "model", "effort"];

// As long as the name of a reviewer may be.
const nameCharsMax = 40;

type Fields = Record<string, string | string[]>;

/** As YAML has it; undefined where it is none, or no map of texts and lists. */
function parseYaml(lines: readonly string[]): Fields | string | undefined {
  let value: unknown;
  try { value = parse(lines.join("\n"), { logLevel: "error" }); } catch { return undefined; } // told by its line below, or understood there
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const fields: Fields = {};
  for (const [key, told] of Object.entries(value)) {
    if (!keys.includes(key)) return `line ${lines.findIndex((line) => line.startsWith(key)) + 2}: unknown key "${key}", expected one of ${keys.join(", ")}`;
    if (Array.isArray(told)) fields[key] = told.map(String);
    else if (typeof told === "object" && told !== null) return undefined;
    else fields[key] = told === null ? [] : listKeys.includes(key) ? listOf(String(told)) : String(told);
  }
  return fields;
}

/** The simple part of YAML as people write it, globs and colons unquoted: `key: value`, `key: [a, b]`, and `- item` lines below a key. */
function parseSimply(lines: readonly string[]): Fields | string {
  const fields: Fields = {};
  let key = "";
  for (const [index, line] of lines.entries()) {
    if (line.trim() === "" || line.trimStart().startsWith("#")) continue;
    const item = /^\s*-\s+(.+)$/.exec(line)?.[1];
    if (item !== undefined) {
      const list = fields[key];
      if (!Array.isArray(list)) return `line ${index + 2}: a list item without a key above it`;
      list.push(unquote(item));
      continue;
    }
    const pair = /^([a-z][\w-]*)\s*:\s*(.*)$/.exec(line);
    if (!pair) return `line ${index + 2}: expected "key: value", got "${line.slice(0, 60)}"`;
    key = pair[1] ?? "";
    const value = (pair[2] ?? "").trim();
    if (key in fields) return `line ${index + 2}: the key "${key}" stands twice`;
    if (!keys.includes(key)) return `line ${index + 2}: unknown key "${key}", expected one of ${keys.join(", ")}`;
    fields[key] = value === "" ? [] : listKeys.includes(key) ? listOf(value) : unquote(value);
  }
  return fields;
}

/**
 * A reviewer from `docs/reviewers/<name>.md`: front matter with name (default: the file's name in lower case), description and paths (default: every file), and a body
 * that is its guardrails. An invalid file gives the reason, with the file's line where there is one.
 */
export function parseReviewer(markdown: string, path: string): ParsedReviewer {
  const invalid = (reason: string): ParsedReviewer => ({ kind: "invalid", reason: `Cannot read the reviewer "${path}": ${reason}.` });
  const lines = markdown.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n").split("\n");
  if (lines[0]?.trim() !== "---") return invalid('no front matter, expected "---" on line 1, then description and paths');
  const end = lines.findIndex((line, index) => index > 0 && line.trim() === "---");
  if (end < 0) return invalid('the front matter has no end, expected a second "---"');
  const head = lines.slice(1, end);
  const fields = parseYaml(head) ?? parseSimply(head);
  if (typeof fields === "string") return invalid(fields);
  const guardrails = lines.slice(end + 1).join("\n").trim();
  if (guardrails === "") return invalid("the body is empty, expected the guardrails below the front matter");
  if (guardrails.length > guardrailsCharsMax) return invalid(`the body has ${guardrails.length} characters, expected at most ${guardrailsCharsMax}`);
  const fileName = slugify(path.split("/").at(-1)?.replace(/\.md$/i, "") ?? "", nameCharsMax, "reviewer");
  const { linesMin, ...plain } = fields;
  const parsed = Reviewer.safeParse({ name: fileName, paths: ["**"], ...plain, ...(linesMin === undefined ? {} : { linesMin: Number(linesMin) }), guardrails });
  if (parsed.success) return { kind: "reviewer", reviewer: parsed.data };
  const issue = parsed.error.issues[0];
  return invalid(`${issue?.path.join(".") || "front matter"}: ${issue?.message ?? "wrong form"}`);
}

/** Who reads where a repository has no reviewers of its own: a change without any review would pass as reviewed. */
export const generalReviewer: Reviewer = {
  name: "general",
  description: "Reads every change for correctness, safety and fit.",
  paths: ["**"],
  guardrails: [
    "- Does the change do what the task asks, and nothing else?",
    "- Is there an input, an order of events or a failure in which the new code is wrong?",
    "- Is every changed behaviour covered by a test that fails without the change?",
    "- Does anything trust text from outside, log a secret, or widen what may be written or executed?",
    "- Does it follow the conventions of the files around it?",
  ].join("\n"),
};

/** Reads every change first: is this what the task asked, and is it finished? */
export const selfReviewer: Reviewer = {
  name: "self",
  description: "Looks at the finished change as its author should have, before others are asked.",
  paths: ["**"],
  guardrails: [
    "- Everything that the task asks for is there; nothing that it does not ask for is.",
    "- No leftovers: debugging output, commented-out code, a file by accident, a TODO without a home.",
    "- What the change says of itself (comments, documents, names of tests) is true of the code as it is now.",
    "- A changed behaviour has a test that fails without it; no test was weakened or switched off to get green.",
    "- Callers of what changed were followed; none is broken.",
  ].join("\n"),
};

/** Whether a file is this reviewer's business. */
export function concernOf(reviewer: Reviewer): (path: string) => boolean {
  // "s": a line break in a name is a character like another; "**" would not match such a file.
  const matches = picomatch([...reviewer.paths], { dot: true, flags: "s", ...(reviewer.except === undefined ? {} : { ignore: [...reviewer.except] }) });
  const { kinds } = reviewer;
  return (path) => matches(path) && (kinds === undefined || kinds.includes(kindOf(path)));
}

/** Reviewers for whom enough of the change is their business, in their given order; empty where there is none. */
export function chooseReviewers(reviewers: readonly Reviewer[], changed: readonly ChangedFile[]): readonly Reviewer[] {
  return reviewers.filter((reviewer) => {
    const isConcerned = concernOf(reviewer);
    const own = changed.filter(({ path }) => isConcerned(path));
    return own.length > 0 && own.reduce((sum, { lines }) => sum + lines, 0) >= (reviewer.linesMin ?? 0);
  });
}
