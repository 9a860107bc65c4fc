// The window of time that a command asks about.
import { InspanError } from "../../../base/errors.ts";
import { parseDurationNs } from "../service/units.ts";
import { parseQueryTime } from "../service/query-time.ts";

export interface WindowInput { readonly since: string; readonly start?: string | undefined; readonly end?: string | undefined }
export interface TimeWindow { readonly startNs: bigint; readonly endNs: bigint }

/** Throws TIME_INVALID where a text is neither a time nor a duration. */
export function readWindow(input: WindowInput, nowMs: number): TimeWindow {
  const nowNs = BigInt(Math.floor(nowMs)) * 1_000_000n;
  const read = (text: string, flag: string): bigint => {
    const time = parseQueryTime(text, nowNs);
    if (time === undefined)
      throw new InspanError("TIME_INVALID", `Cannot read the time "${text}" of --${flag}: expected seconds, RFC 3339 or now-1h.`, {
        kind: "usage",
        remedy: `pass --${flag} now-1h`,
      });
    return time;
  };
  // A little ahead of now: clocks of containers and browsers differ.
  const endNs = input.end === undefined ? nowNs + 60_000_000_000n : read(input.end, "end");
  const since = parseDurationNs(input.since);
  if (since === undefined)
    throw new InspanError("TIME_INVALID", `Cannot read the duration "${input.since}" of --since: expected for example 15m, 1h or 2d.`, {
      kind: "usage",
      remedy: "pass --since 1h",
    });
  return { startNs: input.start === undefined ? nowNs - BigInt(since) : read(input.start, "start"), endNs };
}
