// A program with a window: filmed on a virtual screen where the machine has Xvfb, refused with the reason where it has none.
import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { test } from "node:test";
import { chromium } from "playwright-core";
import { makeBrowserWorld, missingBrowser } from "../support/browser-world.ts";
import { decodeFilm } from "../support/film.ts";

const folders = (process.env["PATH"] ?? "").split(delimiter);
const find = (name: string): string | undefined => folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
const missing = missingBrowser || (find("Xvfb") === undefined || find("xlogo") === undefined ? "no Xvfb with xlogo on this machine; NOT RUN: the film of a window" : false);

test("without Xvfb nothing is run and nothing is filmed: the answer and the bundle say why, and doctor what brings it", { timeout: 120_000 }, async (t) => {
  const closes: (() => void | Promise<void>)[] = [];
  t.after(async () => { for (const close of closes.reverse()) await close(); });
  const world = await makeBrowserWorld({ after: (close) => { closes.push(close); } });
  // A PATH of our own with what the commands need, and without Xvfb.
  const bin = mkdtempSync(join(tmpdir(), "inspan-bin-"));
  closes.push(() => rmSync(bin, { recursive: true, force: true }));
  for (const name of ["git", "sh", "node", "ps", "unshare", "bwrap", "mount", "cat", "sleep", "env"]) {
    const path = find(name);
    if (path !== undefined) symlinkSync(path, join(bin, name));
  }
  const env = { PATH: bin };
  const refused = await world.inspan(["evidence", "window", "--proves", "it opens", "--role", "before", "--json", "--", "touch", "was-run"], { env });
  const { error } = JSON.parse(refused.stdout) as { error: { code: string; message: string; remedy: string } }; // our own form
  assert.deepEqual([refused.exitCode, error.code], [3, "WINDOW_UNAVAILABLE"]);
  assert.match(error.message, /no video, because Xvfb is not on PATH\.$/);
  assert.match(error.remedy, /install xvfb/);
  assert.equal(existsSync(join(world.path, "was-run")), false);
  assert.match((await world.inspan(["evidence", "bundle"], { env })).stdout, /no video, because Xvfb is not on PATH/);
  assert.match((await world.inspan(["doctor"], { env })).stdout, /WARNING +windows +no Xvfb[^\n]*, no ffmpeg[\s\S]*windows: apt-get install xvfb/);
  assert.equal((await world.inspan(["evidence", "window", "--proves", "it opens"], { env })).exitCode, 2);
});

test("a window is filmed in the sandbox: the film shows it on its screen, and it is ended when its time is over", { skip: missing, timeout: 180_000 }, async (t) => {
  const closes: (() => void | Promise<void>)[] = [];
  t.after(async () => { for (const close of closes.reverse()) await close(); });
  const world = await makeBrowserWorld({ after: (close) => { closes.push(close); } });
  await world.browser(["open", `${world.origin}/table`]);
  const { browser: found } = (await world.browser(["status"])).data as { browser: { path: string } }; // our own form
  mkdirSync(join(world.path, "bin"));
  writeFileSync(join(world.path, "bin", "show"), "#!/bin/sh\necho shown\nexec xlogo -geometry 1280x800+0+0 -bg '#00a000' -fg '#00a000'\n");
  chmodSync(join(world.path, "bin", "show"), 0o755);
  const filmed = await world.inspan(["evidence", "window", "--proves", "the window is green", "--seconds", "5", "--json", "--", "bin/show"]);
  assert.equal(filmed.exitCode, 0, filmed.stdout + filmed.stderr);
  const { folder, file, frames, outcome } = JSON.parse(filmed.stdout) as { folder: string; file: string; frames: number; outcome: string }; // our own form
  assert.ok(frames >= 1 && outcome === "timed-out", `${frames} ${outcome}`);
  const player = await chromium.launch({ executablePath: found.path });
  closes.push(() => player.close());
  const { pictures, size } = await decodeFilm(player, join(folder, file), { parts: [0.98], points: [[640, 400], [100, 700]] });
  assert.deepEqual(size, [1280, 800]);
  for (const colour of pictures[0] ?? []) assert.ok([0, 160, 0].every((value, index) => Math.abs(value - (colour[index] ?? -999)) < 40), String(colour));
  const failed = await world.inspan(["evidence", "window", "--proves", "it ends", "--json", "--", "sh", "-c", "exit 7"]);
  assert.deepEqual([failed.exitCode, (JSON.parse(failed.stdout) as { exitCode?: number }).exitCode], [0, 7], failed.stdout);
});
