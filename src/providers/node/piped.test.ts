// Programs that are spoken to over two pipes: messages whole and in order, their last words, and their end.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startPiped } from "./piped.ts";

const env = { PATH: process.env["PATH"] ?? "" };
/** Answers each message with itself in two parts, and goes at "leave". */
const echo = `const { createReadStream, writeSync } = require("node:fs"); let text = "";
createReadStream(null, { fd: 3 }).on("data", (chunk) => { text += chunk; const parts = text.split("\\0"); text = parts.pop();
  for (const part of parts) { if (part === "leave") { process.stderr.write("as told"); process.exit(1); } writeSync(4, part.slice(0, 2)); writeSync(4, part.slice(2) + "\\0" + (part === "two" ? "more\\0" : "")); } });`;

test("messages come whole and in order, and the end is told with the last words", async () => {
  const child = startPiped({ command: [process.execPath, "-e", echo], cwd: "/", env });
  const heard: string[] = [];
  const ended = new Promise<void>((resolve) => { child.listen((message) => { heard.push(message); if (message === "more") child.send("leave"); }, resolve); });
  child.send("one: é€😀");
  child.send("two");
  await Promise.all([ended, child.exited]);
  assert.deepEqual([heard, child.lastWords()], [["one: é€😀", "two", "more"], "as told"]);
  child.send("nobody is there");
  await new Promise<void>((resolve) => { child.listen(() => assert.fail("nothing comes any more"), resolve); });
});

test("a program that is not there has ended, and says why; one that stays is killed", async () => {
  const missing = startPiped({ command: ["/nowhere/program"], cwd: "/", env });
  await missing.exited;
  assert.match(missing.lastWords(), /ENOENT/);
  const child = startPiped({ command: [process.execPath, "-e", "setInterval(() => {}, 1000)"], cwd: "/", env });
  child.kill();
  await child.exited;
});
