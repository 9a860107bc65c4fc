// Next commands as the person at this shell can type them: from a checkout, installed, with --cwd and INSPAN_HOME.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { commandPrefix, createTypable, statePrefix } from "./typable.ts";

const commands = ["task", "task show", "task run", "check", "pr merge"];

test("createTypable() rewrites what stands behind Next: and in the lines below it, and no other text", () => {
  const typable = createTypable({ prefix: "node ../bin/inspan.js", cwd: "my repo", commands });
  const cwd = "--cwd 'my repo'";
  assert.equal(
    typable("Next: inspan pr merge ab12\n      inspan task show cd34"),
    `Next: node ../bin/inspan.js pr merge ${cwd} ab12\n      node ../bin/inspan.js task show ${cwd} cd34`,
  );
  assert.equal(typable("Handed over. Next: inspan task show x"), `Handed over. Next: node ../bin/inspan.js task show ${cwd} x`);
  assert.equal(typable("Next: edit inspan.yaml:3, then run: inspan check"), `Next: edit inspan.yaml:3, then run: node ../bin/inspan.js check ${cwd}`);
  assert.equal(typable("Next:\ninspan check\n\ninspan check"), `Next:\nnode ../bin/inspan.js check ${cwd}\n\ninspan check`);
  assert.equal(typable("Next: inspan check --cwd <folder>\nNext: inspan --help"), "Next: node ../bin/inspan.js check --cwd <folder>\nNext: node ../bin/inspan.js --help");
  for (const text of ['Cannot run "inspan check": no', "  agent: ran inspan check", "File: inspan/check.ts"]) assert.equal(typable(text), text);
});

test("createTypable() gives a folder only where one was given", () => {
  assert.equal(createTypable({ prefix: "npx inspan", cwd: undefined, commands })("Next: inspan task show x"), "Next: npx inspan task show x");
});

test("commandPrefix() is what this shell finds: inspan, npx inspan, or the launcher's path", (t) => {
  const home = realpathSync(mkdtempSync(join(tmpdir(), "inspan-typable-")));
  t.after(() => rmSync(home, { recursive: true, force: true }));
  for (const folder of ["work/app/src", "work/app/node_modules/.bin", "package/bin", "on-path"]) mkdirSync(join(home, folder), { recursive: true });
  const launcher = join(home, "package/bin/inspan.js");
  writeFileSync(launcher, "");
  const prefix = (cwd: string, path = "/usr/bin") => commandPrefix({ rootPath: join(home, "package"), cwd: join(home, cwd), path });
  assert.equal(prefix("package"), "node bin/inspan.js");
  assert.equal(prefix("work/app"), "node ../../package/bin/inspan.js");
  symlinkSync(launcher, join(home, "work/app/node_modules/.bin/inspan"));
  assert.equal(prefix("work/app/src"), "npx inspan");
  assert.equal(prefix("package", join(home, "work/app/node_modules/.bin")), "node bin/inspan.js", "npx puts this folder on PATH for its child only");
  symlinkSync(launcher, join(home, "on-path/inspan"));
  assert.equal(prefix("work/app", `/usr/bin:${join(home, "on-path")}`), "inspan");
});

test("statePrefix() names INSPAN_HOME only where the next command would not find the same folder", () => {
  assert.equal(statePrefix({ INSPAN_HOME: "x" }, "/home/ada/my state", "/home/ada/.local/state/inspan"), "INSPAN_HOME='/home/ada/my state' ");
  assert.equal(statePrefix({ INSPAN_HOME: "/s" }, "/s", "/s"), "");
  assert.equal(statePrefix({}, "/s", "/s"), "");
});
