// Build time as a ratchet: recorded by a command that never ends the build, judged by a rule, and known findings only ever get shorter.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { busyBelow, parseBuildTimes, parseProcesses, slowestNodes, withBuildTime } from "../service/build-times.ts";
import type { BuildTime } from "../types/build-times.ts";
import { makePlace } from "../../../../test/support/command-line.ts";
import { buildHouse, configurationOf, shortly } from "../../../../test/support/lint-house.ts";
import { runCheck, updateBaseline } from "./index.ts";

const run = (seconds: number, more: Partial<BuildTime> = {}): BuildTime => ({
  version: 1,
  name: "build",
  at: "2030-01-01T10:00:00.000Z",
  seconds,
  exitCode: 0,
  nodes: [
    { name: "tsc -p .", seconds: seconds / 2 },
    { name: "vite build", seconds: seconds / 4 },
  ],
  ...more,
});
const lines = (...runs: readonly BuildTime[]): string => runs.map((one) => `${JSON.stringify(one)}\n`).join("");
const file = ".inspan/local/build-times.jsonl";
const yaml = "version: 1\nrules:\n  - { kind: build-time, secondsMax: 60 }\n";

test("build-time: over budget is a finding with the slowest nodes; under it, failed, of another name, or never recorded is none", async (t) => {
  const found = async (text: string | undefined): Promise<readonly string[]> => {
    const house = await buildHouse(t, text === undefined ? {} : { [file]: text });
    return (await house.check(yaml)).findings.map((one) => `${one.rule} ${one.file}:${one.line} ${one.found} | ${one.expected} | ${one.fix}`);
  };
  assert.deepEqual(await found(lines(run(84.2))), [
    "build-time inspan.yaml:2 build took 84.2 s; it waited longest for tsc -p . 42.1 s, vite build 21.05 s | at most 60 s | Make `tsc -p .` faster (cache its result, split it so that parts run side by side, do less), or take it out of build; then run `inspan build` again.",
  ]);
  for (const fine of [
    lines(run(60)),
    lines(run(84, { exitCode: 1 })),
    lines(run(84, { name: "test" })),
    undefined,
    "",
    "half a li",
    `{"version":2}\n${lines(run(3))}`,
  ])
    assert.deepEqual(await found(fine), [], fine);
  // The middle of the last three: one slow run is none, one quick one does not hide two slow ones.
  assert.deepEqual(await found(lines(run(20), run(90), run(30))), []);
  assert.match((await found(lines(run(90), run(20), run(95), run(88))))[0] ?? "", /build took 88 s \(the middle of the last 3 runs\)/);
});

test("build-time is a ratchet: what is known may get shorter, and growth is new", async (t) => {
  const house = await buildHouse(t, { [file]: lines(run(84)) });
  const options = {
    providers: house.providers,
    rootPath: house.rootPath,
    configuration: configurationOf(yaml),
    contributed: { checks: [], context: undefined as never },
  }; // no rule of another domain runs
  const state = async (seconds: number) => {
    await house.write({ [file]: lines(run(seconds)) });
    return shortly({ findings: (await runCheck(options)).findings.filter((one) => !one.baselined) });
  };
  await updateBaseline({ ...options, acceptReason: "old" });
  assert.deepEqual([await state(84), await state(81), await state(90)], [[], [], ["build-time inspan.yaml:2"]]);
  await house.write({ [file]: lines(run(70)) });
  assert.equal((await updateBaseline(options)).isWritten, true);
  assert.deepEqual(await state(84), ["build-time inspan.yaml:2"], "what was won is held");
  assert.deepEqual(await state(50), ["baseline .inspan/baseline.json:4"], "and a build within its budget leaves the baseline");
});

test("inspan build passes output and exit code on, records each run where git does not see it, and needs a command", async (t) => {
  const place = makePlace(t);
  place.write({ "work.mjs": "const end = Date.now() + 700; while (Date.now() < end); console.log('made'); process.exit(Number(process.argv[2] ?? 0));\n" });
  const good = await place.inspan(["build", "--", "node", "work.mjs"]);
  assert.deepEqual([good.exitCode, /^made$/m.test(good.stderr)], [0, true], good.stderr);
  assert.match(good.stdout, /^build: [\d.]+ s; waited longest for work\.mjs [\d.]+ s/);
  const bad = await place.inspan(["build", "--name", "other", "--", "node", "work.mjs", "7"]);
  assert.deepEqual([bad.exitCode, /failed \(exit code 7\)/.test(bad.stdout)], [7, true]);
  assert.deepEqual(parseBuildTimes(readFileSync(join(place.path, file), "utf8")).map((one) => `${one.name} ${one.exitCode}`), ["build 0", "other 7"]);
  assert.equal(place.git("status", "--porcelain"), "?? work.mjs");
  assert.equal((await place.inspan(["build"])).exitCode, 2);
  assert.equal(existsSync(join(place.path, ".inspan/baseline.json")), false);
});

test("busyBelow() names the processes that wait for no other one, and none of other trees", () => {
  const text =
    "  1 0 /sbin/init\n 10 1 npm run build\n 11 10 sh -c tsc && vite\n 12 11 /usr/bin/node /repo/node_modules/.bin/tsc -p .\n 13 11 esbuild --service\n 14 13 [x] <defunct>\n 20 1 node other.js\n 21 10 ps -A -o pid=,ppid=,args=\nnonsense\n";
  assert.deepEqual(busyBelow(parseProcesses(text), 10), ["tsc -p .", "esbuild --service"]);
  assert.deepEqual(busyBelow(parseProcesses(text), 99), []);
  assert.deepEqual(busyBelow(parseProcesses("5 5 loop\n"), 5).length, 0, "a process that is its own parent ends the walk");
  assert.deepEqual(slowestNodes(new Map([["a", 0.01], ["b", 2.04], ["c", 3]])), [{ name: "c", seconds: 3 }, { name: "b", seconds: 2 }]);
});

test("withBuildTime() keeps the last 200 runs and drops what a crash cut", () => {
  const text = Array.from({ length: 300 }, (_, at) => JSON.stringify(run(at))).join("\n");
  const kept = parseBuildTimes(withBuildTime(`${text}\n{"version":1,"na`, run(999)));
  assert.deepEqual([kept.length, kept.at(-1)?.seconds, kept[0]?.seconds], [200, 999, 101]);
});
