// Playwright's trace of a recording: begun and ended beside the film, then written anew without what nobody may see, with the film's pictures as its strip.
import { createHash } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { BrowserContext } from "playwright-core";
import { withDeadline } from "../../../../base/async.ts";
import { asRecord, parseJson } from "../../../../base/json.ts";
import { readRecording } from "../../../evidence/runtime/index.ts";
import { readZip, writeZip, type ZipEntry } from "../../repo/zip.ts";
import { createLineMask, parseMasks, type TraceMasks } from "../../service/trace-mask.ts";
import { builtInMasks } from "./masks.ts";
import type { WorktreePages } from "./worktree-pages.ts";

/** A larger one no viewer opens in a reasonable time, and evidence of 32 MB is all that a remote gets of a task. */
const traceBytesMax = 24 * 1024 * 1024;
/** Pictures of the strip: the viewer shows a handful side by side, the film has all. */
const stripMax = 60;
const stopMsMax = 15_000;

export type Trace = { readonly file: string; readonly sizeBytes: number } | { readonly why: string };

/** Snapshots of the page around each action, and its network; pictures come from the film, because a second screencast would shrink the first. */
export async function startTrace(context: BrowserContext): Promise<void> {
  await context.tracing.start({ snapshots: true, screenshots: false, sources: false });
}

/** Never rejects: without a trace the reply says why. `folder` is the film's recording. */
export async function stopTrace(pages: WorktreePages, context: BrowserContext, folder: string): Promise<Trace> {
  const { evidence } = pages.options;
  const raw = await evidence.next("raw", ".zip");
  try {
    for (const page of context.pages()) await pages.hideMasked(page);
    await withDeadline(context.tracing.stop({ path: raw }), stopMsMax, () => { throw new Error(`the browser had not written it after ${stopMsMax / 1000} s`); });
    const masked = maskTrace(readZip(await readFile(raw)), pages);
    const bytes = writeZip(await withStrip(masked, pages, folder));
    if (bytes.byteLength > traceBytesMax) return { why: `it has ${Math.ceil(bytes.byteLength / 1024 ** 2)} MiB, expected at most ${traceBytesMax / 1024 ** 2}` };
    return { file: await evidence.writeBytes("trace", ".zip", bytes), sizeBytes: bytes.byteLength };
  } catch (error) {
    return { why: error instanceof Error ? error.message.split("\n")[0] ?? "" : String(error) };
  } finally { await rm(raw, { force: true }); } // what it held unmasked goes with it
}

/** Ends a trace that nobody will read. */
export async function dropTrace(context: BrowserContext): Promise<void> {
  await withDeadline(context.tracing.stop().catch(() => undefined), stopMsMax, () => undefined); // a browser that went took it along
}

/** Text of a trace is JSON, a line an event; everything else is what pages loaded and sent, and is named by its own hash. */
function maskTrace(entries: readonly ZipEntry[], pages: WorktreePages): readonly ZipEntry[] {
  const { hidden, policy, options: { providers: { secrets } } } = pages;
  const traceMasks: TraceMasks = { masks: parseMasks([...builtInMasks, ...policy.mask]), typed: pages.typedSecrets, hide: (text) => hidden.hide(secrets.redact(text)) };
  const renamed: (readonly [string, string])[] = [];
  const isEvents = (name: string): boolean => /\.(?:trace|network)$/.test(name);
  const resources = entries.filter(({ name }) => !isEvents(name) && !name.endsWith(".stacks")).map(({ name, bytes }): ZipEntry => {
    const shown = hidden.hideBytes(bytes);
    if (shown === undefined) return { name, bytes };
    // The old name is the hash of what nobody may see.
    const other = name.replace(/[0-9a-f]{40}/, createHash("sha1").update(shown).digest("hex"));
    renamed.push([name, other]);
    return { name: other, bytes: shown };
  });
  const events = entries.filter(({ name }) => isEvents(name)).map(({ name, bytes }): ZipEntry => {
    const mask = createLineMask(traceMasks);
    const lines = Buffer.from(bytes)
      .toString("utf8")
      .split("\n")
      .flatMap((line) => {
        const shown = line === "" ? undefined : mask(line);
        return shown === undefined ? [] : [shown];
      });
    return { name, bytes: Buffer.from(renamed.reduce((text, [from, to]) => text.replaceAll(from, to), `${lines.join("\n")}\n`)) };
  });
  return [...events, ...new Map(resources.map((entry) => [entry.name, entry])).values()];
}

/** The film's pictures as the strip of the trace, at the times when they were seen. */
async function withStrip(entries: readonly ZipEntry[], pages: WorktreePages, folder: string): Promise<readonly ZipEntry[]> {
  const events = entries.find(({ name }) => name === "trace.trace");
  if (events === undefined) throw new Error("it holds no events");
  const text = Buffer.from(events.bytes).toString("utf8");
  const start = asRecord(parseJson(text.slice(0, text.indexOf("\n"))));
  const pageId = /"pageId":"([\w@-]+)"/.exec(text)?.[1];
  const recording = readRecording(pages.options.providers.files, folder);
  if (pageId === undefined || typeof start?.["monotonicTime"] !== "number" || typeof start["wallTime"] !== "number") return entries;
  const offsetMs = start["monotonicTime"] - start["wallTime"] + recording.startedAtMs;
  const each = Math.max(1, Math.ceil(recording.frames.length / stripMax));
  const frames = recording.frames.filter((_, index) => index % each === 0 || index === recording.frames.length - 1);
  const pictures = await Promise.all(frames.map(async ({ file }) => readFile(join(folder, file))));
  const lines = frames.map(({ atMs }, index) =>
    JSON.stringify({
      type: "screencast-frame",
      pageId,
      file: `screencast/${pageId}-${index}.jpeg`,
      width: recording.width,
      height: recording.height,
      timestamp: offsetMs + atMs,
      frameSwapWallTime: recording.startedAtMs + atMs,
    }),
  );
  return [
    { name: events.name, bytes: Buffer.from(`${text}${lines.join("\n")}\n`) },
    ...entries.filter((entry) => entry !== events),
    ...pictures.map((bytes, index): ZipEntry => ({ name: `screencast/${pageId}-${index}.jpeg`, bytes })),
  ];
}
