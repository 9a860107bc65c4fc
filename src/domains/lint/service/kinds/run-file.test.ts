// The kinds that answer right after an edit are all in their table, and no others.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileKinds } from "./run-file.ts";
import { kinds } from "./table.ts";

test("every kind with checkFile() is among fileKinds, the others are not", () => {
  const withFile = Object.entries(kinds).filter(([, kind]) => kind.checkFile !== undefined).map(([name]) => name);
  assert.deepEqual(withFile.sort(), Object.keys(fileKinds).sort());
});
