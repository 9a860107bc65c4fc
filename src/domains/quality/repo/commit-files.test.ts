// A commit without a checkout answers as the disk would: files, folders, links that lead somewhere, nowhere, outside and in a circle; what is not at hand is told.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync, mkdirSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createNodeProviders } from "../../../providers/node/index.ts";
import { createCommitFiles } from "./commit-files.ts";
import { readBlobs, readSizes, readTree, readTreeChanges } from "./commit-trees.ts";

test("createCommitFiles() says of each path what a checkout says of it", async (t) => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "inspan-commit-")));
  t.after(() => { rmSync(root, { recursive: true, force: true }); });
  const cwd = join(root, "checkout");
  mkdirSync(join(cwd, "src/deep"), { recursive: true });
  const git = (...args: string[]) => execFileSync("git", ["-c", "user.name=n", "-c", "user.email=e@example.com", ...args], { cwd, encoding: "utf8" }).trim();
  git("init", "-q");
  writeFileSync(join(cwd, "src/deep/a.ts"), "export const a = 1;\n");
  writeFileSync(join(cwd, "src/latin.ts"), Buffer.from("// caf\xe9\n", "latin1"));
  for (const [target, name] of [
    ["deep/a.ts", "src/link.ts"],
    ["src/deep", "folder"],
    ["../outside", "out"],
    ["gone", "nowhere"],
    ["circle", "circle"],
    ["/etc/hostname", "absolute"],
  ] as const)
    symlinkSync(target, join(cwd, name));
  git("add", "."); git("commit", "-qm", "first");
  const first = git("rev-parse", "HEAD");
  git("mv", "src/deep/a.ts", "src/b.ts"); git("commit", "-qm", "second");
  const second = git("rev-parse", "HEAD");

  const { git: port, random, files: disk } = createNodeProviders({ env: process.env, statePath: join(root, "state"), version: "0.0.0" });
  const trees = { git: port, random, rootPath: cwd, signal: new AbortController().signal };
  const tree = await readTree(trees, first);
  const objects = [...tree.values()].map(({ object }) => object);
  const sizes = await readSizes(trees, objects);
  const blobs = new Map(await readBlobs(trees, objects, sizes));
  const at = join(root, "nowhere-on-disk"), memoryPath = join(root, "memory");
  const view = createCommitFiles({ disk, rootPath: at, memoryPath, sizeOf: (object) => sizes.get(object), contentOf: (object) => blobs.get(object) });
  view.apply(tree);
  const said = (files: typeof disk, path: string, base: string) => {
    const read = files.now.readRegular(join(base, path), 1_000_000);
    return [
      files.now.facts(join(base, path))?.kind,
      read.kind === "file" && path !== "src/latin.ts" ? Buffer.from(read.bytes).toString() : read.kind,
      files.now.realPath(join(base, path))?.replace(base, ""),
    ];
  };
  const paths = [
    "src",
    "src/deep",
    "src/deep/a.ts",
    "src/link.ts",
    "folder",
    "folder/a.ts",
    "folder/none.ts",
    "nowhere",
    "circle",
    "circle/x",
    "src/latin.ts",
    "none",
    "src/deep/a.ts/x",
  ];
  git("checkout", "-q", first);
  assert.deepEqual(paths.map((path) => [path, ...said(view.files, path, at)]), paths.map((path) => [path, ...said(disk, path, cwd)]));
  // What leads out of the commit leads nowhere, whatever lies there on this machine.
  assert.deepEqual(["out", "absolute"].map((path) => said(view.files, path, at)), [["link", "absent", undefined], ["link", "absent", undefined]]);
  assert.deepEqual((await view.files.list(join(at, "src"))).map(({ name, kind }) => `${name} ${kind}`), ["deep folder", "latin.ts file", "link.ts link"]);

  view.apply((await readTreeChanges(trees, [first, second])).get(second) ?? []);
  git("checkout", "-q", second);
  assert.deepEqual(
    ["src/b.ts", "src/deep", "folder/a.ts", "src/link.ts"].map((path) => said(view.files, path, at)),
    ["src/b.ts", "src/deep", "folder/a.ts", "src/link.ts"].map((path) => said(disk, path, cwd)),
  );
  blobs.clear();
  assert.equal(view.files.now.readRegular(join(at, "src/b.ts"), 1_000).kind, "absent");
  assert.deepEqual([view.takeMissed(), view.takeMissed()], [[tree.get("src/deep/a.ts")?.object], []]);

  const back = view.remember();
  await view.files.writeText(join(memoryPath, "kept"), "x");
  assert.equal(await view.files.readText(join(memoryPath, "kept")), "x");
  back();
  assert.equal(await view.files.readText(join(memoryPath, "kept")), undefined);
});
