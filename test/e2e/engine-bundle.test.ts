// The telemetry engine as the package holds it, in a few files: all three signals in and out, over the launcher and from the disk.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { bundleEngine } from "../../scripts/bundle.ts";
import { checkoutPath } from "../support/command-line.ts";

function makePackage(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "inspan-bundle-"));
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  for (const name of ["bin", "package.json"]) cpSync(join(checkoutPath, name), join(folder, name), { recursive: true });
  symlinkSync(join(checkoutPath, "node_modules"), join(folder, "node_modules"));
  bundleEngine(join(checkoutPath, "src", "app", "engine.ts"), join(folder, "dist", "app"));
  return folder;
}

interface Engine { readonly url: string; stop(): Promise<void> }

async function start(t: TestContext, folder: string): Promise<Engine> {
  const child = spawn(process.execPath, [join(folder, "bin", "inspan.js"), "telemetry", "serve", "--data", join(folder, "data")], {
    cwd: folder,
    env: { ...process.env, INSPAN_HOME: join(folder, "state") },
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => { child.kill("SIGKILL"); });
  let line = "";
  for await (const part of child.stdout) { line += String(part); if (line.includes("\n")) break; }
  const { url } = JSON.parse(line) as { url: string }; // the form of CONTRACTS
  return { url, stop: async () => { const gone = once(child, "exit"); child.kill("SIGTERM"); assert.deepEqual(await gone, [0, null]); } };
}

async function ask(url: string): Promise<string> {
  const response = await fetch(url);
  assert.equal(response.status, 200, `${url}: ${await response.clone().text()}`);
  return response.text();
}
async function send(url: string, document: unknown): Promise<void> {
  const response = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(document) });
  assert.equal(response.status, 200, await response.text());
}

async function answers({ url }: Engine): Promise<void> {
  assert.match(await ask(`${url}/api/v1/query?query=${encodeURIComponent('sum by (job) ({__name__=~"(?i:A_TOTAL)"})')}&time=1700000000`), /"7"/);
  assert.match(
    await ask(`${url}/loki/api/v1/query_range?query=${encodeURIComponent('{service_name="shop"} | json | status >= 500')}&start=1699999990&end=1700000010`),
    /it failed/,
  );
  assert.match(await ask(`${url}/api/search?q=${encodeURIComponent('{ resource.service.name = "shop" && duration > 1s }')}`), /af7651916cd43dd8448eb211c80319c"/);
}

test("the bundled engine takes and answers metrics, logs and traces, and has them again after a restart", { timeout: 120_000 }, async (t) => {
  const folder = makePackage(t);
  const engine = await start(t, folder);
  const resource = { attributes: [{ key: "service.name", value: { stringValue: "shop" } }] };
  await send(`${engine.url}/v1/metrics`, {
    resourceMetrics: [
      {
        resource,
        scopeMetrics: [
          {
            metrics: [{ name: "a", sum: { isMonotonic: true, aggregationTemporality: 2, dataPoints: [{ timeUnixNano: "1700000000000000000", asInt: "7" }] } }],
          },
        ],
      },
    ],
  });
  await send(`${engine.url}/v1/logs`, {
    resourceLogs: [
      { resource, scopeLogs: [{ logRecords: [{ timeUnixNano: "1700000000000000000", body: { stringValue: '{"status":500,"msg":"it failed"}' } }] }] },
    ],
  });
  await send(`${engine.url}/v1/traces`, {
    resourceSpans: [
      {
        resource,
        scopeSpans: [
          {
            spans: [
              {
                traceId: "0af7651916cd43dd8448eb211c80319c",
                spanId: "b7ad6b7169203331",
                name: "pay",
                startTimeUnixNano: "1700000000000000000",
                endTimeUnixNano: "1700000002000000000",
              },
            ],
          },
        ],
      },
    ],
  });
  await answers(engine);
  await engine.stop();
  const again = await start(t, folder);
  await answers(again);
  await again.stop();
});
