// Writes the protobuf wire format: fields in the order of the calls, messages by a nested call. Grows as needed.

export class ProtobufWriter {
  private bytes = new Uint8Array(1024);
  private at = 0;

  finish(): Uint8Array { return this.bytes.slice(0, this.at); }

  private room(count: number): void {
    if (this.at + count <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(this.bytes.length * 2, this.at + count));
    larger.set(this.bytes.subarray(0, this.at));
    this.bytes = larger;
  }

  private push(value: number): void {
    this.room(10);
    if (value >= 0 && value < 2_147_483_648 && Number.isInteger(value)) {
      let small = value;
      while (small >= 128) { this.bytes[this.at++] = (small & 127) | 128; small >>>= 7; }
      this.bytes[this.at++] = small;
      return;
    }
    let rest = BigInt.asUintN(64, BigInt(Math.trunc(value)));
    while (rest >= 128n) { this.bytes[this.at++] = Number(rest & 127n) | 128; rest >>= 7n; }
    this.bytes[this.at++] = Number(rest);
  }

  varint(field: number, value: number): void { this.push(field * 8); this.push(value); }

  /** Empty texts are left out unless they are the value of a union. */
  text(field: number, value: string, keepsEmpty = false): void {
    if (value === "" && !keepsEmpty) return;
    this.raw(field, new TextEncoder().encode(value));
  }

  hex(field: number, value: string): void {
    if (value === "") return;
    this.raw(field, Uint8Array.from({ length: value.length >> 1 }, (_one, index) => parseInt(value.slice(index * 2, index * 2 + 2), 16)));
  }

  raw(field: number, value: Uint8Array): void {
    this.push(field * 8 + 2);
    this.push(value.length);
    this.room(value.length);
    this.bytes.set(value, this.at);
    this.at += value.length;
  }

  double(field: number, value: number): void {
    this.push(field * 8 + 1);
    this.room(8);
    new DataView(this.bytes.buffer).setFloat64(this.at, value, true);
    this.at += 8;
  }

  fixed64(field: number, value: bigint): void {
    this.push(field * 8 + 1);
    this.room(8);
    new DataView(this.bytes.buffer).setBigUint64(this.at, value, true);
    this.at += 8;
  }

  /** A message of what `write` writes; its length is put before it afterwards. */
  message(field: number, write: () => void): void {
    this.push(field * 8 + 2);
    const start = this.at;
    write();
    const length = this.at - start;
    let size = 1;
    for (let rest = length; rest >= 128; rest = Math.floor(rest / 128)) size += 1;
    this.room(size);
    this.bytes.copyWithin(start + size, start, this.at);
    let rest = length;
    for (let index = 0; index < size; index += 1) { this.bytes[start + index] = (rest % 128) + (index < size - 1 ? 128 : 0); rest = Math.floor(rest / 128); }
    this.at += size;
  }
}
