// `inspan services import` and `inspan init` with files of other tools, as a user calls them.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { makePlace } from "../support/command-line.ts";

test("services import proposes, writes on demand, and refuses to write twice", async (t) => {
  const place = makePlace(t);
  place.write({ "package.json": '{"scripts":{"dev":"vite"}}', "inspan.yaml": "version: 1 # mine\n" });
  const proposed = await place.inspan(["services", "import"]);
  assert.deepEqual([proposed.exitCode, readFileSync(join(place.path, "inspan.yaml"), "utf8")], [0, "version: 1 # mine\n"]);
  assert.match(proposed.stdout, /Next: inspan services import --write/);
  assert.equal((await place.inspan(["services", "import", "--write"])).exitCode, 0);
  const text = readFileSync(join(place.path, "inspan.yaml"), "utf8");
  assert.ok(text.startsWith("version: 1 # mine\n"));
  assert.deepEqual(Object.keys((parse(text) as { services: object }).services), ["web"]);
  const again = await place.inspan(["services", "import", "--write"]);
  assert.deepEqual([again.exitCode, /declares some already/.test(again.stderr)], [2, true]);
});

test("init adds the services that files declare to the inspan.yaml that it writes", async (t) => {
  const place = makePlace(t);
  place.write({ Procfile: "web: node server.js\n" });
  assert.equal((await place.inspan(["init"])).exitCode, 0);
  const written = parse(readFileSync(join(place.path, "inspan.yaml"), "utf8")) as { services: Record<string, { run: string }> };
  assert.equal(written.services["web"]?.run, "node server.js");
});
