// A program with a window and no page: run in the sandbox on a virtual screen (Xvfb), whose picture is looked at until the program ends or its time is over.
import { appendFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { InspanError, messageOf } from "../../../base/errors.ts";
import type { OperationContext, Processes } from "../../../providers/index.ts";
import { addFile, encodeVideo, openBundle, readRecording, recordEvidence, recordMissing } from "../../evidence/runtime/index.ts";
import { findCheckout, readStatus } from "../../instance/runtime/index.ts";
import { evidencePath } from "../repo/places.ts";
import { writePng } from "../repo/png.ts";
import { parseFramebuffer, rawLines } from "../service/framebuffer.ts";
import { runVerb } from "./commands.ts";

const screen = { width: 1280, height: 800 } as const;
/** How often the screen is looked at: a film shows no more, and a look reads four megabytes. */
const lookMs = 100;
/** Of a minute in which everything moves; the disk is shared. */
const framesMax = 600;
const probeMsMax = 5_000;
/** The script below ends with it where there was no screen. */
const noScreenCode = 96;

/**
 * Starts the screen beside the program, inside the same sandbox: nothing of this machine's own screens is in reach there, and nothing outside sees this one.
 * Arguments: the folder of the picture, then the command.
 */
const script = `D=$1; shift
Xvfb -displayfd 3 -screen 0 ${screen.width}x${screen.height}x24 -nolisten tcp -noreset -fbdir "$D" 3>"$D/display" 2>"$D/xvfb.log" &
X=$!
while [ ! -s "$D/display" ]; do kill -0 $X 2>/dev/null || { cat "$D/xvfb.log" >&2; exit ${noScreenCode}; }; sleep 0.05; done
DISPLAY=":$(cat "$D/display")"; export DISPLAY
"$@"
code=$?
sleep 0.3
kill $X 2>/dev/null
exit $code`;

export interface WindowInput {
  readonly command: readonly string[];
  readonly seconds: number;
  readonly unsandboxed: boolean;
  readonly proves: string;
  readonly role: "before" | "after" | "other";
  readonly title: string | undefined;
  readonly bundle: string | undefined;
  readonly task: string | undefined;
}
export interface RecordedWindow {
  readonly folder: string;
  readonly file: string;
  readonly frames: number;
  readonly exitCode: number | null;
  readonly outcome: string;
  readonly codec: string;
}

/** What a film of a window needs here; `false` where a program is not on PATH. */
export async function probeWindow(processes: Processes): Promise<{ readonly xvfb: boolean; readonly ffmpeg: boolean }> {
  const isThere = async (command: readonly [string, ...string[]]) =>
    (await processes.run({ command, cwd: "/", env: processes.environment(), timeoutMs: probeMsMax, outputBytesMax: 4_096 })).outcome !== "not-started";
  const [xvfb, ffmpeg] = await Promise.all([isThere(["Xvfb", "-help"]), isThere(["ffmpeg", "-version"])]);
  return { xvfb, ffmpeg };
}

interface Seen { frames: number }

/** Writes the screen's pictures, where they changed, as a recording; ends with `stopped`. */
async function watch(context: OperationContext, folder: string, { stopped, seen }: { readonly stopped: AbortSignal; readonly seen: Seen }): Promise<void> {
  const { clock } = context.providers;
  const index = join(folder, "index.jsonl");
  const startedMs = clock.monotonicMs();
  await writeFile(index, `${JSON.stringify({ version: 1, kind: "start", startedAtMs: clock.nowMs(), ...screen })}\n`, { mode: 0o600 });
  let last: Buffer | undefined;
  while (!stopped.aborted && seen.frames < framesMax) {
    const bytes = await readFile(join(folder, "Xvfb_screen0")).catch(() => undefined); // not up yet, or gone with its program
    const shown = bytes === undefined ? undefined : parseFramebuffer(bytes);
    if (bytes !== undefined && shown !== undefined && last?.equals(bytes) !== true) {
      last = bytes;
      const file = `${String(++seen.frames).padStart(6, "0")}.png`;
      await writeFile(join(folder, file), writePng({ width: shown.width, height: shown.height, lines: rawLines(bytes, shown) }), { mode: 0o600 });
      await appendFile(index, `${JSON.stringify({ kind: "frame", file, atMs: Math.round(clock.monotonicMs() - startedMs) })}\n`);
    }
    await clock.sleep(lookMs, stopped).catch(() => undefined); // the end of the program ends the watch
  }
  await appendFile(index, `${JSON.stringify({ kind: "end", atMs: Math.round(clock.monotonicMs() - startedMs) })}\n`);
}

/** With the system's ffmpeg, else in the browser of the daemon. */
async function makeFilm(context: OperationContext, folder: string): Promise<{ readonly path: string; readonly codec: string } | { readonly why: string }> {
  const made = await encodeVideo(context.providers, readRecording(context.providers.files, folder), { openPage: undefined, signal: context.signal });
  if (made.kind === "video") {
    const path = join(folder, "film.mp4");
    await writeFile(path, made.video.bytes, { mode: 0o600 });
    return { path, codec: made.video.codec };
  }
  try {
    const { file, data } = await runVerb(context, "film", { folder });
    const why = data["noFilmBecause"];
    return file === undefined ? { why: typeof why === "string" ? why : "nothing was recorded" } : { path: file, codec: String(data["codec"]) };
  } catch (error) { return { why: `there is no ffmpeg with x264, and ${messageOf(error).split("\n")[0] ?? ""}` }; }
}

/** Runs the command with a screen of its own. */
async function runOnScreen(context: OperationContext, folder: string, input: WindowInput) {
  const { processes, sandbox } = context.providers;
  const checkout = await findCheckout(context);
  const spec = {
    command: ["/bin/sh", "-c", script, "sh", folder, ...input.command] as const,
    cwd: context.cwd,
    env: processes.environment({ GDK_BACKEND: "x11", QT_QPA_PLATFORM: "xcb", NO_COLOR: "1" }),
    timeoutMs: input.seconds * 1000,
    outputBytesMax: 64 * 1024,
    signal: context.signal,
  };
  const services = await readStatus(context).then((state) => state.services, () => []); // nothing is up: the program needs none
  const bridges = services.flatMap((service) => service.ports.map(({ port }) => ({ port, hostPort: port })));
  const policy = { writable: [checkout.rootPath, folder], readOnly: [join(checkout.rootPath, ".git")], network: "loopback", bridges } as const;
  const prepared = input.unsandboxed ? { spec, dispose: () => Promise.resolve() } : await sandbox.prepare(spec, policy, { isUnsandboxedAllowed: false });
  const stopped = new AbortController();
  const seen: Seen = { frames: 0 };
  const watching = watch(context, folder, { stopped: stopped.signal, seen });
  try {
    const result = await processes.run(prepared.spec);
    if (result.outcome === "cancelled") context.signal.throwIfAborted();
    return { result, seen };
  } finally {
    stopped.abort();
    await watching;
    await prepared.dispose();
  }
}

/** Rejects with COMMAND_MISSING, WINDOW_UNAVAILABLE (which the bundle tells, too), SANDBOX_MISSING. */
export async function recordWindow(context: OperationContext, input: WindowInput): Promise<RecordedWindow> {
  const { processes, random } = context.providers;
  if (input.command.length === 0)
    throw new InspanError("COMMAND_MISSING", "Cannot record a window: no command, expected one.", {
      kind: "usage",
      remedy: 'inspan evidence window --proves "…" -- ./my-program',
    });
  const open = await openBundle(context, { bundle: input.bundle, task: input.task });
  const { role, proves } = input;
  const title = input.title ?? input.command.join(" ");
  const refuse = async (why: string, remedy: string): Promise<never> => {
    await recordMissing(context, open, { what: "video", why, role });
    throw new InspanError("WINDOW_UNAVAILABLE", `Cannot record the window of "${title.slice(0, 100)}": no video, because ${why}.`, { remedy });
  };
  if (!(await probeWindow(processes)).xvfb) return refuse("Xvfb is not on PATH", "apt-get install xvfb (or your system's package of it), then the same command");
  const { key } = await findCheckout(context);
  const folder = join(evidencePath(context.statePath, key), `window-${random.id(8)}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  try {
    const { result, seen } = await runOnScreen(context, folder, input);
    if (result.exitCode === noScreenCode && seen.frames === 0)
      return await refuse(`Xvfb ended at once (${result.stderr.trim().split("\n").at(-1)?.slice(0, 200) ?? ""})`, "inspan doctor");
    const film = await makeFilm(context, folder);
    if ("why" in film) return await refuse(film.why, "apt-get install ffmpeg, or inspan browser install");
    const item = await addFile(context, open, { path: film.path, role, title, proves });
    if (result.output.trim() !== "")
      await recordEvidence(context, open, {
        kind: "log",
        role,
        title,
        proves: `What "${title}" printed while its window was filmed`,
        content: { text: result.output, extension: ".log" },
      });
    return { folder: open.folder, file: item.file, frames: seen.frames, exitCode: result.exitCode, outcome: result.outcome, codec: film.codec };
  } finally { await rm(folder, { recursive: true, force: true }); }
}
