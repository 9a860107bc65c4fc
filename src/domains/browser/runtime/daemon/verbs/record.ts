// `browser record`: the page's frames with their times, written to a folder as they come; a film is made of them when it stops.
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withDeadline } from "../../../../../base/async.ts";
import { InspanError } from "../../../../../base/errors.ts";
import type { RecordInput } from "../../../types/inputs.ts";
import { makeFilm, openEncoder } from "../film.ts";
import { dropTrace, startTrace, stopTrace } from "../trace.ts";
import type { WorktreePages } from "../worktree-pages.ts";
import type { VerbReply } from "./reply.ts";

/** A walk through a journey is under a minute; what runs longer was forgotten. */
const recordMsMax = 10 * 60_000;
/** About 4,000 frames of 120 kB; the disk is shared. */
const recordBytesMax = 512 * 1024 * 1024;
/** The screencast sends up to 60 a second; a video needs fewer. */
const frameGapMs = 33;
/** How long pointer and outline of an action stay in the picture. */
export const decorationMs = 400;
const quality = 80;
const pictureMsMax = 3_000;
/** Larger than any screen. */
const sideMax = 8_192;

/**
 * The folder of a recording: `index.jsonl`, one JSON object a line. First {"version":1,"kind":"start","startedAtMs","width","height"}; then
 * {"kind":"frame","file","atMs","sizeBytes"} with `atMs` since the start, growing; last {"kind":"end","atMs","reason"}, which a killed daemon leaves out.
 * A frame is shown until the next one's time: frames come only where pixels change.
 */
class Recording {
  readonly folder: string;
  readonly #startedAtMs: number;
  #frames = 0;
  #bytes = 0;
  #lastMs = 0;
  #firstStamp: number | undefined;
  #isEnded = false;

  constructor(folder: string, startedAtMs: number, size: { readonly width: number; readonly height: number }) {
    this.folder = folder;
    this.#startedAtMs = startedAtMs;
    this.#write({ version: 1, kind: "start", startedAtMs, ...size });
  }

