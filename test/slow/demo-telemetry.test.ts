// The demo application with a slow start, a slow span and a fault that only its log tells: found by `inspan assert` and by queries alone. And two of it at once.
import assert from "node:assert/strict";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { demoAppPath, installDemoApp } from "../support/demo-app.ts";
import { makeInstanceWorld, type InstanceWorld } from "../support/instance-world.ts";

const token = "token-of-the-drill";
const slowStartMs = 8000;

/** Books a room and reads the day, as a journey would; all that it sees is statuses. */
const workload = `
const [url] = process.argv.slice(2);
const headers = { authorization: "Bearer ${token}", "content-type": "application/json" };
const from = 8 + (Date.now() % 600) / 60 | 0;
const booked = await fetch(url + "/api/bookings", { method: "POST", headers, body: JSON.stringify({ room: "harbour", day: "2030-01-" + (10 + Date.now() % 19), from: "10:00", to: "11:00", title: "Stand-up", people: 2 }) });
const read = await fetch(url + "/api/bookings?room=harbour&day=2030-01-31", { headers });
console.log(booked.status, read.status);
process.exit([201, 409].includes(booked.status) && read.status === 200 ? 0 : 1);
`;

function declare(world: InstanceWorld, options: { readonly drills: string; readonly startMaxMs: number }): void {
  writeFileSync(join(world.path, "inspan.yaml"), `version: 1
services:
  web: { run: "node src/app/main.ts", ports: [PORT], ready: { http: /healthz, timeout: 120s }, env: { DESK_TOKEN: ${token}, DESK_DRILLS: "${options.drills}" } }
workloads: { book: "node book.mjs \${web.url}" }
assertions:
  - { id: web-start, startup: web, max: ${options.startMaxMs}ms }
  - { id: booking-budget, journey: ["POST /api/bookings", "GET /api/bookings"], max: 10s }
  - { id: confirmations, logql: 'sum(count_over_time({service_name="web"} |= "confirmation.lost" [1h])) or vector(0)', is: "== 0" }
`);
}

function makeDesk(t: Parameters<typeof makeInstanceWorld>[0]): InstanceWorld {
  installDemoApp();
  const world = makeInstanceWorld(t, "copy: [node_modules]\n");
  for (const part of ["src", "package.json", "node_modules"]) cpSync(join(demoAppPath, part), join(world.path, part), { recursive: true, verbatimSymlinks: true });
  world.write({ "book.mjs": workload, ".gitignore": "node_modules\n" });
  return world;
}

interface Asserted {
  readonly assertions: readonly {
    readonly id: string;
    readonly status: string;
    readonly value: number;
    readonly reason?: string;
    readonly lines?: readonly string[];
    readonly evidence: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number; readonly next: string }[];
  }[];
}

