import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createNodeProviders } from "../../../providers/node/index.ts";
import { clearIn, writeIn } from "./session-home.ts";

test("links that an agent laid in its home are not followed, whether we write or remove", async (t) => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "inspan-home-")));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const [home, outside] = [join(folder, "home"), join(folder, "outside")];
  mkdirSync(join(home, "deep"), { recursive: true });
  mkdirSync(outside);
  writeFileSync(join(outside, "mine.txt"), "mine");
  const { files } = createNodeProviders({ env: process.env, statePath: join(folder, "state"), version: "0.0.0" });

  symlinkSync(outside, join(home, "deep", "config"));
  await writeIn(files, home, join(home, "deep", "config", "plugin", "ours.js"), { text: "ours", mode: 0o600 });
  assert.equal(readFileSync(join(home, "deep", "config", "plugin", "ours.js"), "utf8"), "ours");
  symlinkSync(join(outside, "mine.txt"), join(home, "settings.json"));
  await writeIn(files, home, join(home, "settings.json"), { text: "ours", mode: 0o600 });
  symlinkSync(folder, join(home, "link"));
  await clearIn(files, home, join(home, "link", "outside"));
  await clearIn(files, home, join(home, "nothing", "there"));
  await clearIn(files, home, join(home, "deep"));
  assert.deepEqual([readdirSync(outside), readFileSync(join(outside, "mine.txt"), "utf8")], [["mine.txt"], "mine"]);
  assert.ok(!existsSync(join(home, "deep")) && readFileSync(join(home, "settings.json"), "utf8") === "ours");
});
