// Bundles on the disk: a folder each below the state folder, with a journal of what is in it. A file is there before its line is.
import { createHash } from "node:crypto";
import { extname, join } from "node:path";
import { z } from "zod";
import { InspanError } from "../../../base/errors.ts";
import type { Files, Random } from "../../../providers/index.ts";
import { evidenceKinds, evidenceRoles, type EvidenceBundle, type EvidenceItem, type MissingEvidence, type ReviewPacket } from "../types/index.ts";
import { parseJson } from "../../../base/json.ts";

/** One recording above this is no evidence that anybody looks at; forges refuse more, too. */
export const itemBytesMax = 50 * 1024 * 1024;
/** A loop that records for ever must not fill the disk. */
const itemsMax = 500;
const journalBytesMax = 4 * 1024 * 1024;

const head = z.object({ type: z.literal("bundle"), version: z.literal(1), id: z.string(), worktree: z.string(), task: z.string().optional(), createdAt: z.string() });
const item = z.object({
  type: z.literal("item"),
  file: z.string(),
  kind: z.enum(evidenceKinds),
  role: z.enum(evidenceRoles),
  mediaType: z.string(),
  title: z.string(),
  proves: z.string(),
  sizeBytes: z.number(),
  sha256: z.string(),
  commit: z.string().optional(), isClean: z.boolean(), journey: z.string().optional(), recordedAt: z.string(), durationMs: z.number().optional(),
});
const missing = z.object({ type: z.literal("missing"), what: z.string(), why: z.string(), role: z.enum(evidenceRoles), recordedAt: z.string() });
const line = z.discriminatedUnion("type", [head, item, missing]);

export function bundlesPath(statePath: string): string { return join(statePath, "evidence"); }
export function bundlePath(statePath: string, id: string): string { return join(bundlesPath(statePath), id); }
const journalOf = (folder: string) => join(folder, "bundle.jsonl");

export interface BundleHead { readonly id: string; readonly worktree: string; readonly task: string | undefined; readonly createdAt: string }
export type NewItem = Omit<EvidenceItem, "file" | "sizeBytes" | "sha256">;

/** What lies in a bundle; undefined where there is none. A torn last line (a crash) is left out. */
export async function readBundle(files: Files, folder: string): Promise<EvidenceBundle | undefined> {
  const read = files.now.readRegular(journalOf(folder), journalBytesMax);
  if (read.kind === "too-large")
    throw new InspanError(
      "EVIDENCE_BROKEN",
      `Cannot read the evidence in "${folder}": its journal has ${read.sizeBytes} bytes, expected at most ${journalBytesMax}.`,
      { remedy: `rm -r ${folder}` },
    );
  if (read.kind === "absent") return undefined;
  let bundle: EvidenceBundle | undefined;
  const items: EvidenceItem[] = [];
  const lacks: MissingEvidence[] = [];
  for (const text of new TextDecoder().decode(read.bytes).split("\n")) {
    const parsed = line.safeParse(parseJson(text));
    if (!parsed.success) continue;
    const { data } = parsed;
    if (data.type === "bundle") bundle ??= { version: 1, id: data.id, worktree: data.worktree, task: data.task, createdAt: data.createdAt, items, missing: lacks };
    else if (data.type === "missing") lacks.push({ what: data.what, why: data.why, role: data.role, recordedAt: data.recordedAt });
    else items.push({ file: data.file, kind: data.kind, role: data.role, mediaType: data.mediaType, title: data.title, proves: data.proves, sizeBytes: data.sizeBytes, sha256: data.sha256, commit: data.commit, isClean: data.isClean, journey: data.journey, recordedAt: data.recordedAt, durationMs: data.durationMs });
  }
  return bundle;
}

/** Makes the bundle where it is not there yet. */
export async function ensureBundle(files: Files, folder: string, { id, worktree, task, createdAt }: BundleHead): Promise<EvidenceBundle> {
  const known = await readBundle(files, folder);
  if (known !== undefined) return known;
  await files.makeFolder(folder);
  await files.appendText(journalOf(folder), `${JSON.stringify({ type: "bundle", version: 1, id, worktree, task, createdAt })}\n`, { isDurable: true });
  return { version: 1, id, worktree, task, createdAt, items: [], missing: [] };
}

