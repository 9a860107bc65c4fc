// A trace of a recording: every entry of the file is looked at for what nobody may see; its viewer, served by our server, loads it and shows the actions.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { chromium, type Browser } from "playwright-core";
import { readZip } from "../../src/domains/browser/repo/zip.ts";
import { type BrowserWorld, makeBrowserWorld, missingBrowser } from "../support/browser-world.ts";
import { decodePicture } from "../support/film.ts";

const closes: (() => void | Promise<void>)[] = [];
let world: BrowserWorld;
let player: Browser;
const secrets = ["DE89 3704", "4111111111111111", "hunter2hunter2", "\"713\"", "\":\"713", "tok-4711-secret", Buffer.from("ada:hunter2hunter2").toString("base64")];

describe("traces", { skip: missingBrowser, timeout: 300_000 }, () => {
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

  test("record start --trace keeps a trace; no entry of it tells what nobody may see, and its pictures are dark there", async () => {
    for (const args of [["open", `${world.origin}/secrets`], ["record", "start", "--trace"], ["act", "fill", "textbox Card", "4111111111111111"], ["act", "fill", "textbox Password", "713"], ["act", "fill", "textbox Password", "hunter2hunter2"], ["act", "fill", "textbox Open", "seen by all"], ["act", "click", "button \"Sign in\""], ["open", `${world.origin}/send`]]) {
      const answer = await world.browser(args);
      assert.equal(answer.exitCode, 0, `${args.join(" ")}: ${answer.stderr}${JSON.stringify(answer.error)}`);
    }
    const stopped = await world.browser(["record", "stop", "--proves", "somebody signs in", "--role", "before", "--title", "sign in"]);
    assert.equal(stopped.exitCode, 0, stopped.stderr);
    const { file } = stopped.data["trace"] as { file: string }; // our own daemon's form
    const entries = readZip(readFileSync(file));
    const told = entries.flatMap(({ name, bytes }) => secrets.filter((secret) => `${name}\n${Buffer.from(bytes).toString("latin1")}`.includes(secret)).map((secret) => `${secret} in ${name}`));
    assert.deepEqual(told, []);
    const text = entries.map(({ bytes }) => Buffer.from(bytes).toString("utf8")).join("\n");
    assert.match(text, /seen by all/, "what may be seen is there");
    assert.match(text, /signed in with ••••/);
    assert.match(text, /"method":"fill"/);
    assert.doesNotMatch(text, /evaluateExpression|\/trace\.test/);
    const strip = entries.filter(({ name }) => name.startsWith("screencast/"));
    assert.ok(strip.length > 1 && strip.length <= 60, `${strip.length} pictures`);
    const picture = strip.at(-1);
    assert.ok(picture !== undefined);
    const path = join(world.path, "strip.jpeg");
    writeFileSync(path, picture.bytes);
    const [field = [], beside = []] = await decodePicture(player, path, [[600, 630], [1150, 200]]);
    assert.ok(field.every((part) => part < 80) && beside.every((part) => part > 200), `${String(field)} and ${String(beside)}`);
  });
});