test("a slow start, a slow span and a fault that only the log shows are found by inspan assert, and by queries alone", async (t) => {
  const world = makeDesk(t);
  declare(world, { drills: "", startMaxMs: 100_000 });
  const check = async (): Promise<{ readonly code: number | null; readonly found: Asserted["assertions"] }> => {
    const answer = await world.inspan(["assert", "--json"]);
    return { code: answer.exitCode, found: (JSON.parse(answer.stdout) as Asserted).assertions };
  }; // our own form

  const healthy = await world.up([]);
  assert.equal(healthy.answer.exitCode, 0, healthy.answer.stderr);
  const early = await check();
  assert.deepEqual(early.found.map(({ id, status }) => [id, status]), [["web-start", "pass"], ["booking-budget", "no-evidence"], ["confirmations", "pass"]]);
  assert.equal(early.found[1]?.reason, 'no trace begins with "POST /api/bookings" or "GET /api/bookings" within 1h');
  const first = await world.inspan(["workload", "run", "book", "--json"]);
  assert.equal(first.exitCode, 0, first.stdout);
  const passed = await check();
  assert.deepEqual([passed.code, passed.found.map(({ status }) => status)], [0, ["pass", "pass", "pass"]], JSON.stringify(passed.found));

  // What the drill alone takes is the bound: a start with it is over it on every machine, however slow the healthy one was.
  declare(world, { drills: `slow-start=${slowStartMs}ms,slow-span=12s,lost-confirmation`, startMaxMs: slowStartMs - 100 });
  const broken = await world.up([]);
  assert.equal(broken.answer.exitCode, 0, "a slow start is a start");
  const second = await world.inspan(["workload", "run", "book"]);
  assert.equal(second.exitCode, 0, "what a caller sees is as before");
  // A timer of 12 s may end a fraction of a millisecond early by the clock that spans are timed with.
  assert.match(second.stdout, /Against the run before:[^]*new +web rooms\.availability +- → 1× p50 (?:11999|1[2-9]\d{3}|[2-9]\d{4})/);

  const failed = await check();
  assert.equal(failed.code, 1);
  const [start, budget, confirmations] = failed.found;
  assert.deepEqual(failed.found.map(({ id, status }) => [id, status]), [["web-start", "fail"], ["booking-budget", "fail"], ["confirmations", "fail"]]);
  assert.deepEqual(start?.evidence[0]?.labels, { inspan_service: "web" });
  assert.ok((start?.value ?? 0) * 1000 > slowStartMs, `${start?.value}`);
  assert.deepEqual(budget?.evidence.map(({ labels }) => labels["name"]).sort(), ["POST /api/bookings", "rooms.availability"]);
  assert.match(confirmations?.lines?.join("\n") ?? "", /confirmation\.lost .*reason="the mail queue refused it"/);

  // The next commands that a failure names, and the questions that somebody would ask without it.
  const trace = await world.inspan((budget?.evidence[0]?.next ?? "").split(" ").slice(1));
  assert.match(trace.stdout, /POST \/api\/bookings[^]*rooms\.availability[^]*booking\.create/);
  assert.match((await world.inspan(["traces", '{ rootName = "POST /api/bookings" && duration > 10s }'])).stdout, /rooms\.availability/);
  assert.match((await world.inspan(["logs", '{service_name="web"} |= "lost"'])).stdout, /the mail queue refused it/);
  assert.match((await world.inspan(["metrics", "inspan_service_ready_duration_seconds"])).stdout, /\d+\.\d+/);
  assert.doesNotMatch(
    (await world.inspan(["traces", '{ instrumentation:name = "inspan.preload" }', "--json"])).stdout,
    /"traceID"/i,
    "the application sends its own spans: the preload adds none",
  );
  assert.equal((await world.down()).exitCode, 0);
  await world.nothingLeft();
});

test("two worktrees of the demo are up at once, each with its own bookings", async (t) => {
  const world = makeDesk(t);
  declare(world, { drills: "", startMaxMs: 100_000 });
  world.git("add", "-A");
  world.git("commit", "--quiet", "-m", "desk");
  const other = join(world.path, "..", "other");
  world.git("worktree", "add", "--quiet", other);
  cpSync(join(world.path, "node_modules"), join(other, "node_modules"), { recursive: true, verbatimSymlinks: true });
  const [left, right] = await Promise.all([world.up([]), world.up([], other)]);
  assert.deepEqual([left.answer.exitCode, right.answer.exitCode], [0, 0], left.answer.stderr + right.answer.stderr);
  const urls = [left, right].map(({ state }) => state.services[0]?.url ?? "");
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json", connection: "close" };
  for (const [index, url] of urls.entries()) {
    const booked = await fetch(`${url}/api/bookings`, {
      method: "POST",
      headers,
      body: JSON.stringify({ room: "harbour", day: "2030-01-31", from: "10:00", to: "11:00", title: `Tree ${index}`, people: 2 }),
    });
    assert.equal(booked.status, 201, await booked.text());
  }
  const titles = await Promise.all(
    urls.map(async (url) =>
      ((await (await fetch(`${url}/api/bookings?room=harbour&day=2030-01-31`, { headers })).json()) as { bookings: { title: string }[] }).bookings.map(
        ({ title }) => title,
      ),
    ),
  ); // the demo's form
  assert.deepEqual(titles, [["Tree 0"], ["Tree 1"]], "the same room at the same time in both");
  assert.notEqual(left.state.dataDir, right.state.dataDir);
  assert.equal(new Set([left, right].map(({ state }) => state.telemetry?.url)).size, 2);
  const logged = await Promise.all(
    [world.path, other].map(
      async (cwd) => (await world.inspan(["logs", '{service_name="web"} |= "booking.booked" or "http.request"', "--json"], { cwd })).stdout,
    ),
  );
  assert.equal(logged.every((text) => text.includes("/api/bookings")), true, logged.join("\n"));
  assert.equal(readFileSync(join(world.path, "inspan.yaml"), "utf8"), readFileSync(join(other, "inspan.yaml"), "utf8"));
  assert.deepEqual((await Promise.all([world.down(), world.down([], other)])).map(({ exitCode }) => exitCode), [0, 0]);
  await world.nothingLeft();
});
