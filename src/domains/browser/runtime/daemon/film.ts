// A film of a recording, made in a blank page of the same browser: no network, no worktree's cookies, gone when it is done.
import type { Browser } from "playwright-core";
import { withDeadline } from "../../../../base/async.ts";
import { encodeVideo, readRecording, type EncoderPage } from "../../../evidence/runtime/index.ts";
import type { WorktreePages } from "./worktree-pages.ts";

/** Below the bound of a call, so that the recording's frames are told where no film came of them. */
const filmMsMax = 38_000;
const pageMsMax = 10_000;
/** WebCodecs wants a secure context; the name leads nowhere, because every request is answered here. */
const encoderUrl = "https://encoder.invalid/";

export type Film = { readonly file: string; readonly sizeBytes: number; readonly codec: string; readonly durationMs: number } | { readonly why: string };

/** Comes up while the last picture is taken. What goes wrong is told by makeFilm(). */
export function openEncoder(pages: WorktreePages): Promise<EncoderPage> {
  const opening = pages.options.getBrowser().then(openEncoderPage);
  opening.catch(() => undefined);
  return opening;
}

/** Never rejects: without a film the reply says why, and the frames are kept. The encoder is closed. */
export async function makeFilm(pages: WorktreePages, folder: string, encoder: Promise<EncoderPage>): Promise<Film> {
  const { providers, evidence } = pages.options;
  try {
    const result = await encodeVideo(providers, readRecording(providers.files, folder), {
      timeoutMs: filmMsMax, signal: AbortSignal.timeout(filmMsMax), openPage: () => encoder,
    });
    if (result.kind === "none") return { why: result.why };
    const { bytes, mediaType, codec, durationMs } = result.video;
    return { file: await evidence.writeBytes("film", mediaType === "video/mp4" ? ".mp4" : ".webm", bytes), sizeBytes: bytes.byteLength, codec, durationMs };
  } catch (error) {
    return { why: error instanceof Error ? error.message.split("\n")[0] ?? "" : String(error) };
  } finally { void encoder.then((page) => page.close(), () => undefined); } // where another way was taken
}

async function openEncoderPage(browser: Browser): Promise<EncoderPage> {
  const context = await browser.newContext({ serviceWorkers: "block" });
  const close = async (): Promise<void> => { await withDeadline(context.close().catch(() => undefined), 3_000, () => undefined); };
  let answer: (path: string) => Promise<Uint8Array> | undefined = () => undefined;
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(pageMsMax);
    await page.route("**/*", async (route) => {
      const url = URL.parse(route.request().url());
      if (url?.origin !== new URL(encoderUrl).origin) { await route.abort(); return; }
      if (url.pathname === "/") { await route.fulfill({ contentType: "text/html", body: "<!doctype html><title>encoder</title>" }); return; }
      const bytes = await answer(url.pathname);
      await route.fulfill(bytes === undefined ? { status: 404, body: "" } : { contentType: bytes[0] === 0x89 ? "image/png" : "image/jpeg", body: Buffer.from(bytes) });
    });
    await page.goto(encoderUrl);
    return {
      serve: (given) => { answer = given; return Promise.resolve(); },
      addScript: async (content) => { await page.addScriptTag({ content }); },
      // evaluate() has no bound of its own.
      call: (program, argument, timeoutMs) =>
        withDeadline(page.evaluate(`(${program})(${JSON.stringify(argument)})`), timeoutMs, () => {
          throw new Error(`the browser had not encoded it after ${timeoutMs / 1000} s`);
        }),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
