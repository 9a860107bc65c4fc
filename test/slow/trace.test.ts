// A trace of a recording: every entry of the file is looked at for what nobody may see; its viewer, served by our server, loads it and shows the actions.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { before, describe, test } from "node:test";
import { chromium, type Browser } from "playwright-core";
import { readZip } from "../../src/domains/browser/repo/zip.ts";
import { type BrowserWorld, makeBrowserWorld, missingBrowser } from "../support/browser-world.ts";
import { checkoutPath } from "../support/command-line.ts";
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
    const told = entries.flatMap(({ name, bytes }) =>
      secrets.filter((secret) => `${name}\n${Buffer.from(bytes).toString("latin1")}`.includes(secret)).map((secret) => `${secret} in ${name}`),
    );
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
    rmSync(path);
    assert.ok(field.every((part) => part < 80) && beside.every((part) => part > 200), `${String(field)} and ${String(beside)}`);
  });

  test("evidence show serves the bundle's page and the viewer, which shows the trace's actions; the page is an origin that cannot reach the API, and nobody reads it without its key", async () => {
    const child = spawn(process.execPath, [join(checkoutPath, "bin", "inspan.js"), "evidence", "show", "--json", "--quiet"], {
      cwd: world.path,
      env: { ...process.env, INSPAN_HOME: world.statePath },
      stdio: ["ignore", "pipe", "inherit"],
    });
    closes.push(() => { child.kill("SIGKILL"); });
    const { value } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
    const line = JSON.parse(String(value)) as { url: string; page: string; traces: { url: string }[] }; // our own form
    const page = await player.newPage();
    await page.goto(line.page);
    await page.getByRole("link", { name: "Open in the trace viewer" }).click();
    assert.equal(page.url(), line.traces[0]?.url);
    await page.getByText(/^Fill/).first().waitFor({ timeout: 60_000 });
    const actions = (await page.locator("body").innerText()).replaceAll(/\s+/g, " ");
    assert.match(actions, /seen by all/, "typed into an open field");
    assert.match(actions, /••••/, "typed into a masked one");
    for (const secret of secrets) assert.ok(!actions.includes(secret), secret);
    const reached = await page.evaluate(`fetch(${JSON.stringify(line.url)} + "/api/inspan/v1/operations").then((answer) => answer.status, () => "refused")`);
    assert.equal(reached, "refused");
    await page.close();

    const { file } = { file: decodeURIComponent(/%2F([^&]+)$/.exec(line.traces[0]?.url ?? "")?.[1] ?? "") };
    const status = async (url: string, headers: Record<string, string> = {}) =>
      new Promise<number | undefined>((resolve, reject) => {
        get(url, { headers }, (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        }).on("error", reject);
      });
    const origin = new URL(line.page).origin, key = line.page.split("/")[3] ?? "", bundle = line.page.split("/")[4] ?? "";
    const cases: readonly (readonly [string, number, Record<string, string>?])[] = [
      [`${line.page}${file}`, 200], [`${line.page}view/`, 200], [`${line.page}view/sw.bundle.js`, 200],
      [`${origin}/${"0".repeat(32)}/${bundle}/`, 403],
      [`${origin}/${key}/another/`, 403],
      [`${line.page}bundle.jsonl`, 404],
      [`${line.page}..%2F..%2Fbundle.jsonl`, 404],
      [`${line.page}view/..%2F..%2F..%2Fpackage.json`, 404],
      [`${origin}/`, 404],
      [line.page, 403, { host: "evil.example" }],
      [line.page, 403, { origin: "http://evil.example" }],
      [`${line.page}${file}`, 403, { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" }],
      [line.page, 200, { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" }],
      [`${line.url}/evidence/${bundle}`, 401], [`${line.url}/evidence/${bundle}?token=x`, 401],
    ];
    for (const [url, expected, headers] of cases) assert.equal(await status(url, headers), expected, `${url} ${JSON.stringify(headers ?? {})}`);
    child.kill("SIGTERM");
    assert.deepEqual(await once(child, "exit"), [0, null]);
  });
});
