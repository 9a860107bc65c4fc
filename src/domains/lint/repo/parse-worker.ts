// The second thread of a large check: texts come in, facts go out as JSON, in batches. Loads the parsers by itself.
import nodeModule from "node:module";
import { parentPort, workerData } from "node:worker_threads";
import type { ParseAnswer, ParseQuestion, ParseSetting } from "./parse-thread.ts";

if (parentPort === null) throw new Error("BUG: expected to run as a thread");
const port = parentPort;
nodeModule.enableCompileCache?.(); // each thread asks for itself
const [{ adapterOf }, { parseSource }] = await Promise.all([import("./adapters.ts"), import("./parse-source.ts")]);
const { request } = workerData as ParseSetting; // as parse-thread.ts gives it
const readers = new Map<unknown, ReturnType<NonNullable<ReturnType<typeof adapterOf>>["loadReader"]>>();

port.on("message", (question: ParseQuestion) => {
  void answer(question).then((found) => port.postMessage(found, [found.bytes.buffer]));
});

async function answer({ id, files, sizes, bytes }: ParseQuestion): Promise<ParseAnswer> {
  const parts: Buffer[] = [];
  let start = 0;
  for (const [at, file] of files.entries()) {
    const adapter = adapterOf(file);
    if (adapter === undefined) throw new Error(`BUG: expected an adapter for ${file}`);
    const reader = readers.get(adapter) ?? adapter.loadReader(request);
    readers.set(adapter, reader);
    const size = sizes[at] ?? 0;
    parts.push(Buffer.from(JSON.stringify(parseSource(await reader, file, bytes.subarray(start, start + size)))));
    start += size;
  }
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let end = 0;
  for (const part of parts) { all.set(part, end); end += part.length; }
  return { id, sizes: parts.map((part) => part.length), bytes: all };
}
