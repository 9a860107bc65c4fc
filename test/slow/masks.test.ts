// What nobody may see is in no film, no picture, no trace and no text; a session becomes a journey that is played, its secrets as named values.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { chromium, type Browser } from "playwright-core";
import { fileURLToPath } from "node:url";
import { type BrowserWorld, makeBrowserWorld, missingBrowser } from "../support/browser-world.ts";
import { decodeFilm, decodePicture } from "../support/film.ts";
import { makeInstanceWorld } from "../support/instance-world.ts";

const pagesPath = fileURLToPath(new URL("../programs/pages/hostile.mjs", import.meta.url));

const closes: (() => void | Promise<void>)[] = [];
let world: BrowserWorld;
let player: Browser;
const secrets = ["DE89 3704", "4111111111111111", "hunter2hunter2"];

/** Every text below a folder, files whole. */
function textsBelow(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/\.(?:jpg|png|mp4|webm)$/.test(entry.name))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"))
    .join("\n");
}

/** Points across the middle of each of the three fields. */
const points = [200, 450, 630].flatMap((y) => Array.from({ length: 40 }, (_, index) => [260 + index * 19, y] as const));
/** Between the fields and beside them, where the page is white. */
const neighbours = [[120, 450], [1150, 200], [600, 560], [600, 760]] as const;
const isDark = (colour: readonly number[]): boolean => colour.every((value) => Math.abs(value - 51) < 24);

describe("masks", { skip: missingBrowser, timeout: 300_000 }, () => {
  before(async () => {
    world = await makeBrowserWorld({ after: (close) => { closes.push(close); } });
    world.write({ "inspan.yaml": `version: 1\nbrowser:\n  origins: ["${world.origin}"]\n  mask: [".iban"]\n` });
    world.git("add", "-A");
    world.git("commit", "--quiet", "-m", "mask accounts");
    const { data } = await world.browser(["status"]);
    const path = data["browser"] !== null && typeof data["browser"] === "object" && "path" in data["browser"] ? String(data["browser"].path) : undefined;
    player = await chromium.launch({ executablePath: process.env["INSPAN_CHROME"] ?? path ?? "/usr/bin/chromium-headless-shell" });
  });
  test.after(async () => { await player.close(); for (const close of closes.reverse()) await close(); });

  test("no caption of a film tells what is typed into a masked field", async () => {
    await world.browser(["open", `${world.origin}/secrets`]);
    const shown = async (value: string, field: string) => {
      await world.browser(["record", "start"]);
      await world.browser(["act", "fill", field, value]);
      const { file = "" } = await world.browser(["record", "stop"]);
      // Where the driver puts its title: the upper right corner.
      const film = await decodeFilm(player, file, {
        parts: [0.1, 0.3, 0.5],
        points: Array.from({ length: 120 }, (_, index) => [1270 - (index % 20) * 12, 8 + Math.floor(index / 20) * 6] as const),
      });
      return film.pictures.flat().filter((colour) => colour.some((part) => part < 200)).length;
    };
    assert.ok(await shown("a name", "textbox Open") > 20, "what may be seen has its caption");
    assert.equal(await shown("hunter2hunter2", "textbox Password"), 0);
  });

  test("passwords, cards and what browser.mask names are dark in films and pictures, and dots in every text", async () => {
    const answers = [
      await world.browser(["open", `${world.origin}/secrets`]),
      await world.browser(["record", "start"]),
      await world.browser(["act", "fill", "textbox Card", "4111111111111111"]),
      await world.browser(["act", "fill", "textbox Password", "hunter2hunter2"]),
      await world.browser(["act", "click", "button \"Sign in\""]),
      await world.browser(["snapshot", "--full"]),
      await world.browser(["screenshot", "--text"]),
      await world.browser(["console", "--all"]),
      await world.browser(["perf", "--trace"]),
    ];
    const stopped = await world.browser(["record", "stop"]);
    for (const answer of [...answers, stopped]) assert.equal(answer.exitCode, 0, answer.stderr + JSON.stringify(answer.error));
    const told = JSON.stringify(answers) + textsBelow(join(world.statePath, "browser", "pages"));
    for (const secret of secrets) assert.ok(!told.includes(secret), `${secret} is told`);
    assert.match(answers[5]?.text ?? "", /Welcome back/, "the page itself got the password");
    const film = await decodeFilm(player, stopped.file ?? "", { parts: [0.05, 0.5, 0.8], points });
    for (const [index, colours] of film.pictures.entries()) {
      const light = colours.filter((colour) => !isDark(colour));
      // The pointer of an action may stand over a few of them.
      assert.ok(light.length <= 6, `picture ${index}: ${light.length} of ${colours.length} points are not dark, for example ${String(light[0])}`);
    }
    const beside = await decodeFilm(player, stopped.file ?? "", { parts: [0.05, 0.5], points: neighbours });
    for (const colours of beside.pictures) assert.deepEqual(colours.map(isDark), neighbours.map(() => false), `beside the fields: ${JSON.stringify(colours)}`);
  });

  test("pictures of the window, of the whole page and of an element: the field is dark, what stands beside it is not", async () => {
    await world.browser(["open", `${world.origin}/secrets`]);
    await world.browser(["act", "fill", "textbox Card", "4111111111111111"]);
    await world.browser(["act", "fill", "textbox Open", "seen by all"]);
    for (const args of [[], ["--full"]]) {
      const { file = "" } = await world.browser(["screenshot", ...args]);
      assert.deepEqual((await decodePicture(player, file, points)).filter((colour) => !isDark(colour)), [], args.join());
      assert.deepEqual((await decodePicture(player, file, neighbours)).map(isDark), neighbours.map(() => false), args.join());
    }
    const within = Array.from({ length: 30 }, (_, index) => [20 + index * 25, 100] as const);
    const card = await world.browser(["screenshot", "textbox Card"]);
    assert.deepEqual((await decodePicture(player, card.file ?? "", within)).filter((colour) => !isDark(colour)), []);
    const open = await world.browser(["screenshot", "textbox Open"]);
    const words = await decodePicture(player, open.file ?? "", Array.from({ length: 90 }, (_, index) => [3 + index % 45, 10 + Math.floor(index / 45) * 6] as const));
    assert.deepEqual(
      [words.some((colour) => colour.every((part) => part > 240)), words.some((colour) => colour.every((part) => part < 140))],
      [true, true],
      "black words on white",
    );
  });

  test("a mask that is written, or taken out, while a page is open holds for it with the next command", async () => {
    const isIbanDark = async () => { const { file = "" } = await world.browser(["screenshot"]); return (await decodePicture(player, file, [[600, 200]])).map(isDark)[0]; };
    const mask = (list: string) => { world.write({ "inspan.yaml": `version: 1\nbrowser:\n  origins: ["${world.origin}"]\n  mask: ${list}\n` }); };
    await world.browser(["open", `${world.origin}/secrets`]);
    assert.equal(await isIbanDark(), true);
    mask("[]");
    assert.equal(await isIbanDark(), false);
    await world.browser(["open", `${world.origin}/secrets`]);
    assert.equal(await isIbanDark(), false, "the next document neither");
    mask('[".iban"]');
    assert.equal(await isIbanDark(), true);
    assert.doesNotMatch((await world.browser(["snapshot"])).text, /DE89/);
  });
});

