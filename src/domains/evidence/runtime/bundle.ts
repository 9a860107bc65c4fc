// Opens a worktree's bundle, puts recordings into it, and writes its page. Whoever records calls this room.
import { isAbsolute, join, resolve } from "node:path";
import { InspanError } from "../../../base/errors.ts";
import type { OperationContext } from "../../../providers/index.ts";
import { findCheckout } from "../../instance/runtime/index.ts";
import {
  addItem,
  addMissing,
  bundlePath,
  ensureBundle,
  findAltered,
  hashForPolicy,
  isText,
  itemBytesMax,
  listBundles,
  mediaTypeOf,
  readBundle,
  readPacket,
  writePacket,
} from "../repo/store.ts";
import { renderBundlePage, type Content } from "../service/bundle-page.ts";
import { pageScript } from "../service/page-parts.ts";
import type { EvidenceBundle, EvidenceItem, EvidenceKind, EvidenceRole, ReviewPacket } from "../types/index.ts";

/** All that a page carries in itself; what is beyond is linked. Browsers open more, but mail and forges do not. */
const inlineBytesMax = 25 * 1024 * 1024;

export type EvidencePorts = Pick<OperationContext, "providers" | "cwd" | "statePath" | "signal">;
export interface BundleChoice { readonly bundle?: string | undefined; readonly task?: string | undefined }
export interface OpenBundle { readonly folder: string; readonly worktree: string; readonly commit: string | undefined; readonly isClean: boolean }

/** The name is a folder's: nothing that leads elsewhere. */
const safeName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/** The bundle of this worktree, or the named one; made where it is not there. Rejects with EVIDENCE_NAME, NOT_A_REPOSITORY. */
export async function openBundle(ports: EvidencePorts, choice: BundleChoice = {}): Promise<OpenBundle> {
  const { files, git, clock } = ports.providers;
  const checkout = await findCheckout(ports);
  const id = requireName(choice.bundle ?? choice.task ?? checkout.key);
  const folder = bundlePath(ports.statePath, id);
  await ensureBundle(files, folder, { id, worktree: checkout.rootPath, task: choice.task, createdAt: clock.nowIso() });
  const ask = (args: readonly string[]) => git.text(args, { cwd: checkout.rootPath, signal: ports.signal }).catch(() => undefined); // outside of git, or before the first commit
  const commit = checkout.commonPath === undefined ? undefined : await ask(["rev-parse", "--verify", "--quiet", "HEAD"]);
  const isClean = commit !== undefined && await ask(["status", "--porcelain"]) === "";
  return { folder, worktree: checkout.rootPath, commit, isClean };
}

function requireName(id: string): string {
  if (!safeName.test(id))
    throw new InspanError("EVIDENCE_NAME", `Cannot open the bundle "${id}": not a name for a folder, expected letters, digits, dot, dash and underscore.`, {
      kind: "usage",
      remedy: "--bundle checkout-fix",
    });
  return id;
}

export interface Recorded {
  readonly kind: EvidenceKind;
  readonly role: EvidenceRole;
  readonly title: string;
  readonly proves: string;
  readonly content: { readonly bytes: Uint8Array; readonly extension: string; readonly mediaType: string } | { readonly text: string; readonly extension: string };
  readonly journey?: string | undefined;
  readonly durationMs?: number | undefined;
}

/** Secrets are taken out of texts before they reach the disk. Rejects with EVIDENCE_LARGE, EVIDENCE_FULL. */
export async function recordEvidence(ports: EvidencePorts, open: OpenBundle, recorded: Recorded): Promise<EvidenceItem> {
  const { content, kind, role } = recorded;
  const bytes = "text" in content ? new TextEncoder().encode(ports.providers.secrets.redact(content.text)) : content.bytes;
  const mediaType = "text" in content ? mediaTypeOf(content.extension.startsWith(".") ? `a${content.extension}` : content.extension) : content.mediaType;
  return addItem(ports.providers, open.folder, {
    bytes, extension: content.extension,
    item: {
      kind,
      role,
      mediaType,
      title: oneLine(recorded.title),
      proves: oneLine(recorded.proves),
      commit: open.commit,
      isClean: open.isClean,
      journey: recorded.journey,
      recordedAt: ports.providers.clock.nowIso(),
      durationMs: recorded.durationMs === undefined ? undefined : Math.round(recorded.durationMs),
    },
  });
}

/** "No video, because …": what was wanted and is not to be had here. The same is said once. */
export async function recordMissing(ports: EvidencePorts, open: OpenBundle, lack: { readonly what: string; readonly why: string; readonly role: EvidenceRole }): Promise<void> {
  const known = (await readBundle(ports.providers.files, open.folder))?.missing ?? [];
  if (known.some(({ what, why, role }) => what === lack.what && why === oneLine(lack.why) && role === lack.role)) return;
  await addMissing(ports.providers.files, open.folder, { ...lack, why: oneLine(lack.why), recordedAt: ports.providers.clock.nowIso() });
}

const oneLine = (text: string) => text.replaceAll(/\s+/g, " ").trim().slice(0, 300);

