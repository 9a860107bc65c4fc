// Prometheus' own cases against our evaluator: read by path where somebody has put them beside the repository, never copied.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { loadPromqlTest } from "../src/domains/telemetry/index.ts";

const folder = fileURLToPath(new URL("../../shared/conformance/promql", import.meta.url));
const skip = existsSync(folder) ? false : "no ../shared/conformance/promql beside the repository";

test("the evaluator agrees with at least 98 % of Prometheus' stable cases", { skip }, async () => {
  const { runScript } = await loadPromqlTest();
  const verdicts = readdirSync(folder).filter((name) => name.endsWith(".test")).flatMap((name) => runScript(readFileSync(join(folder, name), "utf8"), () => performance.now()));
  const judged = verdicts.filter(({ status }) => status !== "skipped");
  const failed = judged.filter(({ status }) => status === "failed");
  assert.ok(judged.length > 100, `only ${judged.length} evaluations were judged`);
  assert.ok(failed.length <= judged.length * 0.02, failed.map(({ line, query, reason }) => `${line}: ${query}: ${reason}`).join("\n"));
});