/** Rejects with EVIDENCE_LARGE, EVIDENCE_FULL. */
export async function addItem(
  ports: { readonly files: Files; readonly random: Random },
  folder: string,
  added: { readonly item: NewItem; readonly bytes: Uint8Array; readonly extension: string },
): Promise<EvidenceItem> {
  const { item: facts, bytes } = added;
  if (bytes.byteLength > itemBytesMax)
    throw new InspanError("EVIDENCE_LARGE", `Cannot keep "${facts.title}" as evidence: it has ${bytes.byteLength} bytes, expected at most ${itemBytesMax}.`, {
      kind: "usage",
      remedy: "record a shorter part",
    });
  const known = await readBundle(ports.files, folder);
  if ((known?.items.length ?? 0) >= itemsMax)
    throw new InspanError("EVIDENCE_FULL", `Cannot keep "${facts.title}" as evidence: the bundle has ${itemsMax} items, expected fewer.`, {
      remedy: "inspan evidence bundle, then begin another with --bundle <name>",
    });
  const file = `${facts.role === "other" ? "" : `${facts.role}-`}${facts.kind}-${ports.random.id(6)}${added.extension}`;
  await ports.files.writeBytes(join(folder, file), bytes);
  const kept: EvidenceItem = { ...facts, file, sizeBytes: bytes.byteLength, sha256: createHash("sha256").update(bytes).digest("hex") };
  await ports.files.appendText(journalOf(folder), `${JSON.stringify({ type: "item", ...kept })}\n`, { isDurable: true });
  return kept;
}

export async function addMissing(files: Files, folder: string, lack: MissingEvidence): Promise<void> {
  await files.appendText(journalOf(folder), `${JSON.stringify({ type: "missing", ...lack })}\n`, { isDurable: true });
}

const packetOf = (folder: string) => join(folder, "packet.json");
const packetBytesMax = 256 * 1024;
const lines = z.array(z.string());
const packetForm = z.object({ version: z.literal(1), title: z.string(), what: z.string(), why: z.string(), proof: lines, risks: lines, review: lines, head: z.string() });

export async function writePacket(files: Files, folder: string, packet: ReviewPacket): Promise<void> { await files.writeText(packetOf(folder), `${JSON.stringify(packet)}\n`); }

/** Undefined where nobody has asked for a decision yet. */
export function readPacket(files: Files, folder: string): ReviewPacket | undefined {
  const read = files.now.readRegular(packetOf(folder), packetBytesMax);
  const parsed = read.kind === "file" ? packetForm.safeParse(parseJson(new TextDecoder().decode(read.bytes))) : undefined;
  return parsed?.success === true ? parsed.data : undefined;
}

/** Newest first. */
export async function listBundles(files: Files, statePath: string): Promise<readonly EvidenceBundle[]> {
  const folders = (await files.list(bundlesPath(statePath))).filter(({ kind }) => kind === "folder");
  const found = await Promise.all(folders.map(({ name }) => readBundle(files, bundlePath(statePath, name))));
  return found.flatMap((one) => (one === undefined ? [] : [one])).sort((left, right) => (left.createdAt < right.createdAt ? 1 : -1));
}

/** Items whose file is gone or is another one than was recorded. */
export async function findAltered(
  files: Files,
  folder: string,
  items: readonly EvidenceItem[],
): Promise<readonly { readonly file: string; readonly state: "missing" | "changed" }[]> {
  return items.flatMap((one): { readonly file: string; readonly state: "missing" | "changed" }[] => {
    const read = files.now.readRegular(join(folder, one.file), itemBytesMax);
    if (read.kind !== "file") return [{ file: one.file, state: "missing" }];
    return createHash("sha256").update(read.bytes).digest("hex") === one.sha256 ? [] : [{ file: one.file, state: "changed" }];
  });
}

/** As a page's policy names a script: `sha256-` and base64. */
export function hashForPolicy(script: string): string { return `sha256-${createHash("sha256").update(script).digest("base64")}`; }

const mediaTypes: Readonly<Record<string, string>> = {
  ".mp4": "video/mp4", ".webm": "video/webm", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp", ".gif": "image/gif", ".svg": "image/svg+xml",
  ".cast": "application/x-asciicast",
  ".zip": "application/zip",
  ".json": "application/json",
  ".har": "application/json",
  ".html": "text/html",
  ".txt": "text/plain",
  ".log": "text/plain",
  ".md": "text/markdown",
  ".yml": "text/yaml",
  ".yaml": "text/yaml",
};
export function mediaTypeOf(path: string): string { return mediaTypes[extname(path).toLowerCase()] ?? "application/octet-stream"; }
export function isText(mediaType: string): boolean {
  return mediaType.startsWith("text/") || mediaType === "application/json" || mediaType === "application/x-asciicast" || mediaType === "image/svg+xml";
}
