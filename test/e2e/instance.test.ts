// `inspan up` to `inspan down` with real services: order, addresses, restart, failure, and nothing left.
import assert from "node:assert/strict";
import { test } from "node:test";
import { askJson, isPortOpen, makeInstanceWorld, program } from "../support/instance-world.ts";

test("up starts services in order, says where they answer, restarts what is asked, and down leaves nothing", async (t) => {
  const world = makeInstanceWorld(t, `
env: { COMMON: "\${DATA_DIR}/x" }
services:
  web: { run: "${program("web.mjs")}", ports: [PORT], ready: { http: / }, needs: [api], env: { API_URL: "\${api.url}/v1", NAME: web } }
  api: { run: "${program("web.mjs")}", ports: [PORT, DEBUG_PORT], ready: { log: "^listening on \\\\d+$" }, env: { NAME: api } }
workloads:
  visit: "${process.execPath} -e 'fetch(process.argv[1]).then((answer) => process.exit(answer.ok ? 0 : 1))' \${web.url}/visit"
`);
  const { answer, state } = await world.up();
  assert.equal(answer.exitCode, 0, answer.stderr);
  assert.deepEqual(state.services.map(({ name, status }) => [name, status]), [["api", "ready"], ["web", "ready"]]);
  const [api, web] = state.services;
  assert.ok(api?.url && web?.url);
  const told = await askJson(`${web.url}/visit`);
  const env = told["env"] as Record<string, string>; // our own program
  assert.deepEqual([told["name"], told["visits"], env["API_URL"], env["COMMON"], env["PORT"]], ["web", 1, `${api.url}/v1`, `${state.dataDir}/x`, String(web.ports[0])]);
  assert.equal(new Set([...api.ports, ...web.ports]).size, 3);
  assert.equal(env["OTEL_SERVICE_NAME"], "web");

  const again = await world.up();
  assert.deepEqual(again.state.services.map(({ pid }) => pid), state.services.map(({ pid }) => pid), "a second up leaves what runs");

  const anew = await world.up(["--no-telemetry", "--restart", "web"]);
  assert.deepEqual(anew.state.services.map(({ starts }) => starts), [1, 2]);
  assert.equal((await world.inspan(["restart", "nobody"])).exitCode, 2);
  const restarted = JSON.parse((await world.inspan(["restart", "web", "--json"])).stdout) as typeof state & {
    readonly comparisons: readonly { readonly name: string; readonly was: number }[];
  }; // our own form
  assert.deepEqual(restarted.services.map(({ name, starts }) => [name, starts]), [["api", 1], ["web", 3]]);
  assert.deepEqual(restarted.comparisons.map(({ name, was }) => [name, was]), [["web", anew.state.services[1]?.readyMs]]);

  const first = JSON.parse((await world.inspan(["workload", "run", "visit", "--json"])).stdout) as {
    readonly exitCode: number;
    readonly comparison: readonly unknown[];
  }; // our own form
  assert.deepEqual([first.exitCode, first.comparison], [0, []]);
  const second = await world.inspan(["workload", "run", "visit"]);
  assert.match(second.stdout, /visit: exit code 0, before 0: same/);
  assert.equal((await askJson(web.url))["visits"], 3);

  assert.match((await world.inspan(["output", "web"])).stdout, /^(listening on \d+\nending in order\n){2}listening on \d+\n$/);
  const down = await world.down();
  assert.equal(down.exitCode, 0, down.stderr);
  for (const port of [...api.ports, ...web.ports]) assert.equal(await isPortOpen(port), false);
  await world.nothingLeft();
  assert.equal((await world.status()).supervisor, undefined);

  const resumed = await world.up();
  assert.equal((await askJson(resumed.state.services[1]?.url ?? ""))["visits"], 3, "the data stays");
  assert.deepEqual(resumed.state.services.map(({ ports }) => ports), state.services.map(({ ports }) => ports), "so do free ports");
  assert.equal((await world.down(["--data"])).exitCode, 0);
  await world.nothingLeft();
});