  get isFull(): boolean { return this.#bytes > recordBytesMax || this.#lastMs > recordMsMax; }
  get frames(): number { return this.#frames; }

  #write(line: object): void { appendFileSync(join(this.folder, "index.jsonl"), `${JSON.stringify(line)}\n`, { mode: 0o600 }); }

  /** `stamp` in milliseconds of the browser's clock. */
  frame(data: Buffer, stamp: number): void {
    this.#firstStamp ??= stamp;
    const atMs = Math.max(this.#lastMs, Math.round(stamp - this.#firstStamp));
    if (this.#isEnded || this.isFull || (this.#frames > 0 && atMs - this.#lastMs < frameGapMs)) return;
    const file = `${String(++this.#frames).padStart(6, "0")}.jpg`;
    writeFileSync(join(this.folder, file), data, { mode: 0o600 });
    this.#bytes += data.length;
    this.#lastMs = atMs;
    this.#write({ kind: "frame", file, atMs, sizeBytes: data.length });
  }

  /** What the page shows at the end: frames of the last moment are still on their way when a recording stops. */
  last(picture: Buffer, nowMs: number): void {
    if (this.#firstStamp === undefined) this.frame(picture, 0);
    else this.frame(picture, this.#firstStamp + Math.max(this.#lastMs + frameGapMs, nowMs - this.#startedAtMs));
  }

  end(nowMs: number, reason: string): number {
    const atMs = Math.max(this.#lastMs, nowMs - this.#startedAtMs);
    if (!this.#isEnded) this.#write({ kind: "end", atMs, reason: this.isFull ? "limit" : reason });
    this.#isEnded = true;
    return atMs;
  }
}

/** A program's window has the size that it has. */
async function sizeOf(pages: WorktreePages): Promise<{ readonly width: number; readonly height: number }> {
  const found = await pages.timed(withDeadline(pages.page().evaluate("[innerWidth, innerHeight]"), pictureMsMax, () => undefined));
  const [width, height] = (Array.isArray(found) ? found : []).map((side: unknown) => (typeof side === "number" && side >= 2 && side <= sideMax ? Math.round(side) : undefined));
  return { width: width ?? pages.policy.viewport.width, height: height ?? pages.policy.viewport.height };
}

async function startRecording(pages: WorktreePages, isTraced: boolean): Promise<VerbReply> {
  if (pages.stopRecording !== undefined)
    throw new InspanError("RECORDING_RUNS", "Cannot start a recording: one runs in this worktree already, expected none.", {
      kind: "usage",
      remedy: "inspan browser record stop",
    });
  const page = pages.page();
  const { evidence, providers: { clock, files } } = pages.options;
  const folder = await evidence.next("recording", "");
  await files.makeFolder(folder);
  const size = pages.isAttached ? await sizeOf(pages) : { ...pages.policy.viewport };
  const recording = new Recording(folder, clock.nowMs(), size);
  await pages.timed(page.screencast.start({ size, quality, onFrame: ({ data, timestamp }) => recording.frame(data, timestamp) }));
  await page.screencast.showActions({ duration: decorationMs });
  const context = page.context();
  pages.typedSecrets.clear();
  if (isTraced) {
    try { await pages.timed(startTrace(context)); } catch (error) {
      await page.screencast.stop().catch(() => undefined); // the page went: the error below says so
      throw error;
    }
  }
  const startedMs = clock.monotonicMs();
  pages.stopRecording = async (reason) => {
    pages.stopRecording = undefined;
    if (reason === "stopped") {
      const picture = await page.screenshot({ type: "jpeg", quality, scale: "css", timeout: pictureMsMax }).catch(() => undefined); // a page that hangs has shown what it has
      await page.screencast.stop().catch(() => undefined); // the page went meanwhile: its frames are there
      if (picture !== undefined) recording.last(picture, clock.nowMs());
    }
    recording.end(clock.nowMs(), reason === "stopped" && page.isClosed() ? "page-gone" : reason);
    const durationMs = Math.round(clock.monotonicMs() - startedMs);
    const trace = !isTraced ? undefined : reason === "stopped" ? await stopTrace(pages, context, folder) : (await dropTrace(context), undefined);
    return { folder, frames: recording.frames, durationMs, trace };
  };
  return { said: isTraced ? "recording, with a trace" : "recording", text: "", file: folder };
}

export async function record(pages: WorktreePages, input: RecordInput): Promise<VerbReply> {
  if (input.change === "start") { pages.session.begin(); return startRecording(pages, input.trace); }
  const session = input.asJourney === undefined ? {} : { session: pages.session.read() };
  if (input.change === undefined) {
    if (input.asJourney === undefined)
      throw new InspanError("USAGE", "Cannot record: neither start nor stop was said, expected one of them or --as-journey.", {
        kind: "usage",
        remedy: "inspan browser record start",
      });
    pages.page();
    return { said: "", text: "", data: session };
  }
  if (pages.stopRecording === undefined)
    throw new InspanError(
      "RECORDING_MISSING",
      "Cannot stop the recording: none runs in this worktree (a page or browser that went took it along; its frames are kept), expected one.",
      { kind: "usage", remedy: "inspan browser record start" },
    );
  const encoder = openEncoder(pages);
  const { folder, frames, durationMs, trace } = await pages.timed(pages.stopRecording("stopped"));
  const film = await pages.timed(makeFilm(pages, folder, encoder));
  const traced = trace === undefined ? "" : "why" in trace ? `; no trace, because ${trace.why}` : `; a trace of ${Math.round(trace.sizeBytes / 1000)} kB in ${trace.file}`;
  const said = `recorded ${frames} frames in ${(durationMs / 1000).toFixed(1)} s`;
  const kept = {
    ...session,
    frames,
    durationMs,
    folder,
    ...(trace === undefined ? {} : { trace: "why" in trace ? null : trace, ...("why" in trace ? { noTraceBecause: trace.why } : {}) }),
  };
  if ("why" in film) return { said: `${said}; no film, because ${film.why}${traced}`, text: "", file: folder, data: { ...kept, film: null, noFilmBecause: film.why } };
  return { said: `${said}; a film of ${Math.round(film.sizeBytes / 1000)} kB (${film.codec})${traced}`, text: "", file: film.file, data: { ...kept, film } };
}

/** A film of a recording that somebody else made, in the form of ours. */
export async function film(pages: WorktreePages, folder: string): Promise<VerbReply> {
  const made = await pages.timed(makeFilm(pages, folder, openEncoder(pages)));
  return "why" in made
    ? { said: `no film, because ${made.why}`, text: "", data: { noFilmBecause: made.why } }
    : { said: "", text: "", file: made.file, data: { codec: made.codec } };
}
