import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { nodeDatabases } from "./database.ts";

const folder = mkdtempSync(join(tmpdir(), "inspan-database-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const first = "create table note (id integer primary key, text text not null) strict";
const second = "alter table note add column at text";

test("open() migrates forward, keeps a copy, and refuses a newer schema", () => {
  const path = join(folder, "a.db");
  const before = nodeDatabases.open(path, [first]);
  before.run("insert into note (text) values (?)", "kept");
  before.close();
  const later = nodeDatabases.open(path, [first, second]);
  assert.deepEqual({ ...later.get("select text, at from note") }, { text: "kept", at: null });
  later.close();
  assert.equal(existsSync(`${path}.v1.bak`), true);
  assert.throws(() => nodeDatabases.open(path, [first]), { code: "DATABASE_NEWER" });
});

test("a migration that fails leaves the earlier version whole", () => {
  const path = join(folder, "b.db");
  nodeDatabases.open(path, [first]).close();
  assert.throws(() => nodeDatabases.open(path, [first, `${second}; nonsense`]));
  const again = nodeDatabases.open(path, [first]);
  assert.deepEqual(again.all("select * from note"), []);
  again.close();
});

test("transaction() rolls back when its work throws", () => {
  const database = nodeDatabases.open(join(folder, "c.db"), [first]);
  assert.throws(() => database.transaction(() => { database.run("insert into note (text) values ('x')"); throw new Error("stop"); }), /stop/);
  assert.deepEqual(database.all("select * from note"), []);
  database.close();
});
