// From frames that came when pixels changed to a film: which are shown, for how long, at what bitrate. Pure.
import type { Frame } from "../types/index.ts";

/** What a film of five seconds may weigh, and a second of a longer one: pull requests hold many, and forges refuse 10 MB. */
const shortFilmBytesMax = 400_000, secondBytesMax = 80_000;
/** Longer recordings are cut at their start, because the end shows the outcome. Encoding takes about a third of the film's time. */
export const filmMsMax = 60_000;
/** Two changes within this time are one picture: more costs bytes that nobody sees. */
const frameGapMs = 66;
/** The last picture stays this long, so that a viewer can read it. */
const lastFrameMs = 600;
/** More does not show on a page at 1280 x 800. Bits a second. */
const bitrateMax = 1_000_000;
/** A container and its index need some of the room. */
const payloadShare = 0.9;

export interface FilmFrame { readonly frame: Frame; /** From the start of the film. */ readonly atMs: number; readonly durationMs: number }
export interface FilmPlan {
  readonly frames: readonly FilmFrame[];
  readonly durationMs: number;
  readonly bitrate: number;
  readonly bytesMax: number;
  /** Cut from the start. */ readonly cutMs: number;
}

/** The pictures of a film in order, without gap or overlap; empty where nothing was recorded. */
export function planFilm({ frames, endMs }: { readonly frames: readonly Frame[]; readonly endMs: number }): FilmPlan {
  const sorted = [...frames].sort((left, right) => left.atMs - right.atMs);
  const lastAt = sorted.at(-1)?.atMs;
  if (lastAt === undefined) return { frames: [], durationMs: 0, bitrate: bitrateMax, bytesMax: shortFilmBytesMax, cutMs: 0 };
  const end = Math.max(endMs, lastAt + lastFrameMs);
  const start = Math.max(sorted[0]?.atMs ?? 0, end - filmMsMax);
  // What was on the screen when the film begins is the last picture before its start.
  const first = sorted.findLastIndex((frame) => frame.atMs <= start);
  const kept: { frame: Frame; atMs: number }[] = [];
  for (const frame of sorted.slice(Math.max(first, 0))) {
    const atMs = Math.max(frame.atMs - start, 0);
    const previous = kept.at(-1);
    // The newer one takes the place: it is what stays on the screen.
    if (previous !== undefined && kept.length > 1 && atMs - previous.atMs < frameGapMs) kept[kept.length - 1] = { frame, atMs: previous.atMs };
    else kept.push({ frame, atMs });
  }
  const durationMs = end - start;
  const planned = kept.map(({ frame, atMs }, index) => ({ frame, atMs, durationMs: (kept[index + 1]?.atMs ?? durationMs) - atMs })).filter((one) => one.durationMs > 0);
  const bytesMax = Math.max(shortFilmBytesMax, durationMs / 1000 * secondBytesMax);
  return {
    frames: planned,
    durationMs,
    bytesMax,
    bitrate: Math.round(Math.min(bitrateMax, (bytesMax * payloadShare * 8) / (durationMs / 1000))),
    cutMs: start - (sorted[0]?.atMs ?? 0),
  };
}
