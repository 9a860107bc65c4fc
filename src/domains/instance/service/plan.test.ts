// From the declaration to what starts: order, names, environment, ports.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { servicesSection } from "../config/index.ts";
import { prepareCommand, prepareService, type Surroundings } from "./environment.ts";
import { planInstance, planWorkload, type Declaration } from "./plan.ts";
import { portCandidates } from "./ports.ts";

function declare(services: unknown, more: Partial<Declaration> = {}): Declaration {
  return { services: servicesSection.schema.parse(services), env: {}, seed: undefined, resources: {}, share: [], hasTelemetry: true, workloads: {}, ...more };
}

const surroundings = (plan: ReturnType<typeof planInstance>, more: Partial<Surroundings> = {}): Surroundings => ({
  plan, ports: new Map([["api", new Map([["API_PORT", 21_000], ["DEBUG_PORT", 21_008]])], ["web", new Map([["PORT", 22_000]])]]),
  worktreePath: "/tree",
  dataPath: "/data",
  runId: "r1",
  telemetry: undefined,
  resource: { "worktree.id": "desk one" },
  preloadPath: "/state/preload.cjs",
  cachePath: "/state/cache",
  ...more,
});

const two = {
  web: { run: "serve --api ${api.port} ${HOME}", ports: ["PORT"], needs: ["api"], env: { API: "${api.url}", OWN: "${PORT}" } },
  api: { run: "api", ports: ["API_PORT", "DEBUG_PORT"] },
};

describe("planInstance()", () => {
  test("orders services behind what they need", () => {
    assert.deepEqual(planInstance(declare({ c: { run: "x", needs: ["b"] }, a: { run: "x" }, b: { run: "x", needs: ["a"] } })).services.map(({ name }) => name), ["a", "b", "c"]);
  });

  test("refuses an unknown name in env and a resource that nobody declared, and says what is known", () => {
    assert.throws(() => planInstance(declare(two, { env: { X: "${db.url}" } })), { code: "SERVICES_INVALID", message: /env\.X: \$\{db\.url\} is not known/ });
    assert.throws(() => planInstance(declare({ a: { run: "x", uses: ["gpu"] } })), {
      code: "SERVICES_INVALID",
      message: /there is no resource "gpu", expected resources: \{ gpu: 1 \}/,
    });
    const both = { a: { run: "x", uses: ["gpu", "gpu"] }, b: { run: "x", uses: ["gpu"] } };
    assert.throws(() => planInstance(declare(both, { resources: { gpu: 1 } })), { code: "SERVICES_INVALID", message: /resources\.gpu: a, b use it at once and there is 1/ });
    assert.equal(planInstance(declare(both, { resources: { gpu: 2 } })).services.length, 2);
    assert.equal(planInstance(declare({ a: { run: "x", uses: ["gpu"] } }, { resources: { gpu: 2 } })).services[0]?.uses[0], "gpu");
  });

  test("a variable for all services takes no port away; a service's own may", () => {
    const services = planInstance(
      declare(
        { web: { run: "x", ports: ["PORT"] }, own: { run: "x", ports: ["PORT"], env: { PORT: "9" } }, none: { run: "x" } },
        { env: { PORT: "77", A: "1" } },
      ),
    ).services;
    assert.deepEqual(services.map(({ env }) => env), [{ A: "1" }, { A: "1", PORT: "9" }, { PORT: "77", A: "1" }]);
  });

  test("nothing declared is an error with the import as next command", () => {
    assert.throws(() => planInstance(declare({})), { code: "SERVICES_MISSING", remedy: "inspan services import --write" });
  });

  test("a workload is known or told to be declared", () => {
    assert.deepEqual(planWorkload(declare(two, { env: { A: "1" }, workloads: { w: { run: "curl ${web.url}", timeout: 5, env: { B: "2" } } } }), "w"), {
      name: "w",
      run: "curl ${web.url}",
      timeoutMs: 5,
      env: { A: "1", B: "2" },
    });
    assert.throws(() => planWorkload(declare(two), "w"), { code: "WORKLOAD_UNKNOWN" });
  });
});

