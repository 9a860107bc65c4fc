// Known findings: hidden, counted, stale when repaired, and never more of them without a reason.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { buildHouse, cleanConfiguration, configurationOf, type House } from "../../../../test/support/lint-house.ts";
import type { OperationContext } from "../../../providers/index.ts";
import { baselineFile } from "../types/baseline.ts";
import { renderReport } from "../service/text.ts";
import { checkFiles, updateBaseline } from "./index.ts";

const bad = 'import { open } from "../runtime/session.ts";\nexport const x = open;\n';
const twice = `import { open } from "../runtime/session.ts";\nexport { open as other } from "../runtime/session.ts";\nexport const x = open;\n`;
const file = "src/domains/rooms/service/book.ts";

async function update(house: House, acceptReason?: string, acceptRules?: readonly string[]) {
  const contributed = { checks: [], context: {} as OperationContext }; // no contributed rule asks for it
  return updateBaseline({
    providers: house.providers,
    rootPath: house.rootPath,
    configuration: configurationOf(cleanConfiguration),
    contributed,
    ...(acceptReason === undefined ? {} : { acceptReason }),
    ...(acceptRules === undefined ? {} : { acceptRules }),
  });
}
const states = async (house: House) => (await house.check()).findings.map((one) => `${one.rule} ${one.file}:${one.line} ${one.baselined ? "known" : "new"}`);

test("a first baseline needs a reason, hides what it knows, and says how many it hides", async (t) => {
  const house = await buildHouse(t, { [file]: bad });
  const refused = await update(house);
  assert.deepEqual([refused.isRefused, refused.isWritten, refused.added], [true, false, [{ rule: "layers", from: file, to: "src/domains/rooms/runtime/session.ts", count: 1 }]]);
  assert.deepEqual(await states(house), [`layers ${file}:1 new`]);
  const accepted = await update(house, "old code");
  assert.deepEqual([accepted.isRefused, accepted.isWritten, accepted.before, accepted.after], [false, true, 0, 1]);
  assert.deepEqual(await states(house), [`layers ${file}:1 known`]);
  assert.match(renderReport(await house.check()), /^OK \(1 known finding hidden by the baseline\): /);
  assert.match(await readFile(join(house.rootPath, baselineFile), "utf8"), /"reason":"old code"/);
});

test("only the named rules' places are accepted: what is new of another rule stays a finding, and an old entry stays as it was", async (t) => {
  const house = await buildHouse(t, { [file]: bad });
  await update(house, "old code");
  const other = "src/domains/rooms/service/other.ts",
    door = 'import { x } from "../../booking/service/inner.ts";\nimport { open } from "../runtime/session.ts";\nexport const y = [x, open];\n';
  await house.write({ [other]: door, "src/domains/booking/service/inner.ts": "export const x = 1;\n" });
  assert.deepEqual((await states(house)).sort(), [`domains ${other}:1 new`, `layers ${file}:1 known`, `layers ${other}:2 new`]);
  const taken = await update(house, "a new rule", ["domains"]);
  assert.deepEqual(
    [taken.isWritten, taken.before, taken.after, taken.added.map(({ rule }) => rule), taken.left.map(({ rule, from }) => `${rule} ${from}`)],
    [true, 1, 2, ["domains"], [`layers ${other}`]],
  );
  assert.deepEqual((await states(house)).sort(), [`domains ${other}:1 known`, `layers ${file}:1 known`, `layers ${other}:2 new`]);
});

test("the identity holds no line, a second edge of the same identity is new, and the first in the file is the known one", async (t) => {
  const house = await buildHouse(t, { [file]: bad });
  await update(house, "old code");
  await house.write({ [file]: `// moved\n\n${bad}` });
  assert.deepEqual(await states(house), [`layers ${file}:3 known`]);
  await house.write({ [file]: twice });
  assert.deepEqual(await states(house), [`layers ${file}:1 known`, `layers ${file}:2 new`]);
});

test("two edges with one identity are counted: repairing one makes the entry stale, and update shortens it", async (t) => {
  const house = await buildHouse(t, { [file]: twice });
  await update(house, "old code");
  assert.deepEqual(await states(house), [`layers ${file}:1 known`, `layers ${file}:2 known`]);
  await house.write({ [file]: bad });
  assert.deepEqual(await states(house), [`baseline ${baselineFile}:4 new`, `layers ${file}:1 known`]);
  const shorter = await update(house);
  assert.deepEqual([shorter.isRefused, shorter.before, shorter.after, shorter.removed.map((one) => one.count)], [false, 2, 1, [1]]);
  assert.deepEqual(await states(house), [`layers ${file}:1 known`]);
  assert.equal((await update(house)).isWritten, false);
});

