// A bundle on a real disk: what is kept, what is taken out, what is noticed.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { createNodeProviders } from "../../../providers/node/index.ts";
import { addFile, currentBundleId, openBundle, recordEvidence, recordMissing, writeBundlePage } from "./index.ts";

function world(t: TestContext) {
  const root = mkdtempSync(join(tmpdir(), "inspan-evidence-"));
  t.after(() => { rmSync(root, { recursive: true, force: true }); });
  const cwd = join(root, "checkout"), statePath = join(root, "state");
  mkdirSync(cwd);
  writeFileSync(join(cwd, "a.txt"), "a");
  for (const args of [["init", "-q"], ["add", "."], ["-c", "user.name=n", "-c", "user.email=e@example.com", "commit", "-qm", "first"]]) execFileSync("git", args, { cwd });
  const providers = createNodeProviders({ env: { ...process.env, INSPAN_HOME: statePath }, statePath, version: "0.0.0" });
  return { cwd, callerPath: cwd, statePath, providers, signal: new AbortController().signal };
}

test("what is recorded bears the commit, its hash and no secret, and survives a torn journal", async (t) => {
  const ports = world(t);
  const open = await openBundle(ports);
  assert.deepEqual([open.isClean, open.commit?.length], [true, 40]);
  const token = `ghp_${"a1B2".repeat(9)}`;
  const item = await recordEvidence(ports, open, { kind: "log", role: "before", title: "the\nlog", proves: "it fails", content: { text: `token ${token}\n`, extension: ".txt" } });
  assert.equal(readFileSync(join(open.folder, item.file), "utf8").includes(token), false);
  assert.deepEqual([item.title, item.mediaType, item.commit, item.sha256.length], ["the log", "text/plain", open.commit, 64]);
  await recordMissing(ports, open, { what: "video", why: "no browser", role: "after" });
  appendFileSync(join(open.folder, "bundle.jsonl"), '{"type":"item","fi');
  const written = await writeBundlePage(ports, await currentBundleId(ports, {}));
  assert.deepEqual([written.bundle.items, written.bundle.missing.map(({ why }) => why), written.altered], [[item], ["no browser"], []]);
  assert.match(readFileSync(written.indexPath, "utf8"), /No video \(after\), because no browser/);
});

test("writeBundlePage() names files that are not what was recorded", async (t) => {
  const ports = world(t);
  const open = await openBundle(ports, { bundle: "cart" });
  const items = [];
  for (const title of ["kept", "changed", "removed"])
    items.push(await recordEvidence(ports, open, { kind: "text", role: "other", title, proves: "p", content: { text: title, extension: ".txt" } }));
  writeFileSync(join(open.folder, items[1]?.file ?? ""), "forged");
  rmSync(join(open.folder, items[2]?.file ?? ""));
  assert.deepEqual((await writeBundlePage(ports, "cart")).altered, [{ file: items[1]?.file, state: "changed" }, { file: items[2]?.file, state: "missing" }]);
});

test("addFile() knows what a file is; a name that leads elsewhere and a file that is not there are refused", async (t) => {
  const ports = world(t);
  writeFileSync(join(ports.cwd, "film.mp4"), "not clean any more");
  const open = await openBundle(ports);
  const item = await addFile(ports, open, { path: "film.mp4", role: "after", title: "film", proves: "it works" });
  assert.deepEqual([item.kind, item.mediaType, item.isClean, item.file.endsWith(".mp4")], ["video", "video/mp4", false, true]);
  await assert.rejects(addFile(ports, open, { path: "none.mp4", role: "after", title: "t", proves: "p" }), { code: "FILE_MISSING" });
  await assert.rejects(openBundle(ports, { bundle: "../elsewhere" }), { code: "EVIDENCE_NAME" });
  await assert.rejects(writeBundlePage(ports, "nothing-here"), { code: "EVIDENCE_NONE" });
});
