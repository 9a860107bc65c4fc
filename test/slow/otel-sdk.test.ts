// OpenTelemetry's real Node SDK against the engine: all three exporters, over HTTP (protobuf, JSON) and gRPC. Installs the pinned SDK once.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { startEngine } from "../../src/domains/telemetry/runtime/index.ts";
import { nodeClock } from "../../src/providers/node/clock.ts";

const folder = fileURLToPath(new URL("../../scripts/otel-sdk", import.meta.url));

before(() => {
  const stamp = createHash("sha256").update(readFileSync(join(folder, "package-lock.json"))).digest("hex");
  const stampPath = join(folder, "node_modules", ".installed-lock");
  if (existsSync(stampPath) && readFileSync(stampPath, "utf8") === stamp) return;
  const { status } = spawnSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
  assert.equal(status, 0, "npm ci --prefix scripts/otel-sdk");
  writeFileSync(stampPath, stamp);
});

for (const protocol of ["http/protobuf", "http/json", "grpc"]) {
  test(`the Node SDK's spans, metrics and logs arrive over ${protocol}`, async () => {
    const engine = await startEngine({ clock: nodeClock, version: "test", port: 0, dataPath: undefined });
    try {
      const child = spawn(process.execPath, ["program.mjs"], { cwd: folder, stdio: "inherit", env: {
        PATH: process.env["PATH"],
        OTEL_SERVICE_NAME: "shop",
        OTEL_EXPORTER_OTLP_ENDPOINT: protocol === "grpc" ? engine.grpc : engine.url,
        OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
        OTEL_TRACES_EXPORTER: "otlp",
        OTEL_METRICS_EXPORTER: "otlp",
        OTEL_LOGS_EXPORTER: "otlp", OTEL_NODE_RESOURCE_DETECTORS: "env", OTEL_METRIC_EXPORT_INTERVAL: "1000", NO_PROXY: "127.0.0.1",
      } });
      assert.deepEqual(await once(child, "exit"), [0, null]);
      const get = async (path: string): Promise<unknown> => (await fetch(engine.url + path)).json();
      const traces = (await get(
        `/api/search?q=${encodeURIComponent('{ name = "GET /cart" && span.http.response.status_code = 500 && span.user.tags = "b" } > { status = error && event:name = "exception" }')}`,
      )) as { traces: { traceID: string; rootServiceName: string; rootTraceName: string }[] };
      assert.deepEqual(traces.traces.map(({ rootServiceName, rootTraceName }) => [rootServiceName, rootTraceName]), [["shop", "GET /cart"]]);
      const traceId = (traces.traces[0]?.traceID ?? "").padStart(32, "0");
      const logs = (await get(
        `/loki/api/v1/query_range?query=${encodeURIComponent(`{service_name="shop"} | trace_id="${traceId}" | code = 7 | detected_level="error"`)}`,
      )) as { data: { result: { values: [string, string][] }[] } };
      assert.deepEqual(logs.data.result.flatMap(({ values }) => values.map(([, line]) => line)), ["cart failed"]);
      const metrics = await get(`/api/v1/query?query=${encodeURIComponent('sum by (kind) (carts_total)')}`) as { data: { result: { metric: unknown; value: [number, string] }[] } };
      assert.deepEqual(metrics.data.result.map(({ metric, value }) => [metric, value[1]]), [[{ kind: "broken" }, "3"]]);
    } finally { await engine.close(); }
  });
}