test("update refuses to grow and then writes nothing, not even what has gone", async (t) => {
  const house = await buildHouse(t, { [file]: twice });
  await update(house, "old code");
  const before = await readFile(join(house.rootPath, baselineFile), "utf8");
  await house.write({ [file]: bad, "src/domains/rooms/service/new.ts": bad });
  const refused = await update(house);
  assert.deepEqual([refused.isRefused, refused.isWritten, refused.added.map((one) => one.from)], [true, false, ["src/domains/rooms/service/new.ts"]]);
  assert.equal(await readFile(join(house.rootPath, baselineFile), "utf8"), before);
});

test("a known finding of a renamed or moved file is told as such, and update follows it without a reason, but never lets it grow", async (t) => {
  const house = await buildHouse(t, { [file]: bad });
  await update(house, "old code");
  const renamed = "src/domains/rooms/service/reserve.ts";
  await house.remove(file);
  await house.write({ [renamed]: bad });
  const { findings } = await house.check();
  assert.deepEqual(findings.map((one) => `${one.rule} ${one.file}`), [`baseline ${baselineFile}`, `layers ${renamed}`]);
  assert.match(findings[0]?.found ?? "", /in src\/domains\/rooms\/service\/book\.ts .*, but it is in src\/domains\/rooms\/service\/reserve\.ts .*now/);
  assert.match(findings[0]?.fix ?? "", /follows the move/);
  const followed = await update(house);
  assert.deepEqual(
    [followed.isRefused, followed.isWritten, followed.before, followed.after, followed.removed, followed.added, followed.moved.map((one) => one.nowFrom)],
    [false, true, 1, 1, [], [], [renamed]],
  );
  assert.deepEqual(await states(house), [`layers ${renamed}:1 known`]);
  assert.match(await readFile(join(house.rootPath, baselineFile), "utf8"), /"reason":"old code"/);
  // To another folder, with one more of it: the one is known, the other needs a reason.
  await house.remove(renamed);
  await house.write({ "src/domains/rooms/service/deep/reserve.ts": twice.replaceAll("../runtime", "../../runtime") });
  const more = await update(house);
  assert.deepEqual([more.isRefused, more.added.map((one) => one.count), more.moved.length], [true, [1], 1]);
});

test("what is like a known finding of a file that is still there, or under another name in another folder, is no move", async (t) => {
  const house = await buildHouse(t, { [file]: bad });
  await update(house, "old code");
  await house.write({ "src/domains/rooms/service/reserve.ts": bad, [file]: "export const x = 1;\n" });
  assert.deepEqual([(await update(house)).isRefused, (await update(house)).moved], [true, []]);
  await house.remove(file);
  await house.remove("src/domains/rooms/service/reserve.ts");
  await house.write({ "src/domains/rooms/service/deep/other.ts": bad.replace("../runtime", "../../runtime") });
  assert.deepEqual([(await update(house)).isRefused, (await update(house)).moved], [true, []]);
});

test("a known finding that grows is new, one that shrinks stays known", async (t) => {
  const house = await buildHouse(t, { "src/app/long.ts": "void 0;\n".repeat(400) });
  await update(house, "old code");
  await house.write({ "src/app/long.ts": "void 0;\n".repeat(401) });
  assert.deepEqual(await states(house), ["file-size src/app/long.ts:351 new"]);
  await house.write({ "src/app/long.ts": "void 0;\n".repeat(399) });
  assert.deepEqual(await states(house), ["file-size src/app/long.ts:351 known"]);
});

test("entries of files outside of the wanted paths are not stale, and the answer after an edit knows the baseline too", async (t) => {
  const house = await buildHouse(t, { [file]: bad });
  await update(house, "old code");
  const quick = await checkFiles({ providers: house.providers, rootPath: house.rootPath, configuration: configurationOf(cleanConfiguration), files: [file] });
  assert.deepEqual(quick.map((one) => one.baselined), [true]);
  await house.write({ [file]: "export const x = 1;\n" });
  assert.deepEqual((await house.check(cleanConfiguration, { paths: ["src/app", "src/domains/booking"].slice(1) })).findings, []);
});

test("a baseline that is no baseline is refused instead of hiding or showing everything", async (t) => {
  for (const text of ["{", '{"version":2,"entries":[]}', '{"version":1,"entries":[{"rule":"layers"}]}']) {
    const house = await buildHouse(t, { [baselineFile]: text });
    await assert.rejects(house.check(), { code: "BASELINE_INVALID" });
  }
  const merging = await buildHouse(t, { [baselineFile]: '<<<<<<< HEAD\n{"version":1,"entries":[]}\n=======\n{"version":1,"entries":[]}\n>>>>>>> other\n' });
  await assert.rejects(merging.check(), { code: "BASELINE_INVALID", remedy: /take either side.*inspan baseline update$/ });
});
