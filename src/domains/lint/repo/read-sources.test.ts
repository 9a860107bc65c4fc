// Many files are parsed by two threads: the same facts in the same order as by one, also where the second thread fails.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { buildTree } from "../../../../test/support/lint-house.ts";
import { noFacts } from "../types/facts-request.ts";
import { loadFactsReader } from "./typescript/read-facts.ts";
import { type ParseThread, startParseThread } from "./parse-thread.ts";
import { type ReadSources, readSources } from "./read-sources.ts";
import { createStamps } from "./stamps.ts";

const count = 900;
const request = { ...noFacts, functions: true, declarations: true };
const textAt = (at: number) =>
  `import { b } from "./a${(at * 7) % count}.ts";\nexport const a${at} = [b${at % 3 === 0 ? ", `ü`" : ""}];\n${"// a line that makes a batch of files large enough\n".repeat(10)}`;

test("two threads say what one says; a thread that cannot start or that ends in the middle costs nothing but time", async (t) => {
  const files = Array.from({ length: count }, (_, at) => `src/a${String(at).padStart(4, "0")}.ts`);
  const deep = "src/z-deep.ts";
  const house = await buildTree(t, { ...Object.fromEntries(files.map((file, at) => [file, textAt(at)])), [deep]: `x = ${"(".repeat(5_000)}1${")".repeat(5_000)};` });
  const disk = house.providers.files.now;
  const reader = await loadFactsReader(request);
  let batches = 0;
  // As JSON, which tells no absent field from an undefined one.
  const read = async (startThread: () => ParseThread): Promise<ReadSources> =>
    JSON.parse(
      JSON.stringify(
        await readSources({
          disk,
          rootPath: house.rootPath,
          files: [...files, deep],
          stamps: createStamps(disk, house.rootPath),
          cache: undefined,
          nowMs: 0,
          readerOf: async () => {
            await setImmediate();
            return reader;
          },
          startThread,
        }),
      ),
    ) as ReadSources; // what was written a moment ago
  const counting = (thread: ParseThread, endAfter = Number.POSITIVE_INFINITY): ParseThread => ({
    ...thread,
    parse(some) {
      if (++batches > endAfter) thread.end();
      return thread.parse(some);
    },
  });
  const alone = await read(() => ({ isFree: () => false, parse: async () => undefined, end: () => undefined }));
  assert.deepEqual(alone.facts.map((one) => one.file), files);
  assert.deepEqual(alone.unread.map((one) => [one.file, one.kind]), [[deep, "too-deep"]]);
  assert.deepEqual(await read(() => counting(startParseThread({ request }))), alone);
  assert.ok(batches > 0, "the second thread was asked");
  batches = 0;
  assert.deepEqual(await read(() => counting(startParseThread({ request }), 1)), alone);
});
