// Follows the sentence of a fix and nothing else: the proof that a finding's text suffices where the repair is mechanical.
import assert from "node:assert/strict";
import { readFile, rm } from "node:fs/promises";
import { join, posix } from "node:path";
import { applyMechanicalFix, readMechanicalFix } from "../../src/domains/lint/index.ts";
import type { House } from "./lint-house.ts";

/** Rejects where the text holds no fix that can be followed, or one that does not fit the files. */
export async function followFix(house: House, fix: string): Promise<void> {
  const read = readMechanicalFix(fix);
  assert.ok(read, `a fix that can be followed: ${fix}`);
  const textOf = (file: string) => readFile(join(house.rootPath, file), "utf8");
  if (read.kind === "move") {
    const text = await textOf(read.from);
    for (const file of read.files) {
      const before = await textOf(file);
      const stem = (path: string) => posix.basename(path).replace(/\.[^.]+$/, "");
      await house.write({ [file]: before.replaceAll(`/${stem(read.from)}.`, `/${stem(read.to)}.`).replaceAll(`/${stem(read.from)}"`, `/${stem(read.to)}"`) });
    }
    await house.write({ [read.to]: text });
    await rm(join(house.rootPath, read.from));
    return;
  }
  for (const file of read.kind === "replace" ? [read.file] : read.files) {
    const after = applyMechanicalFix(await textOf(file), read);
    assert.ok(after !== undefined, `${file} holds what the fix speaks of: ${fix}`);
    await house.write({ [file]: after });
  }
}
