// Takes the event out of a Chat Completions stream that tells nothing but usage, for a client that did not ask for it: many read `choices[0]` of each event.
import { asList, asRecord, parseJson } from "../../../base/json.ts";

// An event that is longer is none that tells usage alone: it passes as it is.
const lineBytesMax = 64 * 1024;
const newline = 0x0a;

/** Whether a line of a stream holds usage and no choice. */
function isUsageOnly(line: string): boolean {
  if (!line.startsWith("data:") || !line.includes('"usage"')) return false;
  const event = asRecord(parseJson(line.slice(5)));
  return event !== undefined && Array.isArray(event["choices"]) && asList(event["choices"]).length === 0 && asRecord(event["usage"]) !== undefined;
}

export class UsageChunkFilter {
  /** The beginning of a line whose end has not come. */
  #rest: Buffer = Buffer.alloc(0);
  #isPassing = false;

  /** What of these bytes and those that were held back goes on now. */
  take(chunk: Uint8Array): Buffer {
    const all = this.#rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#rest, chunk]);
    const out: Buffer[] = [];
    let from = 0;
    for (let end = all.indexOf(newline); end >= 0; end = all.indexOf(newline, from)) {
      const line = all.subarray(from, end + 1);
      if (this.#isPassing || !isUsageOnly(line.toString("utf8"))) out.push(line);
      this.#isPassing = false;
      from = end + 1;
    }
    this.#rest = all.subarray(from);
    if (this.#rest.length > lineBytesMax) { this.#isPassing = true; out.push(this.#rest); this.#rest = Buffer.alloc(0); }
    return Buffer.concat(out);
  }

  end(): Buffer {
    const rest = this.#rest;
    this.#rest = Buffer.alloc(0);
    return isUsageOnly(rest.toString("utf8")) ? Buffer.alloc(0) : rest;
  }
}
