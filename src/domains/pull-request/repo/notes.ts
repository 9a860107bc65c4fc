// The only reader and writer of refs/notes/devtools/*: fetched, merged line by line, pushed with a lease. Knows no meaning of a line.
import { mapBounded, throwIfAborted } from "../../../base/async.ts";
import { InspanError } from "../../../base/errors.ts";
import { sortUniqueLines } from "../../../base/text.ts";
import type { Clock, Random } from "../../../providers/index.ts";
import { noteKinds, type NoteKind } from "../types.ts";
import { fetchRefs, readRemoteRefs, remoteNameOf, updateRemoteRef, type RemotePort } from "./remote.ts";

// Notes are pushed by every task of a team; each lost race means that another one won. Fifty processes with a few notes each lose this often at worst.
const attemptsMax = 100;
// Waits grow to this; a write takes a fraction of it.
const waitMsMax = 1500;
// Refs of a write that was cut off; a living one takes seconds.
const staleWriteSeconds = 3600;

export interface NotesPort extends RemotePort { readonly clock: Clock; readonly random: Random; readonly identity: readonly string[] }

const noteRefOf = (kind: NoteKind): string => `refs/notes/devtools/${kind}`;
const trackingRefOf = (port: RemotePort, kind: NoteKind): string => `refs/notes/inspan/${remoteNameOf(port.repository)}/${kind}`;

/** Commit (or other object) to the text of its note in one ref; empty where the ref does not exist. Objects themselves need not be here. */
async function readNotesRef(port: RemotePort, ref: string): Promise<ReadonlyMap<string, string>> {
  const cwd = port.repository.rootPath;
  const tree = await port.git.run(["ls-tree", "-r", "-z", ref], { cwd, acceptExitCodes: [128] });
  if (tree.exitCode !== 0) {
    if (/not a valid object name/i.test(tree.stderr)) return new Map();
    throw new InspanError("NOTES_UNREADABLE", `Cannot read the notes in "${ref}": ${tree.stderr.trim()}`, { remedy: "git fsck" });
  }
  const listed = tree.stdout.split("\0").flatMap((row) => {
    const match = /^\S+ blob (\S+)\t(.+)$/.exec(row);
    return match ? [{ blob: match[1] ?? "", object: (match[2] ?? "").replaceAll("/", "") }] : [];
  });
  if (listed.length === 0) return new Map();
  const texts = await readBlobs(port, listed.map(({ blob }) => blob));
  return new Map(listed.map(({ object }, index) => [object, texts[index] ?? ""]));
}

/** Texts of blobs, in their order: in one call, or one by one where a note is not UTF-8 and the sizes that git tells do not fit its text. */
async function readBlobs(port: RemotePort, blobs: readonly string[]): Promise<readonly string[]> {
  const cwd = port.repository.rootPath;
  const { stdout } = await port.git.run(["cat-file", "--batch"], { cwd, input: blobs.map((blob) => `${blob}\n`).join("") });
  const bytes = new TextEncoder().encode(stdout);
  const decoder = new TextDecoder();
  const texts: string[] = [];
  let offset = 0;
  for (const blob of blobs) {
    const lineEnd = bytes.indexOf(10, offset);
    const [name, kind, size] = decoder.decode(bytes.subarray(offset, Math.max(offset, lineEnd))).split(" ");
    if (name !== blob || kind !== "blob") break;
    texts.push(decoder.decode(bytes.subarray(lineEnd + 1, lineEnd + 1 + Number(size))));
    offset = lineEnd + 1 + Number(size) + 1;
  }
  if (texts.length === blobs.length) return texts;
  return mapBounded(blobs, 2, async (blob) => (await port.git.run(["cat-file", "blob", blob], { cwd })).stdout);
}

/** Fetches our copy of the remote's notes; the user's own refs/notes/devtools/* follow where that loses nothing of theirs. */
export async function fetchNotes(port: RemotePort): Promise<void> {
  const cwd = port.repository.rootPath;
  const remoteRefs = await readRemoteRefs(port, noteKinds.map(noteRefOf));
  const rows = await port.git.text(["for-each-ref", "--format=%(refname) %(objectname)", "refs/notes/devtools/", `refs/notes/inspan/${remoteNameOf(port.repository)}/`], { cwd });
  const localRefs = new Map(rows.split("\n").map((row) => [row.split(" ")[0] ?? "", row.split(" ")[1] ?? ""] as const));
  const stale = noteKinds.filter((kind) => remoteRefs.has(noteRefOf(kind)) && remoteRefs.get(noteRefOf(kind)) !== localRefs.get(trackingRefOf(port, kind)));
  await fetchRefs(port, stale.map((kind) => `+${noteRefOf(kind)}:${trackingRefOf(port, kind)}`));
  for (const kind of noteKinds) {
    const own = localRefs.get(noteRefOf(kind));
    if (!remoteRefs.has(noteRefOf(kind)) || own === remoteRefs.get(noteRefOf(kind))) continue;
    const tracked = await port.git.text(["rev-parse", "--verify", trackingRefOf(port, kind)], { cwd });
    const isBehind = own === undefined || (await port.git.run(["merge-base", "--is-ancestor", own, tracked], { cwd, acceptExitCodes: [1] })).exitCode === 0;
    // 1 and 128: another process was faster, and what it wrote is as new.
    if (isBehind) await port.git.run(["update-ref", noteRefOf(kind), tracked, own ?? "0".repeat(tracked.length)], { cwd, acceptExitCodes: [1, 128] });
  }
}

