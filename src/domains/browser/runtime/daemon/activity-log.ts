// What a worktree's pages said and asked for: two rings with a growing number, and what has been told already.
import type { ConsoleLine, NetworkLine } from "../../types/activity.ts";

/** Lines that are kept; a page that logs in a loop pushes the older ones out. */
const linesMax = 500;
const requestsMax = 1_000;
/** Of one line; more is data, not a message. */
const textCharsMax = 4_000;
/** Of an address: data: and blob: addresses can be megabytes. */
const urlCharsMax = 2_000;

export class ActivityLog {
  #console: ConsoleLine[] = [];
  #network: NetworkLine[] = [];
  #seq = 0;
  #requestSeq = 0;
  /** Lines up to these have been in a reply. */
  #toldConsole = 0;
  #toldNetwork = 0;

  say(line: Omit<ConsoleLine, "seq">): void {
    this.#console.push({ ...line, seq: ++this.#seq, text: line.text.slice(0, textCharsMax) });
    if (this.#console.length > linesMax) this.#console.splice(0, this.#console.length - linesMax);
  }

  begin(line: Omit<NetworkLine, "seq" | "status" | "durationMs" | "sizeBytes" | "failure">): number {
    const seq = ++this.#requestSeq;
    this.#network.push({ ...line, url: line.url.slice(0, urlCharsMax), seq, status: undefined, durationMs: undefined, sizeBytes: undefined, failure: undefined });
    if (this.#network.length > requestsMax) this.#network.splice(0, this.#network.length - requestsMax);
    return seq;
  }

  change(seq: number, change: Partial<Pick<NetworkLine, "status" | "durationMs" | "sizeBytes" | "failure">>): void {
    const index = this.#network.findLastIndex((line) => line.seq === seq);
    const line = this.#network[index];
    if (line !== undefined) this.#network[index] = { ...line, ...change };
  }

  /** Everything that is kept. */
  get console(): readonly ConsoleLine[] { return this.#console; }
  get network(): readonly NetworkLine[] { return this.#network; }
  /** Of the last line of each; what comes later has a larger one. */
  get marks(): { readonly console: number; readonly network: number } { return { console: this.#seq, network: this.#requestSeq }; }

  /** What no reply has told yet; it counts as told from now on. */
  takeConsole(): readonly ConsoleLine[] {
    const fresh = this.#console.filter(({ seq }) => seq > this.#toldConsole);
    this.#toldConsole = this.#seq;
    return fresh;
  }

  takeNetwork(): readonly NetworkLine[] {
    const fresh = this.#network.filter(({ seq }) => seq > this.#toldNetwork);
    this.#toldNetwork = this.#requestSeq;
    return fresh;
  }

  clearConsole(): void { this.#console = []; this.#toldConsole = this.#seq; }
  clearNetwork(): void { this.#network = []; this.#toldNetwork = this.#requestSeq; }
}
