// Makes a film of a recording: in the browser that recorded it, else with the system's ffmpeg, else says why there is none.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { messageOf } from "../../../base/errors.ts";
import type { Providers } from "../../../providers/index.ts";
import { codecs, encoderProgram, type EncodeAnswer, type EncodeRequest } from "../service/encoder-program.ts";
import { planFilm, type FilmPlan } from "../service/film.ts";
import type { Recording, VideoResult } from "../types/index.ts";

/** Encoding a minute took 20 s on two shared cores; an encoder that hangs must not hold a task. */
const encodeTimeoutMs = 120_000;
/** A second try with less of the bitrate where the first is above the cap: content differs in how well it packs. */
const attemptsMax = 2;

/** A blank page of a browser in a secure context, with no way to any network. Implemented by who owns the browser. */
export interface EncoderPage {
  /** Answers what the page fetches below its own address; undefined is "not found". */
  serve(answer: (path: string) => Promise<Uint8Array> | undefined): Promise<void>;
  /** Runs a text as a script of the page, so that its globals are the page's. */
  addScript(text: string): Promise<void>;
  /** Calls the function that `program` evaluates to; rejects after `timeoutMs`. */
  call(program: string, argument: unknown, timeoutMs: number): Promise<unknown>;
  close(): Promise<void>;
}

export interface EncodeOptions {
  /** For all of it; two minutes unless told. */ readonly timeoutMs?: number;
  readonly openPage: (() => Promise<EncoderPage>) | undefined;
  readonly signal: AbortSignal;
}

/** Never rejects but for cancellation: without a film the evidence says why. */
export async function encodeVideo(providers: Providers, recording: Recording, options: EncodeOptions): Promise<VideoResult> {
  const plan = planFilm(recording);
  if (plan.frames.length === 0) return { kind: "none", why: "nothing was seen while it recorded: no pixel changed" };
  const reasons: string[] = [];
  const ffmpeg = await findFfmpeg(providers);
  const { openPage } = options;
  const ways = [
    ...(ffmpeg === undefined ? [] : [() => encodeWithFfmpeg({ providers, ffmpeg, recording, plan, signal: options.signal })]),
    ...(openPage === undefined ? [] : [() => encodeInBrowser(recording, plan, { openPage, timeoutMs: options.timeoutMs ?? encodeTimeoutMs })]),
  ];
  for (const way of ways) {
    const result = await way().catch((error: unknown): VideoResult => ({ kind: "none", why: messageOf(error) }));
    options.signal.throwIfAborted();
    if (result.kind === "video") return result;
    reasons.push(result.why);
  }
  return { kind: "none", why: reasons.length === 0 ? "there is neither a browser that encodes nor ffmpeg" : reasons.join("; ") };
}

async function encodeInBrowser(
  recording: Recording,
  plan: FilmPlan,
  { openPage, timeoutMs }: { readonly openPage: () => Promise<EncoderPage>; readonly timeoutMs: number },
): Promise<VideoResult> {
  const library = await readFile(join(dirname(createRequire(import.meta.url).resolve("mediabunny")), "mediabunny.min.cjs"), "utf8");
  const page = await openPage();
  try {
    await page.serve((path) => {
      const frame = plan.frames[Number(/^\/frames\/(\d+)$/.exec(path)?.[1] ?? "NaN")];
      return frame === undefined ? undefined : readFile(join(recording.folder, frame.frame.file));
    });
    await page.addScript(library);
    let { bitrate } = plan;
    const { bytesMax } = plan;
    for (let attempt = 1; ; attempt++) {
      // Encoders want even sizes.
      const request: EncodeRequest = {
        width: recording.width & ~1,
        height: recording.height & ~1,
        bitrate,
        frames: plan.frames.map(({ atMs, durationMs }) => ({ atMs, durationMs })),
        codecs,
      };
      const answer = await page.call(encoderProgram, request, timeoutMs) as EncodeAnswer; // the program is ours, and answers in this form
      if ("reason" in answer) return { kind: "none", why: answer.reason };
      const bytes = new Uint8Array(Buffer.from(answer.base64, "base64"));
      if (bytes.byteLength > bytesMax && attempt < attemptsMax) {
        bitrate = Math.max(60_000, Math.round(bitrate * bytesMax / bytes.byteLength * 0.85));
        continue;
      }
      return {
        kind: "video",
        video: {
          bytes,
          mediaType: answer.mediaType === "video/mp4" ? "video/mp4" : "video/webm",
          codec: answer.codec,
          durationMs: plan.durationMs,
          by: "browser",
        },
      };
    }
  } finally { await page.close(); }
}

/** The system's ffmpeg where it can write H.264; Playwright's own builds cannot. */
async function findFfmpeg(providers: Providers): Promise<string | undefined> {
  const { processes } = providers;
  const found = await processes.run({ command: ["ffmpeg", "-hide_banner", "-encoders"], cwd: "/", env: processes.environment(), timeoutMs: 5_000 });
  return found.outcome === "exited" && found.exitCode === 0 && / libx264 /.test(found.stdout) ? "ffmpeg" : undefined;
}

async function encodeWithFfmpeg({
  providers,
  ffmpeg,
  recording,
  plan,
  signal,
}: {
  readonly providers: Providers;
  readonly ffmpeg: string;
  readonly recording: Recording;
  readonly plan: FilmPlan;
  readonly signal: AbortSignal;
}): Promise<VideoResult> {
  const { files, processes } = providers;
  const folder = await files.makeTemporaryFolder("inspan-film-");
  try {
    const file = (name: string) => `file '${join(recording.folder, name).replaceAll("'", "'\\''")}'`;
    const lines = plan.frames.flatMap(({ frame, durationMs }) => [file(frame.file), `duration ${(durationMs / 1000).toFixed(3)}`]);
    // The concat demuxer takes the last duration only where another file follows.
    const last = plan.frames.at(-1);
    if (last !== undefined) lines.push(file(last.frame.file));
    await files.writeText(join(folder, "list.txt"), `ffconcat version 1.0\n${lines.join("\n")}\n`);
    const scale = `scale=${recording.width & ~1}:${recording.height & ~1}`;
    const result = await processes.run({
      command: [
        ffmpeg,
        "-hide_banner",
        "-loglevel",
        "error",
        "-f",
        "concat",
        "-safe",
        "0",
        "-i",
        "list.txt",
        "-vf",
        scale,
        "-fps_mode",
        "vfr",
        "-c:v",
        "libx264",
        "-preset",
        "veryfast",
        "-crf",
        "28",
        "-maxrate",
        String(plan.bitrate),
        "-bufsize",
        String(plan.bitrate * 2),
        "-pix_fmt",
        "yuv420p",
        "-movflags",
        "+faststart",
        "out.mp4",
      ],
      cwd: folder, env: processes.environment(), timeoutMs: encodeTimeoutMs, signal,
    });
    const bytes = await files.readBytes(join(folder, "out.mp4"));
    if (result.outcome !== "exited" || result.exitCode !== 0 || bytes === undefined)
      return { kind: "none", why: `ffmpeg ended with ${result.exitCode ?? result.outcome}: ${result.stderr.trim().slice(-300)}` };
    return { kind: "video", video: { bytes, mediaType: "video/mp4", codec: "H.264", durationMs: plan.durationMs, by: "ffmpeg" } };
  } finally { await files.remove(folder); }
}
