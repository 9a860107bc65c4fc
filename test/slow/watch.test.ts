// After the merge: an error of a running instance is tied to the merge that brought it, kept once, and its revert is opened once.
import assert from "node:assert/strict";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { WatchAnswer } from "../../src/domains/learning/runtime/index.ts";
import { makeDreamWorld } from "../support/dream-world.ts";
import { startTestEngine } from "../telemetry/engine.ts";

const text = (key: string, value: string) => ({ key, value: { stringValue: value } });
let made = 0;

/** One span of a service at a version, with or without an error. */
function span(version: string, error?: string): string {
  const id = (++made).toString(16), now = BigInt(Date.now()) * 1_000_000n;
  const failed =
    error === undefined
      ? {}
      : {
          status: { code: 2, message: error },
          events: [{ name: "exception", timeUnixNano: String(now), attributes: [text("exception.type", "TypeError"), text("exception.message", error)] }],
        };
  return JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: [text("service.name", "cart"), text("service.version", version)] },
        scopeSpans: [
          {
            spans: [
              {
                traceId: id.padStart(32, "0"),
                spanId: id.padStart(16, "0"),
                name: "POST /cart",
                kind: 2,
                startTimeUnixNano: String(now - 1_000_000n),
                endTimeUnixNano: String(now),
                ...failed,
              },
            ],
          },
        ],
      },
    ],
  });
}

test("an error span is tied to its merge, kept once, and reverted once", async () => {
  const engine = await startTestEngine();
  const world = await makeDreamWorld({ files: { "src/cart.mjs": "export const total = (cart) => cart.items.length;\n" }, words: () => undefined });
  try {
    const before = world.change("names", { "src/names.mjs": "export const names = 1;\n" });
    const bad = world.change("prices in the cart", { "src/cart.mjs": "export const total = (cart) => cart.price.cents;\n" });
    const after = world.change("docs", { "docs/more.md": "# More\n" });
    for (const body of [span(before), span(before), span(bad, "price is undefined"), span(after, "price is undefined"), span("unknown-version-1", "price is undefined")]) {
      assert.equal((await engine.call("/v1/traces", { method: "POST", headers: { "content-type": "application/json" }, body })).status, 200);
    }
    const log = {
      resourceLogs: [
        {
          resource: { attributes: [text("service.name", "mail")] },
          scopeLogs: [
            {
              logRecords: [
                {
                  timeUnixNano: String(BigInt(Date.now()) * 1_000_000n),
                  severityText: "ERROR",
                  severityNumber: 17,
                  body: { stringValue: "mail 4711 cannot be sent" },
                },
              ],
            },
          ],
        },
      ],
    };
    assert.equal((await engine.call("/v1/logs", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(log) })).status, 200);
    const watch = async (...args: readonly string[]): Promise<WatchAnswer> => {
      const run = await world.inspan(["feedback", "watch", "--json", "--url", engine.url, ...args]);
      assert.equal(run.exitCode, 0, run.stderr);
      return JSON.parse(run.stdout) as WatchAnswer; // our own output
    };
    const told = await watch();
    const cart = told.regressions.find(({ service }) => service === "cart"), mail = told.regressions.find(({ service }) => service === "mail");
    assert.deepEqual(
      [cart?.what, cart?.count, cart?.by, cart?.isCertain, cart?.suspects.map(({ commit }) => commit), cart?.action, told.warnings],
      ["TypeError in POST /cart", 3, "version", true, [bad], "told", []],
      JSON.stringify(told),
    );
    assert.deepEqual([mail?.kind, mail?.by], ["log", "time"], JSON.stringify(told));
    assert.deepEqual([told.added, (await watch()).added], [2, 0]);
    const acted = await watch("--act", "revert");
    assert.match(acted.regressions.find(({ service }) => service === "cart")?.action ?? "", /^revert of [0-9a-f]{10} opened: pull request/);
    const branch = world.atOrigin("branch", "--list", "inspan/learn/revert-*", "--format=%(refname:short)").trim();
    assert.equal(world.atOrigin("show", `${branch}:src/cart.mjs`).trim(), "export const total = (cart) => cart.items.length;");
    const acting = async (): Promise<string> => (await watch("--act", "revert")).regressions.find(({ service }) => service === "cart")?.action ?? "";
    assert.match(await acting(), /^known: revert of/);
    // As where a look was killed after it had opened the revert and before it noted so.
    for (const file of readdirSync(world.statePath, { recursive: true, encoding: "utf8" }).filter((name) => /learning\.db(?:-\w+)?$/.test(name)))
      rmSync(join(world.statePath, file));
    assert.equal(await acting(), acted.regressions.find(({ service }) => service === "cart")?.action);
    assert.equal(world.atOrigin("branch", "--list", "inspan/learn/revert-*", "--format=%(refname:short)").trim(), branch);
  } finally {
    await world.close();
    await engine.stop();
  }
});
