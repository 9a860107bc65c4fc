// A film of a page is decoded again and its pictures compared with what the page showed: a black one fails. Kept as evidence, before and after side by side.
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { chromium, type Browser } from "playwright-core";
import { type BrowserWorld, makeBrowserWorld, missingBrowser, type PageAnswer } from "../support/browser-world.ts";
import { decodeFilm, filmWaits } from "../support/film.ts";

const closes: (() => void | Promise<void>)[] = [];
let world: BrowserWorld;
let player: Browser;

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
    const { pictures: [[first] = [], [last] = []], seconds, size } = await decodeFilm(player, stopped.file ?? "", { parts: [0, 0.98], points: [[640, 400]] });
    assert.ok(isNear(first, [200, 0, 0]), `first ${String(first)}`);
    assert.ok(isNear(last, [0, 160, 0]), `last ${String(last)} of ${seconds} s: ${stopped.said}`);
    assert.ok(seconds >= 0.6 && seconds < 60, `${seconds} s`);
    assert.deepEqual(size, [1280, 800]);
  });

  test("--proves keeps a film as evidence with its commit and hash; before and after are one pair of the page", async () => {
    const before = await film(false, ["--proves", "the page is red", "--role", "before", "--title", "colours"]);
    const after = await film(true, ["--proves", "the page is green", "--role", "after", "--title", "colours"]);
    assert.deepEqual([before.exitCode, after.exitCode], [0, 0], `${before.stderr}${after.stderr}`);
    const answer = await world.inspan(["evidence", "bundle", "--json"]);
    const { bundle, indexPath, altered } = JSON.parse(answer.stdout) as {
      bundle: { items: { role: string; kind: string; commit: string; sha256: string; sizeBytes: number }[] };
      indexPath: string;
      altered: unknown[];
    }; // our own form
    assert.deepEqual(bundle.items.map(({ role, kind, sha256 }) => [role, kind, sha256.length]), [["before", "video", 64], ["after", "video", 64]]);
    assert.deepEqual(bundle.items.map(({ commit }) => commit), Array(2).fill(world.git("rev-parse", "HEAD").trim()));
    assert.deepEqual(altered, []);
    const page = await player.newPage();
    await page.goto(`file://${indexPath}`);
    const shown = await page.evaluate(`(async () => {${filmWaits}
      const videos = [...document.querySelectorAll("video")], range = document.querySelector("input[type=range]");
      await Promise.all(videos.map(loaded));
      range.value = 100; range.dispatchEvent(new Event("input"));
      const longest = Math.max(...videos.map((video) => video.duration));
      return videos.map((video) => Math.round(video.currentTime / longest * 10));
    })()`);
    assert.deepEqual(shown, [1, 1], "one scrubber moves both to a tenth of the longer one, under the page's own policy");
    await page.close();
  });
});
