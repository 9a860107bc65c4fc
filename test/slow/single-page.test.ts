// A real single-page application, made with Vite and React and served by Vite's own dev server: installed by npm, booted, walked through, filmed.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { chromium } from "playwright-core";
import { missingBrowser } from "../support/browser-world.ts";
import { checkoutPath, makePlace } from "../support/command-line.ts";
import { decodeFilm } from "../support/film.ts";

/** Installing, booting and walking take a quiet machine fifty seconds; a loaded one many times that. */
const journeyMsMax = 240_000;

test("the notes board of Vite and React boots in its worktree, its journey is walked, and its film shows it; a broken component is told by name", { skip: missingBrowser, timeout: 900_000 }, async (t) => {
  const place = makePlace(t);
  cpSync(join(checkoutPath, "examples", "notes-board"), place.path, { recursive: true, filter: (path) => !/node_modules/.test(path) });
  const installed = spawnSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: place.path, encoding: "utf8", timeout: 300_000 });
  assert.equal(installed.status, 0, installed.stderr);
  place.git("add", "-A");
  place.git("commit", "--quiet", "-m", "A notes board");
  const play = async (...args: readonly string[]) => {
    const { exitCode, stdout, stderr } = await place.inspan(["journey", "run", "pin-a-note", "--json", ...args], { timeoutMs: journeyMsMax });
    return { exitCode, stderr, run: JSON.parse(stdout) as { status: string; film?: string; faults: { text: string }[] } }; // our own form
  };
  try {
    assert.equal((await place.inspan(["up"])).exitCode, 0);
    // Vite prepares its dependencies at the first request, and on a busy machine that takes it longer than a document may take.
    let opened = await place.inspan(["browser", "open", "/"]);
    for (let tries = 0; tries < 8 && opened.exitCode !== 0; tries++) opened = await place.inspan(["browser", "open", "/"]);
    assert.equal(opened.exitCode, 0, opened.stderr);
    const passed = await play("--record");
    assert.deepEqual([passed.exitCode, passed.run.status], [0, "pass"], passed.stderr + JSON.stringify(passed.run.faults));
    const status = JSON.parse((await place.inspan(["browser", "status", "--json"])).stdout) as { data: { browser: { path: string } } }; // our own form
    const player = await chromium.launch({ executablePath: status.data.browser.path });
    try {
      const film = await decodeFilm(player, passed.run.film ?? "", {
        parts: [0.3, 0.98],
        points: Array.from({ length: 6_000 }, (_, index) => [4 + (index % 120) * 4, 4 + Math.floor(index / 120) * 5] as const),
      });
      assert.deepEqual(film.size, [1280, 800]);
      const dark = film.pictures.map((colours) => colours.filter((colour) => colour.every((value) => value < 128)).length);
      assert.ok(dark.every((count) => count > 10 && count < 3_000), `words on a light page: ${String(dark)}`);
      assert.notDeepEqual(film.pictures[0], film.pictures[1], "the page changed");
    } finally { await player.close(); }
    place.write({ "src/figures.jsx": "export default function Figures() { return undefined.length; }\n" });
    const broken = await play("--restart");
    assert.equal(broken.exitCode, 1);
    assert.ok(broken.run.faults.some(({ text }) => /Cannot read properties of undefined/.test(text)), JSON.stringify(broken.run.faults));
  } finally { await place.inspan(["stop", "--all"]); }
});
