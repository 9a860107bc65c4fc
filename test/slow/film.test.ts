// A film of a page is decoded again and its pictures compared with what the page showed: a black one fails. Kept as evidence, before and after side by side.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, describe, test } from "node:test";
import { chromium, type Browser } from "playwright-core";
import { type BrowserWorld, makeBrowserWorld, missingBrowser, type PageAnswer } from "../support/browser-world.ts";

const closes: (() => void | Promise<void>)[] = [];
let world: BrowserWorld;
let player: Browser;

/** What a player shows in the middle of the picture at these parts of a film, as [red, green, blue], and its length in seconds. */
async function decode(path: string, parts: readonly number[]): Promise<{ readonly colours: readonly (readonly number[])[]; readonly seconds: number; readonly size: readonly number[] }> {
  const page = await player.newPage();
  const type = path.endsWith(".mp4") ? "video/mp4" : "video/webm";
  await page.setContent(`<video muted src="data:${type};base64,${readFileSync(path).toString("base64")}"></video>`);
  const program = `(async () => {
    const video = document.querySelector("video"), parts = ${JSON.stringify(parts)};
    if (video.readyState < 2) await new Promise((done, fail) => { video.onloadeddata = done; video.onerror = () => fail(new Error("no film: " + video.error.message)); });
    const canvas = document.createElement("canvas"); canvas.width = video.videoWidth; canvas.height = video.videoHeight;
    const context = canvas.getContext("2d"), colours = [];
    for (const part of parts) {
      await new Promise((done) => { video.onseeked = done; video.currentTime = part * video.duration; });
      context.drawImage(video, 0, 0);
      colours.push([...context.getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data.slice(0, 3)]);
    }
    return { colours, seconds: video.duration, size: [canvas.width, canvas.height] };
  })()`;
  const found = await page.evaluate(program) as Awaited<ReturnType<typeof decode>>; // the program above
  await page.close();
  return found;
}

const isNear = (colour: readonly number[] | undefined, wanted: readonly number[]) => wanted.every((value, index) => Math.abs(value - (colour?.[index] ?? -999)) < 40);

describe("films", { skip: missingBrowser, timeout: 240_000 }, () => {
  before(async () => {
    world = await makeBrowserWorld({ after: (close) => { closes.push(close); } });
    const { data } = await world.browser(["status"]);
    const path = data["browser"] !== null && typeof data["browser"] === "object" && "path" in data["browser"] ? String(data["browser"].path) : undefined;
    player = await chromium.launch({ executablePath: process.env["INSPAN_CHROME"] ?? path ?? "/usr/bin/chromium-headless-shell" });
  });
  test.after(async () => { await player.close(); for (const close of closes.reverse()) await close(); });

  async function film(repair: boolean, args: readonly string[]): Promise<PageAnswer> {
    await world.browser(["open", `${world.origin}/colours`]);
    await world.browser(["record", "start"]);
    await world.browser(["act", "fill", "textbox Key", "hunter2"]);
    if (repair) await world.browser(["act", "click", "button Repair"]);
    return world.browser(["record", "stop", ...args]);
  }

  test("the first picture is what the page was, the last one what the action made of it", async () => {
    const stopped = await film(true, []);
    assert.equal(stopped.exitCode, 0, stopped.stderr);
    assert.match(stopped.file ?? "", /-film\.(?:mp4|webm)$/, stopped.said);
    const { colours: [first, last], seconds, size } = await decode(stopped.file ?? "", [0, 0.98]);
    assert.ok(isNear(first, [200, 0, 0]), `first ${String(first)}`);
    assert.ok(isNear(last, [0, 160, 0]), `last ${String(last)}`);
    assert.ok(seconds >= 0.6 && seconds < 60, `${seconds} s`);
    assert.deepEqual(size, [1280, 800]);
  });

  test("--proves keeps a film as evidence with its commit and hash; before and after are one pair of the page", async () => {
    const before = await film(false, ["--proves", "the page is red", "--role", "before", "--title", "colours"]);
    const after = await film(true, ["--proves", "the page is green", "--role", "after", "--title", "colours"]);
    assert.deepEqual([before.exitCode, after.exitCode], [0, 0], `${before.stderr}${after.stderr}`);
    const answer = await world.inspan(["evidence", "bundle", "--json"]);
    const { bundle, indexPath, altered } = JSON.parse(answer.stdout) as { bundle: { items: { role: string; kind: string; commit: string; sha256: string; sizeBytes: number }[] }; indexPath: string; altered: unknown[] }; // our own form
    assert.deepEqual(bundle.items.map(({ role, kind, sha256 }) => [role, kind, sha256.length]), [["before", "video", 64], ["after", "video", 64]]);
    assert.deepEqual(bundle.items.map(({ commit }) => commit), Array(2).fill(world.git("rev-parse", "HEAD").trim()));
    assert.deepEqual(altered, []);
    const page = await player.newPage();
    await page.goto(`file://${indexPath}`);
    const shown = await page.evaluate(`(async () => {
      const videos = [...document.querySelectorAll("video")], range = document.querySelector("input[type=range]");
      await Promise.all(videos.map((video) => video.readyState >= 2 || new Promise((done) => { video.onloadeddata = done; })));
      const seeked = Promise.all(videos.map((video) => new Promise((done) => { video.onseeked = done; setTimeout(done, 3_000); }))); // one that stands there already does not seek
      range.value = 100; range.dispatchEvent(new Event("input"));
      await seeked;
      return videos.map((video) => video.currentTime > 0);
    })()`);
    assert.deepEqual(shown, [true, true], "one scrubber moves both, under the page's own policy");
    await page.close();
  });
});