test("a service that ends before it is ready is explained, and what needs it does not start", async (t) => {
  const world = makeInstanceWorld(t, `
services:
  api: { run: "echo no database >&2; exit 7", ports: [PORT], ready: { http: /healthz, timeout: 20s } }
  web: { run: "${program("web.mjs")}", ports: [PORT], needs: [api] }
`);
  const { answer, state } = await world.up();
  assert.equal(answer.exitCode, 1);
  const [api, web] = state.services;
  assert.deepEqual([api?.status, api?.failure?.reason, api?.failure?.exitCode, api?.failure?.lastLines, api?.failure?.portsSeen], ["failed", "exited", 7, ["no database"], []]);
  assert.match(api?.failure?.expected ?? "", /^GET \/healthz at port \d+ \(PORT\) to answer with a status below 400$/);
  assert.deepEqual([web?.status, web?.failure?.reason, web?.starts], ["failed", "needs", 0]);
  assert.equal((await world.down()).exitCode, 0);
  await world.nothingLeft();
});

test("without services, outside of a repository, or down already: an answer with the next command", async (t) => {
  const world = makeInstanceWorld(t, "copy: []\n");
  const missing = await world.inspan(["up"]);
  assert.deepEqual([missing.exitCode, /Next: inspan services import --write/.test(missing.stderr)], [2, true]);
  await world.nothingLeft();
  assert.match((await world.inspan(["down"])).stdout, /Nothing was up/);
  assert.match((await world.inspan(["status"])).stdout, /Next: inspan up/);
  assert.deepEqual((await world.inspan(["restart"])).exitCode, 2);
  assert.deepEqual((await world.inspan(["output"])).exitCode, 2);
});

test("start-up is told to the worktree's engine as a span and a metric, and requests as spans of the light preload", async (t) => {
  const world = makeInstanceWorld(t, `services:\n  web: { run: "${program("web.mjs")}", ports: [PORT], ready: { http: / } }\n`);
  const { answer, state } = await world.up([]);
  assert.equal(answer.exitCode, 0, answer.stderr);
  const { url = "", grpc = "" } = state.telemetry ?? {};
  assert.match(`${url} ${grpc}`, /^http:\/\/127\.0\.0\.1:\d+ http:\/\/127\.0\.0\.1:\d+$/);
  const [web] = state.services;
  const env = (await askJson(`${web?.url}/visit`))["env"] as Record<string, string>; // our own program
  assert.deepEqual([env["OTEL_EXPORTER_OTLP_ENDPOINT"], env["OTEL_SERVICE_NAME"]], [url, "web"]);
  /** Until the engine has it: data is on its way for a fifth of a second. */
  const ask = async (path: string, isThere: (text: string) => boolean): Promise<string> => {
    for (let count = 0; ; count++) {
      const text = await (await fetch(`${url}${path}`, { headers: { connection: "close" } })).text();
      if (isThere(text) || count > 200) return text;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  };
  const metric = JSON.parse(await ask("/api/v1/query?query=inspan_service_ready_duration_seconds", (text) => text.includes('"value"'))) as {
    readonly data: { readonly result: readonly { readonly value: readonly [number, string] }[] };
  }; // Prometheus' form
  assert.equal(Number(metric.data.result[0]?.value[1]), (web?.readyMs ?? 0) / 1000);
  assert.match(await ask(`/api/search?q=${encodeURIComponent('{ name = "service start" }')}`, (text) => text.includes("traceID")), /"traceID"/);
  assert.match(await ask(`/api/search?q=${encodeURIComponent('{ span.url.path = "/visit" }')}`, (text) => text.includes("traceID")), /"traceID"/);
  assert.match(
    await ask(`/loki/api/v1/query_range?query=${encodeURIComponent('{service_name="web"} |= "listening on"')}`, (text) => /listening on \d/.test(text)),
    /listening on \d+/,
  );
  assert.equal((await world.down()).exitCode, 0);
  await world.nothingLeft();
});
