// What may stand in the place of inspan.yaml. The pipe would never end and the device fill memory if they were opened.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { nodeFiles } from "../providers/node/files.ts";
import { readConfigurationText } from "./configuration-file.ts";

const places: Readonly<Record<string, readonly [(path: string) => void, RegExp]>> = {
  "a link to a device": [(path) => symlinkSync("/dev/zero", path), /a link that leaves the repository/],
  "a pipe": [(path) => execFileSync("mkfifo", [path]), /no regular file/],
  "a folder": [(path) => mkdirSync(path), /a folder/],
  "a dump": [(path) => { writeFileSync(path, ""); truncateSync(path, 3 * 1024 * 1024); }, /3\.0 MB, expected .* at most 2 MB/],
};
for (const [name, [place, expected]] of Object.entries(places)) {
  test(`readConfigurationText() refuses ${name}`, async (t) => {
    const root = mkdtempSync(join(tmpdir(), "inspan-config-"));
    t.after(() => rmSync(root, { recursive: true, force: true }));
    place(join(root, "inspan.yaml"));
    await assert.rejects(readConfigurationText(nodeFiles, root), { code: "CONFIG_INVALID", kind: "usage", message: expected });
  });
}

test("readConfigurationText() reads a file, also by a link inside of the repository, and nothing where there is none", async (t) => {
  const root = mkdtempSync(join(tmpdir(), "inspan-config-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  assert.equal(await readConfigurationText(nodeFiles, root), undefined);
  writeFileSync(join(root, "own.yaml"), "version: 1\n");
  symlinkSync("own.yaml", join(root, "inspan.yaml"));
  assert.equal(await readConfigurationText(nodeFiles, root), "version: 1\n");
});
