import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { holdFolder } from "./data-folder.ts";

test("a folder is made, held by one at a time under whatever name, and free again", async () => {
  const root = mkdtempSync(join(tmpdir(), "inspan-data-"));
  try {
    const path = join(root, "a b", "ü");
    const release = await holdFolder(path);
    symlinkSync(path, join(root, "link"));
    if (existsSync("/proc/net/unix")) await assert.rejects(holdFolder(join(root, "link"), 0), /another engine does, expected one engine a folder/); // only Linux has names without files
    await release();
    await (await holdFolder(join(root, "link")))();
  } finally { rmSync(root, { recursive: true }); }
});

test("what cannot be a folder is refused, and soon", async () => {
  const root = mkdtempSync(join(tmpdir(), "inspan-data-"));
  try {
    writeFileSync(join(root, "file"), "");
    await assert.rejects(holdFolder(join(root, "file", "below")), /Cannot keep telemetry in ".*": .*, expected a folder that can be written/);
    await assert.rejects(holdFolder(join(root, "file")), /expected a folder that can be written/);
    if (existsSync("/proc/self")) await assert.rejects(holdFolder("/proc/nothing-here/data"), /expected a folder that can be written/);
  } finally { rmSync(root, { recursive: true }); }
});
