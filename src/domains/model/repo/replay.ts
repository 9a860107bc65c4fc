// Owns the form of a recorded exchange, and answers requests from a record. Knows no connection.
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
    const lists =
      typeof body === "object" && body !== null
        ? ["input", "messages", "contents"].map((key) => (body as Record<string, unknown>)[key]).filter(Array.isArray)
        : []; // an object with unknown values
    shape = lists.map((list) => String(list.length)).join(",");
  } catch { shape = exchange.request.slice(0, 200); } // no JSON: the text itself
  return createHash("sha256").update([exchange.wire, exchange.path.split("?")[0], shape].join("\n")).digest("hex");
}

/** Answers requests from a recorded session, each answer once, in the order of the record among requests of the same shape. Rejects with REPLAY_MISSING or REPLAY_DAMAGED. */
export async function openReplay(files: Providers["files"], path: string): Promise<Replay> {
  const text = await files.readText(path);
  if (text === undefined)
    throw new InspanError("REPLAY_MISSING", `Cannot replay "${path}": there is no such file, expected a recorded session.`, {
      kind: "usage",
      remedy: "record one with agents.record: true",
    });
  const byMark = new Map<string, Exchange[]>();
  let left = 0;
  for (const [index, line] of text.split("\n").entries()) {
    if (line === "") continue;
    let value: unknown;
    try { value = JSON.parse(line); } catch { value = undefined; } // told below
    const parsed = Exchange.safeParse(value);
    if (!parsed.success)
      throw new InspanError("REPLAY_DAMAGED", `Cannot replay "${path}": line ${index + 1} is no recorded exchange.`, {
        kind: "usage",
        remedy: "record the session anew",
      });
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
