// A second thread that parses beside ours. Where it cannot run, or fails, the caller parses by itself: it only ever saves time.
import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import type { FactsRequest } from "../types/facts-request.ts";

export interface ParseSetting { readonly request: FactsRequest }
export interface ParseQuestion { readonly id: number; readonly files: readonly string[]; readonly sizes: readonly number[]; readonly bytes: Uint8Array }
export interface ParseAnswer { readonly id: number; readonly sizes: readonly number[]; readonly bytes: Uint8Array<ArrayBuffer> }

/** Enough that it never waits for our thread, and few enough that ours does not wait for it at the end. */
const batchesMax = 2;
/** As the first thread has: the native parser recurses. */
const stackMegabytes = 8;
/** Trees die young: with room for those of several files hardly any is copied. */
const youngMegabytes = 32;

export interface ParseThread {
  /** False while it has enough to do, or has failed. */
  isFree(): boolean;
  /** JSON of what parseSource() says of each file, in their order; undefined where the thread has failed. */
  parse(files: readonly { readonly file: string; readonly bytes: Uint8Array }[]): Promise<readonly Uint8Array[] | undefined>;
  end(): void;
}

export function startParseThread(setting: ParseSetting): ParseThread {
  const waiting = new Map<number, (answer: ParseAnswer | undefined) => void>();
  let isFailed = false;
  let nextId = 0;
  const fail = (): void => {
    isFailed = true;
    for (const give of waiting.values()) give(undefined);
    waiting.clear();
  };
  const worker = start(setting, fail);
  worker?.on("message", (answer: ParseAnswer) => {
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  }).on("error", fail).on("exit", fail).unref();
  return {
    isFree: () => !isFailed && waiting.size < batchesMax,
    async parse(files) {
      if (isFailed || worker === undefined) return undefined;
      const bytes = new Uint8Array(files.reduce((sum, one) => sum + one.bytes.length, 0));
      let at = 0;
      for (const one of files) { bytes.set(one.bytes, at); at += one.bytes.length; }
      const question: ParseQuestion = { id: nextId++, files: files.map((one) => one.file), sizes: files.map((one) => one.bytes.length), bytes };
      // While an answer is awaited the thread holds the process.
      worker.ref();
      const answer = await new Promise<ParseAnswer | undefined>((resolve) => {
        waiting.set(question.id, resolve);
        worker.postMessage(question, [bytes.buffer]);
      });
      if (waiting.size === 0) worker.unref();
      if (answer === undefined) return undefined;
      let start = 0;
      return answer.sizes.map((size) => { const part = answer.bytes.subarray(start, start + size); start += size; return part; });
    },
    end() { void worker?.terminate(); },
  };
}

function start(setting: ParseSetting, fail: () => void): Worker | undefined {
  try {
    return new Worker(new URL(`./parse-worker${extname(import.meta.url)}`, import.meta.url), {
      workerData: setting,
      resourceLimits: { maxYoungGenerationSizeMb: youngMegabytes, stackSizeMb: stackMegabytes },
      execArgv: ["--disable-warning=ExperimentalWarning"],
    });
  } catch {
    fail(); // no threads here, or no memory for one
    return undefined;
  }
}