test("a session becomes a journey of roles and names that is played green; its password is a value of the environment", { skip: missingBrowser, timeout: 240_000 }, async (t) => {
  const world = makeInstanceWorld(t, `services:\n  web: { run: "${process.execPath} ${pagesPath}", ports: [PORT], ready: { http: / } }\n`);
  const browser = async (...args: readonly string[]) => {
    const { exitCode, stdout, stderr } = await world.inspan(["browser", ...args, "--json"]);
    return { exitCode, stderr, ...JSON.parse(stdout) as { text: string; error?: { code: string } } }; // our own form
  };
  const ref = (text: string, pattern: RegExp): string => /\b((?:f\d+)?e\d+)\b/.exec(text.split("\n").find((line) => pattern.test(line)) ?? "")?.[1] ?? "";
  try {
    assert.equal((await world.inspan(["up"])).exitCode, 0);
    const shown = await browser("open", "/secrets");
    await browser("act", "fill", ref(shown.text, /Password/), "hunter2hunter2");
    await browser("act", "click", ref(shown.text, /Sign in/));
    const kept = await browser("record", "--as-journey", "sign-in");
    assert.equal(kept.exitCode, 0, kept.stderr);
    assert.equal((await browser("record", "--as-journey", "sign-in")).error?.code, "JOURNEY_EXISTS");
    const text = readFileSync(join(world.path, "docs/journeys/sign-in.md"), "utf8");
    assert.match(text, /fill textbox "Password" = \$\{PASSWORD\}/);
    assert.match(text, /click button "Sign in"\n   see "Welcome back"/);
    assert.doesNotMatch(text, /hunter2|\be\d+\b/);
    const played = await world.inspan(["journey", "run", "sign-in"], { env: { JOURNEY_PASSWORD: "hunter2hunter2" } });
    assert.equal(played.exitCode, 0, played.stdout + played.stderr);
    assert.doesNotMatch(played.stdout + played.stderr, /hunter2/);
    const wrong = await world.inspan(["journey", "run", "sign-in"], { env: { JOURNEY_PASSWORD: "something else" } });
    assert.equal(wrong.exitCode, 1, "the nearest reject");
    assert.match((await world.inspan(["journey", "run", "sign-in", "--json"])).stdout, /VALUE_MISSING/);
    assert.equal((await browser("record", "--as-journey", "../x")).exitCode, 2);
    assert.equal((await browser("record")).exitCode, 2);
  } finally { await world.inspan(["stop", "--all"]); }
});
