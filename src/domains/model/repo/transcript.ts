// Owns the record of what went over the wire to a model: one JSON line an exchange, without secrets. Knows no connection.
import { createHash } from "node:crypto";
import { z } from "zod";
import { InspanError } from "../../../base/errors.ts";
import type { Providers } from "../../../providers/index.ts";
import { WireName } from "../types.ts";

export const Exchange = z.object({
  version: z.literal(1),
  at: z.string(),
  wire: WireName,
  path: z.string(),
  /** The request's body as it went out, secrets removed. */
  request: z.string(),
  status: z.number().int(),
  contentType: z.string(),
  /** The answer's body, secrets removed; cut where it was longer than the record holds. */
  response: z.string(),
});
export type Exchange = z.infer<typeof Exchange>;

// Fifty long turns; a session that says more is a loop, and its record would fill the disk.
const transcriptBytesMax = 256 * 1024 * 1024;

export interface Transcript { write(exchange: Omit<Exchange, "version" | "at">): Promise<void> }

/** Appends to the file at `path`; above its bound the rest of the session is not recorded, which the log says. */
export function openTranscript(providers: Pick<Providers, "files" | "secrets" | "clock" | "log">, path: string): Transcript {
  let sizeBytes = 0;
  let last: Promise<void> = Promise.resolve();
  const append = async (exchange: Omit<Exchange, "version" | "at">): Promise<void> => {
    const redact = (text: string) => providers.secrets.redact(text);
    const line = `${JSON.stringify({ version: 1, at: providers.clock.nowIso(), ...exchange, request: redact(exchange.request), response: redact(exchange.response) })}\n`;
    if (sizeBytes > transcriptBytesMax) return;
    sizeBytes += line.length;
    if (sizeBytes > transcriptBytesMax) { providers.log.warn("model.transcript-full", { path, sizeBytes }); return; }
    await providers.files.appendText(path, line);
  };
  return { write: (exchange) => (last = last.then(() => append(exchange)).catch((error: unknown) => { providers.log.error("model.transcript-failed", { path, reason: error instanceof Error ? error.message : String(error) }); })) };
}

export interface Replay {
  /** The recorded answer to this request; undefined where the record has none left that fits. */
  next(wire: WireName, path: string, request: string): Exchange | undefined;
  readonly left: number;
}

/** What makes two requests the same in another session: their length differs by paths, dates and ids, their last words do not. */
function markOf(exchange: Pick<Exchange, "wire" | "path" | "request">): string {
  let shape = "";
  try {
    const body: unknown = JSON.parse(exchange.request);
    const lists = typeof body === "object" && body !== null ? ["input", "messages", "contents"].map((key) => (body as Record<string, unknown>)[key]).filter(Array.isArray) : []; // an object with unknown values
    shape = lists.map((list) => String(list.length)).join(",");
  } catch { shape = exchange.request.slice(0, 200); } // no JSON: the text itself
  return createHash("sha256").update([exchange.wire, exchange.path.split("?")[0], shape].join("\n")).digest("hex");
}

/** Answers requests from a recorded session, each answer once, in the order of the record among requests of the same shape. Rejects with REPLAY_MISSING or REPLAY_DAMAGED. */
export async function openReplay(files: Providers["files"], path: string): Promise<Replay> {
  const text = await files.readText(path);
  if (text === undefined) throw new InspanError("REPLAY_MISSING", `Cannot replay "${path}": there is no such file, expected a recorded session.`, { kind: "usage", remedy: "record one with agents.record: true" });
  const byMark = new Map<string, Exchange[]>();
  let left = 0;
  for (const [index, line] of text.split("\n").entries()) {
    if (line === "") continue;
    let value: unknown;
    try { value = JSON.parse(line); } catch { value = undefined; } // told below
    const parsed = Exchange.safeParse(value);
    if (!parsed.success) throw new InspanError("REPLAY_DAMAGED", `Cannot replay "${path}": line ${index + 1} is no recorded exchange.`, { kind: "usage", remedy: "record the session anew" });
    const mark = markOf(parsed.data);
    byMark.set(mark, [...byMark.get(mark) ?? [], parsed.data]);
    left += 1;
  }
  return {
    next: (wire, requestPath, request) => {
      const found = byMark.get(markOf({ wire, path: requestPath, request }))?.shift();
      if (found !== undefined) left -= 1;
      return found;
    },
    get left() { return left; },
  };
}
