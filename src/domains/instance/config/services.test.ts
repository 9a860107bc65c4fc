// What a declaration may say, and for each the nearest that it may not.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readyOf, seedSection, servicesSection, workloadsSection } from "./services.ts";

/** Complaints as "path: message", or none. */
function complaints(services: unknown): readonly string[] {
  const result = servicesSection.schema.safeParse(services);
  return result.success ? [] : result.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
}

describe("services of inspan.yaml", () => {
  test("the smallest service needs a command alone", () => {
    assert.deepEqual(complaints({ web: { run: "node app.js" } }), []);
    assert.equal(complaints({ web: {} }).length, 1);
  });

  test("a circle of needs is named in its order; a chain is fine", () => {
    assert.deepEqual(complaints({ a: { run: "x", needs: ["b"] }, b: { run: "x", needs: ["c"] }, c: { run: "x" } }), []);
    assert.deepEqual(complaints({ a: { run: "x", needs: ["b"] }, b: { run: "x", needs: ["c"] }, c: { run: "x", needs: ["a"] } }), [
      "a.needs: services need each other in a circle: a → b → c → a",
    ]);
    assert.deepEqual(complaints({ a: { run: "x", needs: ["a"] } }), ["a.needs.0: a service cannot need itself"]);
  });

  test("a service that nobody declared cannot be needed", () => {
    assert.deepEqual(complaints({ a: { run: "x", needs: ["db"] } }), ['a.needs.0: there is no service "db", expected one of a']);
  });

  test("names in ${} are known: ports and addresses of services, own ports, DATA_DIR", () => {
    assert.deepEqual(
      complaints({
        api: { run: "x", ports: ["API_PORT"] },
        web: {
          run: "x --api ${api.port} $HOME ${PATH}",
          ports: ["PORT"],
          env: { A: "${api.url}/v1", B: "${DATA_DIR}/db", C: "${PORT}", D: "${api.API_PORT}", E: "$${literal}" },
        },
      }),
      [],
    );
    assert.match(
      complaints({ api: { run: "x", ports: ["P"] }, web: { run: "x", env: { A: "${api.prt}" } } }).join(),
      /^web\.env\.A: \$\{api\.prt\} is not known, expected one of api\.port, api\.url, api\.host, api\.P$/,
    );
    assert.match(complaints({ web: { run: "x", env: { A: "${DATA_DIRECTORY}" } } }).join(), /is not known, expected \$\{DATA_DIR\}/);
    assert.match(complaints({ web: { run: "x ${db.port}" } }).join(), /^web\.run: \$\{db\.port\} is not known/);
  });

  test("readiness names a port of the service", () => {
    assert.deepEqual(complaints({ a: { run: "x", ports: ["P", "Q"], ready: { http: "/", port: "Q" } } }), []);
    assert.deepEqual(complaints({ a: { run: "x", ports: ["P"], ready: { http: "/", port: "Q" } } }), ['a.ready: "Q" is not among its ports, expected one of P']);
    assert.equal(complaints({ a: { run: "x", ready: { tcp: true } } }).length, 1);
    assert.equal(complaints({ a: { run: "x", ports: ["P"], ready: { http: "healthz" } } }).length > 0, true);
  });

  test("a working folder stays below the worktree", () => {
    assert.deepEqual(complaints({ a: { run: "x", cwd: "packages/a" } }), []);
    for (const cwd of ["/etc", "../other", "a/../../b"]) assert.equal(complaints({ a: { run: "x", cwd } }).length, 1, cwd);
  });

  test("durations are told with their unit, or as seconds", () => {
    const timeoutOf = (timeout: unknown) => {
      const parsed = servicesSection.schema.parse({ a: { run: "x", ports: ["P"], ready: { listening: true, timeout } } }).a;
      return parsed && readyOf(parsed).timeoutMs;
    };
    assert.equal(timeoutOf("500ms"), 500);
    assert.equal(timeoutOf("2m"), 120_000);
    assert.equal(timeoutOf(1.5), 1500);
    for (const wrong of ["5 s", "5h", "-1s", "100m", ""]) assert.throws(() => timeoutOf(wrong), wrong);
  });

  test("without a word on readiness a service with ports is ready when it listens, one without at once", () => {
    const parsed = servicesSection.schema.parse({ a: { run: "x", port: "PORT" }, b: { run: "x" } });
    assert.deepEqual([parsed.a && readyOf(parsed.a).ready, parsed.b && readyOf(parsed.b).ready], [{ kind: "listening" }, { kind: "started" }]);
  });

  test("seed and workloads may be a plain command", () => {
    assert.deepEqual(seedSection.schema.parse("npm run seed"), { run: "npm run seed", timeout: 120_000, inputs: [] });
    assert.deepEqual(workloadsSection.schema.parse({ smoke: "curl x" }), { smoke: { run: "curl x", timeout: 300_000, env: {} } });
    assert.equal(seedSection.schema.safeParse({ run: "x", input: [] }).success, false);
  });
});
