// Owns what a child prints: a bounded tail per stream, and the lines of standard output with backpressure. Knows no process.
import { StringDecoder } from "node:string_decoder";

/** A line above this is cut: one runaway line (a minified bundle, a core dump) must not fill our memory. */
export const lineBytesMax = 16 * 1024 * 1024;

/** Unread lines above this pause the child's stream; without it a fast child and a slow reader fill our memory. */
const unreadCharsMax = 4 * 1024 * 1024;

/** What may come after the child's exit although the reader is slow: the largest pipe that Linux gives without privileges. */
const afterExitCharsMax = 1024 * 1024;

/** The last bytes of a stream. Whole chunks are dropped from the front, the oldest kept one is cut when read. */
export class OutputTail {
  readonly #bytesMax: number;
  #chunks: Buffer[] = [];
  #head = 0;
  #keptBytes = 0;
  #totalBytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  add(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#keptBytes += chunk.length;
    this.#totalBytes += chunk.length;
    for (;;) {
      const oldest = this.#chunks[this.#head];
      if (oldest === undefined || this.#keptBytes - oldest.length < this.#bytesMax) break;
      this.#keptBytes -= oldest.length;
      this.#head += 1;
    }
    // Shifting an array for every chunk is quadratic; once in a while is not.
    if (this.#head > 1024) {
      this.#chunks = this.#chunks.slice(this.#head);
      this.#head = 0;
    }
  }

  get omittedBytes(): number {
    return Math.max(0, this.#totalBytes - this.#bytesMax);
  }

  text(): string {
    const bytes = Buffer.concat(this.#chunks.slice(this.#head));
    if (bytes.length <= this.#bytesMax) return bytes.toString("utf8");
    let start = bytes.length - this.#bytesMax;
    // A cut inside a character would show as U+FFFD: skip its continuation bytes.
    while (start < bytes.length && ((bytes[start] ?? 0) & 0xc0) === 0x80) start += 1;
    return bytes.subarray(start).toString("utf8");
  }
}

/** The two calls by which a line queue holds a stream back. */
export interface Flow {
  pause(): void;
  resume(): void;
}

/**
 * Complete lines, in order, for one reader. While nobody reads yet the newest lines within the bound are kept and the child is never
 * held back; from the first `next()` on, unread lines above the bound pause the stream, so none is lost.
 */
export class LineQueue implements AsyncIterable<string> {
  readonly #flow: Flow;
  readonly #decoder = new StringDecoder("utf8");
  #partial: string[] = [];
  #partialChars = 0;
  #lines: string[] = [];
  #head = 0;
  #unreadChars = 0;
  #mode: "unread" | "reading" | "discarding" = "unread";
  #isPaused = false;
  #hasExited = false;
  #isEnded = false;
  #wake: (() => void) | undefined;

  constructor(flow: Flow) {
    this.#flow = flow;
  }

  /** True while the stream is held back for a slow reader: silence is then ours, not the child's. */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  add(chunk: Buffer): void {
    if (this.#mode === "discarding") return;
    const pieces = this.#decoder.write(chunk).split("\n");
    pieces.forEach((piece, index) => {
      if (index > 0) this.#finishLine();
      if (piece !== "" && this.#partialChars < lineBytesMax) {
        const kept = piece.slice(0, lineBytesMax - this.#partialChars);
        this.#partial.push(kept);
        this.#partialChars += kept.length;
      }
    });
    this.#balance();
    this.#wakeReader();
  }

  /** The child is gone: what its pipe still holds is taken in, so that its end can be reported in time. */
  noteExit(): void {
    this.#hasExited = true;
    this.#balance();
  }

  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    if (this.#partialChars > 0) this.#finishLine();
    this.#wakeReader();
  }

  [Symbol.asyncIterator](): AsyncIterator<string> {
    return {
      next: () => this.#next(),
      return: () => {
        this.discard();
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }

  /** Nobody reads any more: forget what is unread and let the child go on. */
  discard(): void {
    this.#mode = "discarding";
    this.#lines = [];
    this.#head = 0;
    this.#unreadChars = 0;
    this.#partial = [];
    this.#partialChars = 0;
    this.#balance();
    this.#wakeReader();
  }

  async #next(): Promise<IteratorResult<string>> {
    if (this.#mode === "unread") this.#mode = "reading";
    for (;;) {
      const line = this.#take();
      if (line !== undefined) {
        this.#balance();
        return { done: false, value: line };
      }
      if (this.#isEnded || this.#mode === "discarding") return { done: true, value: undefined };
      await new Promise<void>((resolve) => { this.#wake = resolve; });
    }
  }

  #take(): string | undefined {
    const line = this.#lines[this.#head];
    if (line === undefined) return undefined;
    this.#head += 1;
    this.#unreadChars -= line.length + 1;
    if (this.#head === this.#lines.length || this.#head > 4096) {
      this.#lines = this.#lines.slice(this.#head);
      this.#head = 0;
    }
    return line;
  }

  #finishLine(): void {
    const line = this.#partial.join("");
    this.#partial = [];
    this.#partialChars = 0;
    this.#lines.push(line.endsWith("\r") ? line.slice(0, -1) : line);
    this.#unreadChars += line.length + 1;
  }

  #balance(): void {
    if (this.#mode === "unread") {
      while (this.#unreadChars > unreadCharsMax && this.#lines.length - this.#head > 1) this.#take();
      return;
    }
    const charsMax = this.#hasExited ? unreadCharsMax + afterExitCharsMax : unreadCharsMax;
    const shouldPause = this.#mode === "reading" && this.#unreadChars > charsMax;
    if (shouldPause === this.#isPaused) return;
    this.#isPaused = shouldPause;
    if (shouldPause) this.#flow.pause();
    else this.#flow.resume();
  }

  #wakeReader(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
