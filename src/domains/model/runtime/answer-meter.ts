// Reads the usage out of an answer's bytes as they pass, an event at a time, and keeps a bounded copy for the record. Changes nothing.
import { parseJson } from "../../../base/json.ts";
import { mayHoldUsage, readWireUsage } from "../service/wire-usage.ts";
import type { WireReading } from "../service/wire-usage.ts";
import type { TokenCounts, WireName } from "../types.ts";

// A whole answer as one document, or one event that repeats it; longer ones are counted as unknown rather than held in memory.
const documentCharsMax = 32 * 1024 * 1024;
const copyCharsMax = 8 * 1024 * 1024;
// Servers that stream under another type, or none, begin like this.
const streamStart = /^(?:data|event|id|retry|):/;

export class AnswerMeter {
  readonly #wire: WireName;
  readonly #isCopied: boolean;
  readonly #decoder = new TextDecoder();
  #isStream: boolean;
  #rest: string[] = [];
  #restChars = 0;
  #isTooLong = false;
  /** Ends a piece with the half of a line's end: the other half may follow. */
  #heldEnd = "";
  /** Lines of data of the event that is on its way. */
  #data: string[] = [];
  #dataChars = 0;
  #copy: string[] = [];
  #copyChars = 0;
  #reading: WireReading | undefined;
  #eventCount = 0;
  #charCount = 0;

  constructor(options: { readonly wire: WireName; readonly contentType: string; readonly isCopied: boolean }) {
    this.#wire = options.wire;
    this.#isStream = options.contentType.toLowerCase().includes("text/event-stream");
    this.#isCopied = options.isCopied;
  }

  /** Undefined until the provider has said something about usage. */
  get counts(): TokenCounts | undefined { return this.#reading?.counts; }
  /** Whether the provider has told what the whole answer cost. */
  get isWhole(): boolean { return this.#reading?.isWhole === true; }
  /** Events of a stream that have come so far, and characters of it. */
  get seen(): { readonly eventCount: number; readonly answerChars: number } { return { eventCount: this.#eventCount, answerChars: this.#charCount }; }
  get copy(): string { return this.#copy.join(""); }

  take(chunk: Uint8Array): void {
    this.#add(this.#decoder.decode(chunk, { stream: true }));
  }

  end(): void {
    this.#add(this.#decoder.decode());
    if (!this.#isStream) this.#readDocument();
    if (!this.#isStream) return;
    this.#takeLine(this.#rest.join(""));
    this.#takeEvent();
  }

  #readDocument(): void {
    if (this.#isTooLong) return;
    const text = this.#rest.join("");
    const document = parseJson(text);
    if (document !== undefined) { this.#reading = readWireUsage(this.#wire, document, this.#reading); return; }
    if (!streamStart.test(text)) return;
    this.#isStream = true;
    this.#rest = [];
    this.#split(text);
  }

  #add(text: string): void {
    if (text === "") return;
    this.#charCount += text.length;
    if (this.#isCopied && this.#copyChars < copyCharsMax) { this.#copy.push(text); this.#copyChars += text.length; }
    if (this.#isStream) this.#split(text);
    else this.#keep(text);
  }

  /** Lines end with LF, CRLF or CR. */
  #split(text: string): void {
    const all = this.#heldEnd + text;
    this.#heldEnd = all.endsWith("\r") ? "\r" : "";
    const lines = this.#heldEnd === "" && !all.includes("\r") ? all.split("\n") : all.slice(0, all.length - this.#heldEnd.length).split(/\r\n|\r|\n/);
    if (lines.length === 1) { this.#keep(lines[0] ?? ""); return; }
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
    if (line === "" && !this.#isTooLong) { this.#takeEvent(); return; }
    if (!line.startsWith("data:") || this.#isTooLong) return;
    this.#dataChars += line.length;
    if (this.#dataChars <= documentCharsMax) this.#data.push(line.slice(5));
    if (this.#data.length === 1) this.#eventCount += 1;
  }

  #takeEvent(): void {
    const data = this.#data.join("\n");
    this.#data = [];
    this.#dataChars = 0;
    if (mayHoldUsage(data)) this.#reading = readWireUsage(this.#wire, parseJson(data), this.#reading);
  }
}
