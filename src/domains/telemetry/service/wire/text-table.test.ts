// Numbers of texts: one for each text however it came, found again by its bytes, forgotten by truncate().
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { KeyValueCache } from "./key-value-cache.ts";
import { TextTable } from "./text-table.ts";

function takeAll(table: TextTable, bytes: Uint8Array): number {
  return table.takeBytes(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0, bytes.length);
}

describe("TextTable", () => {
  it("gives one number to a text, as text or as bytes, of every length", () => {
    const table = new TextTable();
    const texts = Array.from({ length: 3000 }, (_, at) => "é".repeat(at % 3) + "x".repeat(at % 40) + String(at));
    const ids = texts.map((text) => table.take(text));
    assert.deepEqual(ids, texts.map((_, at) => at));
    assert.deepEqual(texts.map((text) => takeAll(table, Buffer.from(text))), ids);
    assert.deepEqual(texts.map((text) => table.find(text)), ids);
    assert.deepEqual(ids.map((id) => table.get(id)), texts);
    assert.equal(table.find("absent"), undefined);
  });
  it("truncate() forgets what came later and nothing before", () => {
    const table = new TextTable();
    for (let at = 0; at < 2000; at++) table.take(`t${at}`);
    table.truncate(1000);
    assert.deepEqual([table.count, table.find("t999"), table.find("t1000"), table.get(1000)], [1000, 999, undefined, ""]);
    assert.equal(table.take("new"), 1000);
    assert.equal(table.get(1000), "new");
  });
  it("broken UTF-8 is the text that it decodes to", () => {
    const table = new TextTable();
    const broken = takeAll(table, Uint8Array.from([0x61, 0xff, 0x62]));
    assert.deepEqual([table.get(broken), table.find("a\ufffdb"), takeAll(table, Uint8Array.from([0x61, 0xff, 0x62]))], ["a\ufffdb", broken, broken]);
    assert.notEqual(takeAll(table, Buffer.from("aéb")), broken);
  });
});

describe("KeyValueCache", () => {
  it("finds what was put by all of its bytes, and nothing else", () => {
    const cache = new KeyValueCache();
    const known = Array.from({ length: 500 }, (_, at) => Buffer.from(`attribute.${at % 7}=${"v".repeat(at % 30)}${at}`));
    const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (const [at, bytes] of known.entries()) {
      const slot = cache.find(view(bytes), 0, bytes.length);
      assert.ok(slot < 0);
      cache.put(~slot, view(bytes), 0, bytes.length);
      cache.values[~slot] = at;
    }
    let found = 0;
    for (const [at, bytes] of known.entries()) {
      const slot = cache.find(view(bytes), 0, bytes.length);
      if (slot >= 0) { found++; assert.equal(cache.values[slot], at); }
      for (let index = 0; index < bytes.length; index++) {
        const other = Buffer.from(bytes);
        other[index] = 0x7e;
        assert.ok(cache.find(view(other), 0, other.length) < 0, `byte ${index} of ${String(bytes)}`);
      }
    }
    assert.ok(found > 450);
    cache.clear();
    assert.ok(known.every((bytes) => cache.find(view(bytes), 0, bytes.length) < 0));
  });
});
