// Evidence of an application that is up: a terminal beside its ports, what it answered, and what it logged. Journeys that lie there unread are named.
import assert from "node:assert/strict";
import { test } from "node:test";
import { makeInstanceWorld, program } from "../support/instance-world.ts";

test("with the instance up a terminal's recording ends with its command, and logs of the last hour are kept", async (t) => {
  const world = makeInstanceWorld(t, `services:\n  web: { run: "${program("web.mjs")}", ports: [PORT], ready: { http: / } }\n`);
  const { answer } = await world.up([]);
  assert.equal(answer.exitCode, 0, answer.stderr);
  // Without an end of its own this ran until its time limit of ten minutes: script(1) waited for the bridge to the instance's port.
  const terminal = await world.inspan(["evidence", "terminal", "--proves", "it ends with 3", "--json", "--", "sh", "-c", "echo hi; exit 3"]);
  assert.equal(terminal.exitCode, 0, terminal.stderr);
  assert.match(terminal.stdout, /"exitCode":3/);
  const nothing = await world.inspan(["evidence", "signals", "--logs", '{service_name="nobody"}', "--proves", "nothing was logged"]);
  assert.deepEqual([nothing.exitCode, /no line of the last hour matches/.test(nothing.stderr)], [2, true], nothing.stderr);
  assert.equal((await world.inspan(["evidence", "http", "/", "--proves", "it answers"])).exitCode, 0);

  world.write({
    "docs/journeys/way.md": "\uFEFF---\r\nid: way\r\nname: Way\r\nentry: /\r\n---\r\n1. Look.\r\n   ```play\r\n   see \"x\"\r\n   ```\r\n",
    "docs/journeys/torn.md": "---\nid: torn\nname: T\nentry: /\nbudgets: { lcp: soon }\n---\n1. Look.\n",
  });
  const list = await world.inspan(["journey", "list", "--json"]);
  const { journeys, unread } = JSON.parse(list.stdout) as { journeys: { id: string }[]; unread: { file: string; reason: string }[] }; // our own form
  assert.deepEqual([journeys.map(({ id }) => id), unread.map(({ file }) => file)], [["way"], ["docs/journeys/torn.md"]]);
  assert.match(unread[0]?.reason ?? "", /budgets\.lcp: expected a duration/);
  assert.equal((await world.down([])).exitCode, 0);
});