/** Notes of one kind as last fetched, together with the user's own that are not pushed yet. */
export async function readNotes(port: RemotePort, kind: NoteKind): Promise<ReadonlyMap<string, string>> {
  const [tracked, own] = [await readNotesRef(port, trackingRefOf(port, kind)), await readNotesRef(port, noteRefOf(kind))];
  const merged = new Map(own);
  for (const [object, text] of tracked) merged.set(object, sortUniqueLines(text, own.get(object) ?? ""));
  return merged;
}

async function removeStaleWrites(port: NotesPort): Promise<void> {
  const cwd = port.repository.rootPath;
  const rows = await port.git.text(["for-each-ref", "--format=%(committerdate:unix) %(refname)", "refs/notes/inspan-write/"], { cwd });
  for (const row of rows.split("\n")) {
    const [seconds = "", ref = ""] = row.split(" ");
    if (ref !== "" && port.clock.nowMs() / 1000 - Number(seconds) > staleWriteSeconds) await port.git.run(["update-ref", "-d", ref], { cwd, acceptExitCodes: [1, 128] });
  }
}

/** The last write to a repository's notes in this process: tasks that run beside each other take turns instead of racing each other. */
const lastWrites = new Map<string, Promise<unknown>>();

async function inTurn<T>(key: string, work: () => Promise<T>): Promise<T> {
  const turn = (lastWrites.get(key) ?? Promise.resolve()).then(work, work);
  const settled = turn.catch(() => undefined); // told to whoever asked for it
  lastWrites.set(key, settled);
  try { return await turn; } finally { if (lastWrites.get(key) === settled) lastWrites.delete(key); }
}

/**
 * Adds lines to the note of one object and pushes it. `linesFor` gets the note as it is at the remote and says what is missing; nothing missing means that nothing
 * is written. A lost race is repeated from the look at the remote on; rejects with NOTES_CONTENDED after too many.
 */
export async function appendNote(port: NotesPort, options: NoteLines): Promise<"written" | "already-there"> {
  return inTurn(port.repository.gitPath, () => write(port, options));
}

interface NoteLines { readonly kind: NoteKind; readonly object: string; linesFor(existing: string): readonly string[] }

async function write(port: NotesPort, options: NoteLines): Promise<"written" | "already-there"> {
  const { kind, object } = options;
  const { git, repository, clock, random, signal } = port;
  const cwd = repository.rootPath;
  const ref = noteRefOf(kind);
  await removeStaleWrites(port);
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    throwIfAborted(signal);
    const workRef = `refs/notes/inspan-write/${kind}-${random.id(12)}`;
    try {
      const expected = (await readRemoteRefs(port, [ref])).get(ref);
      if (expected !== undefined) await fetchRefs(port, [`+${ref}:${workRef}`]);
      const at = expected === undefined ? undefined : await git.text(["rev-parse", "--verify", workRef], { cwd });
      const existing = (await readNotesRef(port, workRef)).get(object) ?? "";
      const lines = options.linesFor(existing);
      if (lines.length === 0) return "already-there";
      const text = sortUniqueLines(existing, lines.join("\n"));
      await git.run([...port.identity, "notes", `--ref=${workRef}`, "add", "-f", "-F", "-", object], { cwd, input: text });
      const to = await git.text(["rev-parse", "--verify", workRef], { cwd });
      const update = await updateRemoteRef(port, { ref, expected: at, to });
      if (update.kind === "updated") {
        await git.run(["update-ref", trackingRefOf(port, kind), to], { cwd, acceptExitCodes: [1, 128] });
        return "written";
      }
    } finally {
      await git.run(["update-ref", "-d", workRef], { cwd, acceptExitCodes: [1, 128] });
    }
    await clock.sleep(Math.min(waitMsMax, 50 * 2 ** attempt) * (0.5 + random.fraction()), signal);
  }
  throw new InspanError("NOTES_CONTENDED", `Cannot write to "${ref}": others were faster ${attemptsMax} times, expected one free moment.`, {
    remedy: "try again",
    isRetryable: true,
  });
}
