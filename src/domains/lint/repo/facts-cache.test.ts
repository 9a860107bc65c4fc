// What is kept between checks: used where nothing changed, never believed where something did, and harmless when torn.
import assert from "node:assert/strict";
import { readdir, readFile, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { buildHouse, cleanConfiguration, configurationOf, type House, shortly } from "../../../../test/support/lint-house.ts";
import { runCheck } from "../runtime/index.ts";
import { noFacts } from "../types/facts-request.ts";
import { openFactsCache } from "./facts-cache.ts";
import { loadFactsReader } from "./typescript/read-facts.ts";

const bad = 'import { open } from "../runtime/session.ts";\nexport const x = open;\n';
const book = "src/domains/rooms/service/book.ts";
/** More files than are parsed sooner than a cache is read. */
const many = Object.fromEntries(
  Array.from({ length: 120 }, (_, at) => [
    `src/app/part-${at}.ts`,
    `import { roomsMax } from "../domains/rooms/index.ts";\nexport const part = roomsMax + ${at};\n`,
  ]),
);

async function check(house: House, configuration = cleanConfiguration): Promise<string[]> {
  return shortly(
    await runCheck({
      providers: house.providers,
      rootPath: house.rootPath,
      configuration: configurationOf(configuration),
      statePath: join(house.rootPath, ".state"),
    }),
  );
}

async function agedHouse(t: Parameters<typeof buildHouse>[0], files: Readonly<Record<string, string>>): Promise<House> {
  const house = await buildHouse(t, { ...many, ...files });
  await age(house);
  return house;
}

/** Times of long ago: what was written just now is told by its content, which would hide the shortcut. */
async function age(house: House): Promise<void> {
  for (const name of await readdir(house.rootPath, { recursive: true })) if (/\.(ts|json)$/.test(name)) await utimes(join(house.rootPath, name), 1_000_000, 1_000_000);
}

async function cacheFile(house: House, name: string): Promise<string> {
  const [folder = ""] = await readdir(join(house.rootPath, ".state", "checks"));
  return join(house.rootPath, ".state", "checks", folder, name);
}

test("a second check finds the same, and sees what was changed, added, removed and renamed since", async (t) => {
  const house = await agedHouse(t, { [book]: bad });
  const first = await check(house);
  assert.deepEqual(first, [`layers ${book}:1`]);
  assert.deepEqual(await check(house), first);
  await house.write({ [book]: "export const x = 1;\n", "src/domains/rooms/service/late.ts": `\n${bad}` });
  assert.deepEqual(await check(house), ["layers src/domains/rooms/service/late.ts:2"]);
  await house.write({ [book]: bad });
  assert.deepEqual(await check(house), [`layers ${book}:1`, "layers src/domains/rooms/service/late.ts:2"]);
});

test("an edit of the same length within the same millisecond is seen", async (t) => {
  const house = await agedHouse(t, { [book]: bad });
  await check(house);
  const other = bad.replace("session.ts", "nothing.ts");
  await house.write({ [book]: other });
  await utimes(join(house.rootPath, book), 1_000_000, 1_000_000);
  assert.deepEqual(await check(house), []);
});

test("another configuration, a package that gets installed and an ignored file that appears are seen", async (t) => {
  const house = await agedHouse(t, { "src/app/uses.ts": 'import { a } from "left-pad";\nimport { b } from "./built.generated";\nexport { a, b };\n' });
  const unresolved = async (configuration = cleanConfiguration) =>
    (
      await runCheck({
        providers: house.providers,
        rootPath: house.rootPath,
        configuration: configurationOf(configuration),
        statePath: join(house.rootPath, ".state"),
      })
    ).coverage.importsUnresolved;
  assert.deepEqual([await unresolved(), await unresolved()], [2, 2]);
  await house.write({ "node_modules/left-pad/package.json": "{}" });
  assert.equal(await unresolved(), 1);
  assert.deepEqual(await check(house, `${cleanConfiguration}rules: [{ name: own, from: "src/app/uses.ts", to: left-pad, why: w, fix: f }]\n`), ["own src/app/uses.ts:1"]);
});

for (const [name, tear] of Object.entries<(bytes: Buffer) => Buffer>({
  "cut in half": (bytes) => bytes.subarray(0, bytes.length / 2),
  "with one byte turned": (bytes) => { const copy = Buffer.from(bytes); const at = copy.length - 40; copy.writeUInt8((copy[at] ?? 0) ^ 1, at); return copy; },
  "empty": () => Buffer.alloc(0),
  "of noise": (bytes) => Buffer.alloc(bytes.length, 0xff),
})) {
  test(`a cache that is ${name} is not believed`, async (t) => {
    const house = await agedHouse(t, { [book]: bad });
    await check(house);
    for (const file of [await cacheFile(house, "facts"), await cacheFile(house, "verdict")]) await writeFile(file, tear(await readFile(file)));
    assert.deepEqual(await check(house), [`layers ${book}:1`]);
  });
}

test("two checks at once leave one whole cache", async (t) => {
  const house = await agedHouse(t, { [book]: bad });
  const answers = await Promise.all([check(house), check(house), check(house)]);
  assert.deepEqual(new Set(answers.map(String)), new Set([`layers ${book}:1`]));
  assert.deepEqual((await readdir(join(await cacheFile(house, "."), "."))).sort(), ["facts", "targets", "verdict"]);
  assert.deepEqual(await check(house), [`layers ${book}:1`]);
});

test("facts come back as they were put, the arguments that are no literals too", async (t) => {
  const house = await buildHouse(t, {});
  const request = {
    ...noFacts,
    functions: true,
    declarations: true,
    typeUses: true,
    comments: true,
    strings: true,
    shapes: true,
    routes: true,
    globals: ["console"],
    calls: ["log", "console"],
  };
  const reader = await loadFactsReader(request);
  const facts = reader.read(
    "a.ts",
    'import { log } from "./log.ts";\nexport * from "./log.ts";\nexport const a = (x: any) => { log(x, "b", () => x); console.info(`${x}`, { at: 1 }); import(x); };\n',
  );
  assert.ok(facts.calls.some((call) => call.literals.includes(undefined)));
  const options = { files: house.providers.files, path: join(house.rootPath, ".state", "checks", "one", "facts"), engine: "1", request };
  const cache = await openFactsCache(options);
  cache.put("a.ts", "stamp", "hash", facts);
  await cache.save();
  const back = (await openFactsCache(options)).byStamp("a.ts", "stamp");
  // An absent key and an undefined one are the same to every rule; the literals have to be told apart from null.
  assert.equal(JSON.stringify(back), JSON.stringify(facts));
  assert.deepEqual(back?.calls.map((call) => call.literals), facts.calls.map((call) => call.literals));
});