/** A file of anywhere becomes an item. Rejects with FILE_MISSING, EVIDENCE_LARGE. */
export async function addFile(
  ports: EvidencePorts & { readonly callerPath: string },
  open: OpenBundle,
  added: Omit<Recorded, "content" | "kind"> & { readonly path: string },
): Promise<EvidenceItem> {
  const path = isAbsolute(added.path) ? added.path : resolve(ports.callerPath, added.path);
  const read = ports.providers.files.now.readRegular(path, itemBytesMax);
  if (read.kind === "absent")
    throw new InspanError("FILE_MISSING", `Cannot keep "${added.path}" as evidence: no such file.`, { kind: "usage", remedy: "name a file that was recorded" });
  if (read.kind === "too-large")
    throw new InspanError("EVIDENCE_LARGE", `Cannot keep "${added.path}" as evidence: it has ${read.sizeBytes} bytes, expected at most ${itemBytesMax}.`, {
      kind: "usage",
      remedy: "record a shorter part",
    });
  const mediaType = mediaTypeOf(path);
  const extension = /\.[A-Za-z0-9]{1,8}$/.exec(path)?.[0].toLowerCase() ?? "";
  const kind = kindOf(mediaType, extension);
  const content = isText(mediaType) ? { text: new TextDecoder().decode(read.bytes), extension } : { bytes: read.bytes, extension, mediaType };
  return recordEvidence(ports, open, { ...added, kind, content });
}

function kindOf(mediaType: string, extension: string): EvidenceKind {
  if (mediaType.startsWith("video/")) return "video";
  if (mediaType.startsWith("image/")) return "screenshot";
  if (extension === ".cast") return "terminal";
  if (extension === ".zip") return "trace";
  if (extension === ".log") return "log";
  return extension === ".yml" || extension === ".yaml" ? "aria" : "text";
}

/** The page with what, why, proof and risks above the recordings. Rejects with EVIDENCE_NONE. */
export async function writeReviewPacket(ports: EvidencePorts, id: string, packet: ReviewPacket): Promise<WrittenBundle> {
  await writePacket(ports.providers.files, bundlePath(ports.statePath, requireName(id)), packet);
  return writeBundlePage(ports, id);
}

/** Absolute; may not be there. */
export function evidenceFolder(statePath: string, id: string): string { return bundlePath(statePath, requireName(id)); }

export interface WrittenBundle {
  readonly bundle: EvidenceBundle;
  readonly folder: string;
  readonly indexPath: string;
  readonly altered: readonly { readonly file: string; readonly state: "missing" | "changed" }[];
}

/** Writes index.html. Rejects with EVIDENCE_NONE. */
export async function writeBundlePage(ports: EvidencePorts, id: string): Promise<WrittenBundle> {
  const { files } = ports.providers;
  const folder = bundlePath(ports.statePath, requireName(id));
  const bundle = await readBundle(files, folder);
  if (bundle === undefined)
    throw new InspanError("EVIDENCE_NONE", `Cannot show the evidence "${id}": nothing was recorded under that name.`, {
      kind: "usage",
      remedy: "inspan evidence list",
    });
  const contents = new Map<string, Content>();
  let room = inlineBytesMax;
  for (const item of bundle.items) {
    const isShown = isText(item.mediaType) || item.mediaType.startsWith("video/") || item.mediaType.startsWith("image/");
    const read = isShown && item.sizeBytes <= room ? files.now.readRegular(join(folder, item.file), itemBytesMax) : undefined;
    if (read?.kind !== "file") continue;
    room -= read.bytes.byteLength;
    contents.set(
      item.file,
      isText(item.mediaType) && item.mediaType !== "image/svg+xml"
        ? { kind: "text", text: new TextDecoder().decode(read.bytes) }
        : { kind: "bytes", base64: Buffer.from(read.bytes).toString("base64") },
    );
  }
  const indexPath = join(folder, "index.html");
  await files.writeText(indexPath, renderBundlePage({ bundle, contents, scriptHash: hashForPolicy(pageScript), packet: readPacket(files, folder) }));
  return { bundle, folder, indexPath, altered: await findAltered(files, folder, bundle.items) };
}

/** What lies in a bundle, oldest first; undefined where nothing was recorded. */
export async function readEvidence(ports: Pick<EvidencePorts, "providers" | "statePath">, id: string): Promise<EvidenceBundle | undefined> {
  return readBundle(ports.providers.files, bundlePath(ports.statePath, requireName(id)));
}

/** The bytes of a recording as they lie there; undefined where they are gone. */
export function readEvidenceFile(ports: Pick<EvidencePorts, "providers" | "statePath">, id: string, item: EvidenceItem): Uint8Array<ArrayBuffer> | undefined {
  const read = ports.providers.files.now.readRegular(join(bundlePath(ports.statePath, requireName(id)), item.file), itemBytesMax);
  return read.kind === "file" ? new Uint8Array(read.bytes) : undefined;
}

export async function listEvidence(ports: EvidencePorts): Promise<readonly EvidenceBundle[]> { return listBundles(ports.providers.files, ports.statePath); }

/** The bundle of this worktree unless another is named. */
export async function currentBundleId(ports: EvidencePorts, choice: BundleChoice): Promise<string> {
  return requireName(choice.bundle ?? choice.task ?? (await findCheckout(ports)).key);
}