describe("prepareService()", () => {
  test("fills ports and addresses in, leaves the shell's own names, and marks the processes", () => {
    const plan = planInstance(declare(two, { env: { DB: "file:${DATA_DIR}/db" } }));
    const web = plan.services.find(({ name }) => name === "web");
    assert.ok(web);
    const { run, env, runId } = prepareService(web, surroundings(plan));
    assert.equal(run, "serve --api 21000 ${HOME}");
    assert.equal(runId, "r1.web");
    const { PORT, API, OWN, DB, INSPAN_RUN_ID, DATA_DIR, HOST, OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES, NODE_OPTIONS, OTEL_EXPORTER_OTLP_ENDPOINT } = env;
    assert.deepEqual({ PORT, API, OWN, DB, INSPAN_RUN_ID, DATA_DIR, HOST, OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES, NODE_OPTIONS, OTEL_EXPORTER_OTLP_ENDPOINT }, {
      PORT: "22000", API: "http://127.0.0.1:21000", OWN: "22000", DB: "file:/data/db", INSPAN_RUN_ID: "r1.web", DATA_DIR: "/data", HOST: "127.0.0.1",
      OTEL_SERVICE_NAME: "web", OTEL_RESOURCE_ATTRIBUTES: "service.name=web,worktree.id=desk%20one", NODE_OPTIONS: undefined, OTEL_EXPORTER_OTLP_ENDPOINT: undefined,
    });
  });

  test("with an engine the SDKs' variables and the preload are set, none of it with instrument: none but the address", () => {
    const telemetry = { url: "http://127.0.0.1:4318", grpc: undefined };
    const of = (instrument: string) => {
      const plan = planInstance(declare({ web: { run: "python app.py", ports: ["PORT"], instrument, env: { NODE_OPTIONS: "--stack-trace-limit=50" } } }));
      const [web] = plan.services;
      assert.ok(web);
      return prepareService(web, surroundings(plan, { telemetry }));
    };
    assert.equal(of("light").env["NODE_OPTIONS"], '--stack-trace-limit=50 --require="/state/preload.cjs"');
    assert.equal(of("light").env["OTEL_EXPORTER_OTLP_ENDPOINT"], "http://127.0.0.1:4318");
    assert.equal(of("none").env["NODE_OPTIONS"], "--stack-trace-limit=50");
    assert.equal(of("none").env["OTEL_EXPORTER_OTLP_ENDPOINT"], "http://127.0.0.1:4318");
    assert.match(of("full").env["NODE_OPTIONS"] ?? "", /auto-instrumentations-node\/register/);
    assert.equal(of("full").run, "opentelemetry-instrument python app.py");
    assert.equal(of("light").run, "python app.py");
  });

  test("a command that is no service has no port of its own but knows everybody's", () => {
    const plan = planInstance(declare(two));
    const { run, env } = prepareCommand({ name: "seed", run: "seed ${web.url}", env: { A: "${api.DEBUG_PORT}" } }, surroundings(plan));
    assert.deepEqual([run, env["A"], env["PORT"]], ["seed http://127.0.0.1:22000", "21008", undefined]);
  });
});

describe("portCandidates()", () => {
  test("the same owner tries the same ports, below the ephemeral range, never one twice and none that is excluded", () => {
    const of = (owner: string) => portCandidates(owner, new Set());
    assert.deepEqual(of("a"), of("a"));
    assert.notDeepEqual(of("a"), of("b"));
    assert.equal(new Set(of("a")).size, of("a").length);
    for (const port of [...of("a"), ...of("b")]) assert.ok(port >= 20_000 && port < 32_768, String(port));
    assert.deepEqual(portCandidates("a", new Set(of("a").slice(0, 1))), of("a").slice(1));
  });
});
