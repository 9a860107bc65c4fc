// The lines of git-appraise's notes: one JSON object each, schema version 0 (github.com/google/git-appraise, README "Metadata" and schema/*.json). Pure.
// Key order and escapes are those of Go's encoder, because git-appraise names a comment by the SHA-1 of its re-encoded line.
import { z } from "zod";
import { withoutControls } from "../../../base/text.ts";

// Other programs write these notes too: a field of the wrong type makes the line unreadable, an unknown field is kept out.
const Version = z.literal(0).optional();
const Timestamp = z.string().regex(/^\d{1,12}$/);

export const RequestNote = z.object({
  timestamp: Timestamp, reviewRef: z.string().optional(), targetRef: z.string().optional(), requester: z.string().default(""),
  reviewers: z.array(z.string()).optional(), description: z.string().optional(), v: Version, baseCommit: z.string().optional(), alias: z.string().optional(),
});
export type RequestNote = z.infer<typeof RequestNote>;

export const CommentNote = z.object({
  timestamp: Timestamp, author: z.string(), original: z.string().optional(), parent: z.string().optional(),
  location: z.object({
    commit: z.string().optional(), path: z.string().optional(),
    range: z
      .object({
        startLine: z.number().int(),
        startColumn: z.number().int().optional(),
        endLine: z.number().int().optional(),
        endColumn: z.number().int().optional(),
      })
      .optional(),
  }).optional(),
  description: z.string().optional(), resolved: z.boolean().optional(), v: Version,
});
export type CommentNote = z.infer<typeof CommentNote>;

export const CiNote = z.object({
  timestamp: Timestamp, url: z.string().optional(), status: z.enum(["success", "failure"]).optional(), agent: z.string(), v: Version,
  /** Ours, beside the documented fields: what `pr show` tells of one check. */
  inspan: z.object({ name: z.string(), status: z.string(), exitCode: z.number().int().nullable(), durationMs: z.number(), baseCommit: z.string(), log: z.string() }).optional(),
});
export type CiNote = z.infer<typeof CiNote>;

// A note of more than this is not a review; reading on would only fill memory.
const linesMax = 20_000;

/** The lines of a note that have this form, in their order; others are skipped, since notes are shared with other programs. */
export function parseNoteLines<Schema extends z.ZodType>(text: string, schema: Schema): readonly { readonly line: string; readonly note: z.infer<Schema> }[] {
  const found: { line: string; note: z.infer<Schema> }[] = [];
  for (const line of text.split("\n", linesMax)) {
    if (!line.startsWith("{")) continue;
    let value: unknown;
    try { value = JSON.parse(line); } catch { continue; } // another program's line
    const parsed = schema.safeParse(value);
    if (parsed.success) found.push({ line, note: parsed.data });
  }
  return found;
}

const goEscapes: Readonly<Record<string, string>> = { "<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029" };

function encode(value: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(value).replaceAll(/[<>&\u2028\u2029]/g, (char) => goEscapes[char] ?? char);
}

/** Text without control characters but tab and newline: Go escapes them in more than one way, and in a terminal they are commands. */
export function plain(text: string): string {
  return withoutControls(text).toWellFormed();
}

export function renderRequest(note: RequestNote): string {
  return encode({
    timestamp: note.timestamp, reviewRef: note.reviewRef, targetRef: note.targetRef ?? "", requester: note.requester === "" ? undefined : plain(note.requester),
    reviewers: note.reviewers && note.reviewers.length > 0 ? note.reviewers : undefined,
    description: note.description === undefined ? undefined : plain(note.description),
    baseCommit: note.baseCommit,
    alias: note.alias,
  });
}

export function renderComment(note: CommentNote): string {
  const { location } = note;
  return encode({
    timestamp: note.timestamp, author: plain(note.author), original: note.original, parent: note.parent,
    location: location && {
      commit: location.commit,
      path: location.path === undefined ? undefined : plain(location.path),
      range: location.range && { startLine: location.range.startLine },
    },
    description: note.description === undefined ? undefined : plain(note.description), resolved: note.resolved,
  });
}

export function renderCi(note: CiNote): string {
  const { inspan } = note;
  return encode({ timestamp: note.timestamp, url: note.url, status: note.status, agent: note.agent, ...(inspan ? { inspan: { ...inspan, log: plain(inspan.log) } } : {}) });
}

/** The lines that say something new: those which differ from every existing line by more than their time. */
export function newLines(existing: string, lines: readonly string[]): readonly string[] {
  const timeless = (line: string) => line.replace(/^\{"timestamp":"\d+",?/, "{");
  const known = new Set(existing.split("\n").map(timeless));
  return lines.filter((line) => {
    const key = timeless(line);
    if (known.has(key)) return false;
    known.add(key);
    return true;
  });
}

/** Seconds since 1970 as the ten digits of the format. */
export function timestampOf(ms: number): string {
  return String(Math.floor(ms / 1000)).padStart(10, "0");
}

/** A note's time as ISO 8601, UTC. */
export function isoOf(timestamp: string): string {
  return new Date(Number(timestamp) * 1000).toISOString().replace(".000Z", "Z"); // a conversion, not the clock
}
