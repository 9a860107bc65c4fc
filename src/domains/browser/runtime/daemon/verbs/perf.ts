// `browser perf`: the page's timings; with a trace, a file for Perfetto and DevTools.
import { createWriteStream } from "node:fs";
import { finished } from "node:stream/promises";
import { withDeadline } from "../../../../../base/async.ts";
import { InspanError } from "../../../../../base/errors.ts";
import { renderVitals } from "../../../service/vitals.ts";
import type { PerfInput } from "../../../types/inputs.ts";
import type { Vitals } from "../../../types/index.ts";
import { readVitalsScript } from "../page-scripts.ts";
import type { WorktreePages } from "../worktree-pages.ts";
import type { VerbReply } from "./reply.ts";

const readMsMax = 3_000;
const traceMsMax = 20_000;
/** Events are about 250 bytes; a trace above this no viewer opens. */
const traceBytesMax = 100 * 1024 * 1024;
const categories = [
  "devtools.timeline",
  "blink.user_timing",
  "loading",
  "latencyInfo",
  "v8.execute",
  "disabled-by-default-devtools.timeline",
  "disabled-by-default-v8.cpu_profiler",
].join(",");

const optional = (value: unknown): number | undefined => (typeof value === "number" && Number.isFinite(value) ? value : undefined);

/** A page may have put anything there. */
export function parseVitals(value: unknown): Vitals {
  const raw = (typeof value === "object" && value !== null ? value : {}) as Readonly<Record<string, unknown>>; // each field is looked at below
  const tasks = Array.isArray(raw["longTasks"]) ? raw["longTasks"] : [];
  return {
    lcpMs: optional(raw["lcpMs"]),
    lcpElement: typeof raw["lcpElement"] === "string" ? raw["lcpElement"].slice(0, 80) : undefined,
    fcpMs: optional(raw["fcpMs"]),
    ttfbMs: optional(raw["ttfbMs"]),
    domContentLoadedMs: optional(raw["domContentLoadedMs"]), loadMs: optional(raw["loadMs"]), cls: optional(raw["cls"]) ?? 0, inpMs: optional(raw["inpMs"]),
    longTasks: tasks
      .slice(0, 200)
      .flatMap((task: unknown) =>
        typeof task === "object" && task !== null && "startMs" in task && "durationMs" in task
          ? [{ startMs: optional(task.startMs) ?? 0, durationMs: optional(task.durationMs) ?? 0 }]
          : [],
      ),
    domNodes: optional(raw["domNodes"]) ?? 0, scriptHeapBytes: optional(raw["scriptHeapBytes"]),
  };
}

export async function readVitals(pages: WorktreePages): Promise<Vitals> {
  const page = pages.page();
  return parseVitals(await pages.timed(withDeadline(page.evaluate(readVitalsScript), readMsMax, () => { throw new Error(`Timeout ${readMsMax}ms exceeded`); })));
}

let isTracing = false;

/** The whole browser is traced: one at a time. Rejects with BROWSER_BUSY. */
async function traceReload(pages: WorktreePages): Promise<string> {
  if (isTracing)
    throw new InspanError("BROWSER_BUSY", "Cannot keep a trace: another worktree's trace runs, expected one at a time.", {
      isRetryable: true,
      remedy: "inspan browser perf --trace",
    });
  isTracing = true;
  const page = pages.page();
  const browser = pages.context?.browser();
  try {
    if (browser === undefined || browser === null) throw new Error("the browser is closed");
    const session = await browser.newBrowserCDPSession();
    const path = await pages.options.evidence.next("trace", ".json");
    const out = createWriteStream(path, { mode: 0o600 });
    out.write("{\"traceEvents\":[");
    let count = 0;
    session.on("Tracing.dataCollected", ({ value }) => {
      for (const event of value) {
        if (out.bytesWritten + out.writableLength < traceBytesMax) out.write(`${count++ === 0 ? "" : ",\n"}${pages.hidden.hide(JSON.stringify(event))}`);
      }
    });
    const complete = new Promise<void>((resolve) => { session.on("Tracing.tracingComplete", () => resolve()); });
    await session.send("Tracing.start", { transferMode: "ReportEvents", traceConfig: { includedCategories: categories.split(",") } });
    try {
      await page.reload({ waitUntil: "load", timeout: traceMsMax });
      await pages.settle(2_000);
    } finally {
      await session.send("Tracing.end");
      await withDeadline(complete, traceMsMax, () => undefined);
      out.end("]}\n");
      await finished(out);
      await session.detach().catch(() => undefined); // the browser went
    }
    return path;
  } finally { isTracing = false; }
}

export async function perf(pages: WorktreePages, input: PerfInput): Promise<VerbReply> {
  const file = input.trace ? await pages.timed(withDeadline(traceReload(pages), traceMsMax + 15_000, () => { throw new Error(`Timeout ${traceMsMax}ms exceeded`); })) : undefined;
  if (input.trace) pages.lastTree = undefined;
  const vitals = await readVitals(pages);
  return { said: "", text: renderVitals(vitals).join("\n"), ...(file === undefined ? {} : { file }), data: { vitals } };
}
