// Every case of the languages' case files, through the engine's HTTP APIs.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { startEngine, type Engine } from "../../src/domains/telemetry/runtime/index.ts";
import { nodeClock } from "../../src/providers/node/clock.ts";
import { readCases, runCases } from "./cases.ts";
import { logqlLanguage } from "./logql-language.ts";
import { traceqlLanguage } from "./traceql-language.ts";

let engine: Engine;
before(async () => { engine = await startEngine({ clock: nodeClock, version: "test", port: 0, dataPath: undefined }); });
after(async () => { await engine.close(); });

for (const [name, language, casesMin] of [["logql", logqlLanguage, 300], ["traceql", traceqlLanguage, 150]] as const) {
  test(`every ${name} case that was written from the public documentation holds`, async () => {
    const verdicts = await runCases(readCases(fileURLToPath(new URL(`./${name}`, import.meta.url))), language(engine.url));
    const failed = verdicts
      .filter((verdict) => verdict.status === "failed")
      .map((verdict) => `${verdict.file}:${verdict.line} ${verdict.query}\n  expected ${verdict.expected}\n  found    ${verdict.found}`);
    assert.deepEqual(failed, []);
    assert.ok(verdicts.length >= casesMin, `${verdicts.length} cases, expected at least ${casesMin}`);
  });
}
