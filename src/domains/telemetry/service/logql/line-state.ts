// The line that is being looked at: its bytes in the chunk until a stage asks for text or replaces it.
import type { ByteTools } from "../byte-tools.ts";
import { LabelState } from "./label-state.ts";

export class LineState {
  readonly labels = new LabelState();
  readonly tools: ByteTools;
  bytes: Uint8Array = new Uint8Array(0);
  start = 0;
  end = 0;
  private decoded: string | undefined;
  tsMs = 0;
  tsNs = 0;
  nowNs = 0n;

  constructor(tools: ByteTools) { this.tools = tools; }

  reset(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    this.decoded = undefined;
  }

  get text(): string {
    return this.decoded ??= this.tools.decode(this.bytes, this.start, this.end);
  }

  set text(value: string) {
    this.decoded = value;
    this.bytes = this.tools.encode(value);
    this.start = 0;
    this.end = this.bytes.length;
  }

  get timestampNs(): bigint { return BigInt(this.tsMs) * 1_000_000n + BigInt(this.tsNs); }
}
