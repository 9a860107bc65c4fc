// Reads the usage out of an answer's bytes as they pass, a line at a time, and keeps a bounded copy for the record. Changes nothing.
import { parseJson } from "../../../base/json.ts";
import { mayHoldUsage, readWireUsage } from "../service/wire-usage.ts";
import type { TokenCounts, WireName } from "../types.ts";

// A whole answer as one document, or one event that repeats it; longer ones are counted as unknown rather than held in memory.
const documentCharsMax = 32 * 1024 * 1024;
const copyCharsMax = 8 * 1024 * 1024;

export class AnswerMeter {
  readonly #wire: WireName;
  readonly #isStream: boolean;
  readonly #isCopied: boolean;
  readonly #decoder = new TextDecoder();
  #rest: string[] = [];
  #restChars = 0;
  #isTooLong = false;
  #copy: string[] = [];
  #copyChars = 0;
  #counts: TokenCounts | undefined;
  #eventCount = 0;
  #charCount = 0;

  constructor(options: { readonly wire: WireName; readonly contentType: string; readonly isCopied: boolean }) {
    this.#wire = options.wire;
    this.#isStream = options.contentType.includes("text/event-stream");
    this.#isCopied = options.isCopied;
  }

  /** Undefined until the provider has said something about usage. */
  get counts(): TokenCounts | undefined { return this.#counts; }
  /** Events of a stream that have come so far, and characters of it. */
  get seen(): { readonly eventCount: number; readonly answerChars: number } { return { eventCount: this.#eventCount, answerChars: this.#charCount }; }
  get copy(): string { return this.#copy.join(""); }

  take(chunk: Uint8Array): void {
    this.#add(this.#decoder.decode(chunk, { stream: true }));
  }

  end(): void {
    this.#add(this.#decoder.decode());
    if (this.#isStream) this.#takeLine(this.#rest.join(""));
    else if (!this.#isTooLong) this.#counts = readWireUsage(this.#wire, parseJson(this.#rest.join("")), this.#counts);
  }

  #add(text: string): void {
    if (text === "") return;
    this.#charCount += text.length;
    if (this.#isCopied && this.#copyChars < copyCharsMax) { this.#copy.push(text); this.#copyChars += text.length; }
    if (!this.#isStream || !text.includes("\n")) { this.#keep(text); return; }
    const lines = text.split("\n");
    this.#takeLine(`${this.#rest.join("")}${lines[0] ?? ""}`);
    for (const line of lines.slice(1, -1)) this.#takeLine(line);
    this.#rest = [];
    this.#restChars = 0;
    this.#isTooLong = false;
    this.#keep(lines.at(-1) ?? "");
  }

  #keep(text: string): void {
    this.#restChars += text.length;
    if (this.#restChars > documentCharsMax) { this.#isTooLong = true; this.#rest = []; }
    if (!this.#isTooLong) this.#rest.push(text);
  }

  #takeLine(line: string): void {
    if (line.startsWith("data:")) this.#eventCount += 1;
    if (!this.#isTooLong && mayHoldUsage(line)) this.#counts = readWireUsage(this.#wire, parseJson(line.slice(5)), this.#counts);
  }
}
