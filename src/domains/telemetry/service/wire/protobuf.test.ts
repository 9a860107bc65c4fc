// The wire reader against bytes written by hand.
import assert from "node:assert/strict";
import { test } from "node:test";
import { HttpError } from "../../types/http-error.ts";
import { ProtobufReader } from "./protobuf.ts";
import { decodeUtf8, StringTable } from "./strings.ts";

const reader = (...bytes: number[]): ProtobufReader => new ProtobufReader(Uint8Array.from(bytes));

test("ProtobufReader reads varints of any length, signed and unsigned", () => {
  assert.equal(reader(0).uint(), 0);
  assert.equal(reader(0x96, 0x01).uint(), 150);
  assert.equal(reader(0xff, 0xff, 0xff, 0xff, 0x0f).uint(), 0xffffffff);
  assert.equal(reader(0x80, 0x80, 0x80, 0x80, 0x10).uint(), 2 ** 32);
  assert.equal(reader(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01).int(), -1);
  assert.equal(reader(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f).int(), 2 ** 53 - 1);
  for (const value of [2 ** 35, 2 ** 42 - 1, 1_763_722_800_123, 2 ** 41 + 5]) {
    const bytes: number[] = [];
    for (let rest = value; ; rest = Math.floor(rest / 128)) { bytes.push(rest >= 128 ? rest % 128 + 128 : rest); if (rest < 128) break; }
    for (const after of [[], [1, 2, 3, 4]]) { const one = reader(...bytes, ...after); assert.equal(one.int(), value); assert.equal(one.at, bytes.length); }
  }
  assert.equal(reader(3).sint(), -2);
  assert.equal(reader(4).sint(), 2);
});

test("ProtobufReader.nanosAsMs() is exact where doubles are not", () => {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, 1_763_722_800_123_999_999n, true);
  assert.equal(new ProtobufReader(bytes).nanosAsMs(), 1_763_722_800_123);
});

test("ProtobufReader refuses what ends too early, lies about a length, or nests without end", () => {
  assert.throws(() => reader(0x80).uint(), HttpError);
  assert.throws(() => { const one = reader(0x0a, 0x05, 1); one.next(); one.enter(); }, /ends within a field/);
  assert.throws(() => reader(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01).uint(), /more than ten bytes/);
  assert.throws(() => { const one = reader(0x0b); one.next(); one.skip(); }, /wire type 3/);
  let bytes: number[] = [];
  for (let depth = 0; depth < 40; depth++) bytes = [0x0a, bytes.length, ...bytes];
  assert.throws(() => { const one = reader(...bytes); while (one.next()) one.enter(); }, /nest deeper/);
});

test("decodeUtf8() decodes every plane and replaces broken sequences", () => {
  for (const text of ["", "plain", "größer €", "🧶 yarn", "x".repeat(9000), `${"x".repeat(4095)}€`]) {
    const bytes = new TextEncoder().encode(text);
    assert.equal(decodeUtf8(bytes, 0, bytes.length), text);
  }
  assert.equal(decodeUtf8(Uint8Array.of(0x61, 0xff, 0x62), 0, 3), "a\ufffdb");
  assert.equal(decodeUtf8(Uint8Array.of(0xed, 0xa0, 0x80), 0, 3).includes("\ud800"), false);
});

test("StringTable gives the same text for the same bytes, and another for others", () => {
  const table = new StringTable();
  const bytes = new TextEncoder().encode("code=200code=500");
  assert.equal(table.read(bytes, 0, 8), "code=200");
  assert.equal(table.read(bytes, 8, 16), "code=500");
  assert.equal(table.read(bytes, 0, 8), "code=200");
});
