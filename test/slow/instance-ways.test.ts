// What an instance offers besides starting: instrumentation, shared files, names, another version's supervisor, snapshots, telemetry, and the choice to go without a sandbox.
import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { isAlive } from "../../src/providers/node/process-table.ts";
import { askJson, makeInstanceWorld, program, type InstanceWorld, type UpAnswer } from "../support/instance-world.ts";

const checkout = fileURLToPath(new URL("../..", import.meta.url));
const web = (more = ""): string => `services:\n  web: { run: "${program("web.mjs")}", ports: [PORT], ready: { http: / }${more} }\n`;
const environmentOf = async (state: UpAnswer): Promise<Readonly<Record<string, string>>> =>
  (await askJson(state.services[0]?.url ?? ""))["env"] as Record<string, string>; // our own program

async function end(world: InstanceWorld, cwd?: string): Promise<void> {
  assert.equal((await world.down([], cwd)).exitCode, 0);
  await world.nothingLeft();
}

describe("an instance", { concurrency: 2 }, () => {
  test("with instrument: full loads the registration of OpenTelemetry's packages, and says what is missing where they are not installed", async (t) => {
    const world = makeInstanceWorld(t, web(", instrument: full"));
    const missing = await world.up([]);
    assert.equal(missing.answer.exitCode, 1);
    assert.match(missing.state.services[0]?.failure?.lastLines.join("\n") ?? "", /Cannot find package '@opentelemetry\/instrumentation'|ERR_MODULE_NOT_FOUND/);
    // A registration of our own in their place: that it runs before the application is what is ours to prove.
    world.write({
      "node_modules/@opentelemetry/instrumentation/package.json": '{ "name": "@opentelemetry/instrumentation", "exports": { "./hook.mjs": "./hook.mjs" } }',
      "node_modules/@opentelemetry/instrumentation/hook.mjs": "export const resolve = (specifier, context, next) => next(specifier, context);\n",
      "node_modules/@opentelemetry/auto-instrumentations-node/package.json":
        '{ "name": "@opentelemetry/auto-instrumentations-node", "exports": { "./register": "./register.js" } }',
      "node_modules/@opentelemetry/auto-instrumentations-node/register.js": "process.env.REGISTERED = process.env.OTEL_EXPORTER_OTLP_ENDPOINT;\n",
      "server.mjs":
        'import { createServer } from "node:http";\ncreateServer((request, response) => response.end(JSON.stringify({ env: process.env }))).listen(Number(process.env.PORT), "127.0.0.1");\n',
    });
    writeFileSync(join(world.path, "inspan.yaml"), `version: 1\nservices:\n  web: { run: "node server.mjs", ports: [PORT], ready: { http: / }, instrument: full }\n`);
    const { answer, state } = await world.up([]);
    assert.equal(answer.exitCode, 0, answer.stdout);
    assert.equal((await environmentOf(state))["REGISTERED"], state.telemetry?.url);
    await end(world);
  });

  test("reads what share: names, and nothing else outside of its worktree; neither can be written", async (t) => {
    const shared = realpathSync(mkdtempSync(join(tmpdir(), "inspan-shared-")));
    t.after(() => rmSync(shared, { recursive: true }));
    mkdirSync(join(shared, "models"));
    writeFileSync(join(shared, "models", "small.gguf"), "weights");
    writeFileSync(join(shared, "other"), "private");
    const probe = `node -e 'const fs = require("node:fs"); const seen = (work) => { try { return String(work() ?? "done"); } catch (error) { return error.code; } }; console.log(JSON.stringify([seen(() => fs.readFileSync("${shared}/models/small.gguf", "utf8")), seen(() => fs.writeFileSync("${shared}/models/x", "x")), seen(() => fs.readFileSync("${shared}/other", "utf8"))]))'`;
    const world = makeInstanceWorld(t, `share: [${shared}/models]\nworkloads:\n  probe: ${JSON.stringify(probe)}\n${web()}`);
    assert.equal((await world.up()).answer.exitCode, 0);
    const { output } = JSON.parse((await world.inspan(["workload", "run", "probe", "--json"])).stdout) as { output: string }; // our own form
    assert.deepEqual(JSON.parse(output.trim()), ["weights", "EROFS", "ENOENT"]);
    await end(world);
  });

  test("has names below localhost where this machine resolves them, and none elsewhere", async (t) => {
    const world = makeInstanceWorld(t, web());
    world.git("checkout", "--quiet", "-b", "feature/Big Thing".replace(" ", "-"));
    const { state } = await world.up();
    const resolves = existsSync("/etc/nsswitch.conf") && /^hosts:.*\b(?:myhostname|resolve)\b/m.test(readFileSync("/etc/nsswitch.conf", "utf8"));
    const { hostUrl } = state.services[0] as unknown as { hostUrl?: string }; // not in the short form of the support
    assert.equal(hostUrl, resolves ? `http://web.feature-big-thing.localhost:${state.services[0]?.ports[0]}` : undefined);
    await end(world);
  });

  test("of another version is ended in order and begun anew by up; its data stay", async (t) => {
    const world = makeInstanceWorld(t, web());
    const old = join(world.path, "..", "old");
    // The same code with another number in its package: what an update leaves running.
    mkdirSync(old);
    for (const part of ["src", "bin"]) cpSync(join(checkout, part), join(old, part), { recursive: true });
    cpSync(join(checkout, "node_modules"), join(old, "node_modules"), { recursive: true, verbatimSymlinks: true, mode: 2 });
    writeFileSync(join(old, "package.json"), JSON.stringify({ ...JSON.parse(readFileSync(join(checkout, "package.json"), "utf8")) as object, version: "0.0.9" }));
    const { run } = await import("../support/command-line.ts");
    const first = await run([process.execPath, join(old, "bin", "inspan.js"), "up", "--json", "--no-telemetry"], {
      cwd: world.path,
      env: { ...process.env, INSPAN_HOME: world.statePath },
    });
    assert.equal(first.exitCode, 0, first.stderr);
    const before = JSON.parse(first.stdout) as UpAnswer & { supervisor: { pid: number; version: string } }; // our own form
    assert.equal(before.supervisor.version, "0.0.9");
    await askJson(`${before.services[0]?.url}/visit`);
    const { state } = await world.up();
    assert.notEqual(state.supervisor?.pid, before.supervisor.pid);
    assert.equal(isAlive(before.supervisor.pid, undefined), false); // where nobody reaps, a dead one stays listed
    assert.deepEqual([state.services[0]?.status, (await askJson(state.services[0]?.url ?? ""))["visits"]], ["ready", 1]);
    await end(world);
  });

  test("shares a seed's snapshot with worktrees whose inputs are equal, and seeds anew where they differ", async (t) => {
    const world = makeInstanceWorld(t, `seed: { run: "cat seed.sql > $DATA_DIR/visits; date +%s%N > $DATA_DIR/made", inputs: [seed.sql] }\n${web()}`);
    world.write({ "seed.sql": "41" });
    world.git("add", "-A");
    world.git("commit", "--quiet", "-m", "seed");
    const [same, other] = ["same", "other"].map((name) => join(world.path, "..", name)) as [string, string];
    for (const tree of [same, other]) world.git("worktree", "add", "--quiet", "--detach", tree);
    writeFileSync(join(other, "seed.sql"), "7");
    const made = (state: UpAnswer): string => readFileSync(join(state.dataDir, "made"), "utf8");
    const [a, b, c] = [(await world.up()).state, (await world.up(["--no-telemetry"], same)).state, (await world.up(["--no-telemetry"], other)).state];
    assert.deepEqual([made(a) === made(b), made(a) === made(c)], [true, false]);
    await askJson(`${a.services[0]?.url}/visit`);
    assert.deepEqual(await Promise.all([a, b, c].map(async (state) => (await askJson(state.services[0]?.url ?? ""))["visits"])), [42, 41, 7], "a copy each");
    const [repository = ""] = readdirSync(join(world.statePath, "seeds"));
    assert.equal(readdirSync(join(world.statePath, "seeds", repository)).length, 2);
    for (const tree of [same, other]) assert.equal((await world.down([], tree)).exitCode, 0);
    await end(world);
  });

  test("with telemetry: false hosts no engine and tells services no address; without the key it does", async (t) => {
    const world = makeInstanceWorld(t, `telemetry: false\n${web()}`);
    const off = (await world.up([])).state;
    assert.equal(off.telemetry, undefined);
    assert.deepEqual(Object.keys(await environmentOf(off)).filter((name) => name.startsWith("OTEL_EXPORTER")), []);
    assert.notEqual((await world.inspan(["logs", "{}"])).exitCode, 0);
    assert.equal((await world.down()).exitCode, 0);
    writeFileSync(join(world.path, "inspan.yaml"), `version: 1\ntelemetry: true\n${web()}`);
    const on = (await world.up([])).state;
    assert.equal((await environmentOf(on))["OTEL_EXPORTER_OTLP_ENDPOINT"], on.telemetry?.url);
    await end(world);
  });

  test("without a sandbox is restarted only by the same choice; up alone puts it into one", async (t) => {
    const world = makeInstanceWorld(t, web());
    const { state } = await world.up(["--no-telemetry", "--unsandboxed"]);
    const refused = await world.inspan(["restart"]);
    assert.deepEqual([refused.exitCode, /without a sandbox.*\nNext: .*restart --unsandboxed, or in a sandbox: .*up/.test(refused.stderr)], [2, true], refused.stderr);
    assert.equal((await world.status()).services[0]?.pid, state.services[0]?.pid, "nothing was restarted");
    const again = JSON.parse((await world.inspan(["restart", "--unsandboxed", "--json"])).stdout) as UpAnswer & { isSandboxed: boolean }; // our own form
    assert.deepEqual([again.isSandboxed, again.services[0]?.starts], [false, 2]);
    const sandboxed = (await world.up()).state as UpAnswer & { isSandboxed: boolean };
    assert.equal(sandboxed.isSandboxed, true);
    assert.equal((await world.inspan(["restart"])).exitCode, 0);
    await end(world);
  });

  test("starts from the kept plan while inspan.yaml is the same, and reads it again when it is not", async (t) => {
    const world = makeInstanceWorld(t, web(", env: { NAME: first }"));
    assert.equal((await askJson((await world.up()).state.services[0]?.url ?? ""))["name"], "first");
    assert.equal((await world.down()).exitCode, 0);
    assert.equal((await askJson((await world.up()).state.services[0]?.url ?? ""))["name"], "first");
    assert.equal((await world.down()).exitCode, 0);
    writeFileSync(join(world.path, "inspan.yaml"), `version: 1\n${web(", env: { NAME: second }")}`);
    assert.equal((await askJson((await world.up()).state.services[0]?.url ?? ""))["name"], "second");
    writeFileSync(join(world.path, "inspan.yaml"), `version: 1\n${web(", env: { NAME: third }, needs: [nobody]")}`);
    const wrong = await world.inspan(["up", "--no-telemetry"]);
    assert.deepEqual([wrong.exitCode, /nobody/.test(wrong.stderr)], [2, true]);
    assert.equal((await world.status()).services[0]?.status, "ready", "what runs stays");
    await end(world);
  });
});

describe("what a declaration says that cannot be", { concurrency: 2 }, () => {
  test("an expression of ready: { log } that is none is a wrong declaration, with its line", async (t) => {
    const world = makeInstanceWorld(t, 'services:\n  a: { run: "true" }\n  b:\n    run: "true"\n    ready: { log: "x(?=y)" }\n');
    const answer = await world.inspan(["up", "--no-telemetry"]);
    assert.deepEqual([answer.exitCode, /inspan\.yaml:6 services\.b\.ready\.log: .*expected a regular expression of RE2/.test(answer.stderr)], [2, true], answer.stderr);
    await world.nothingLeft();
  });

  test("a folder that is not there, a server that takes a question and never answers: said, and within its time; colours are no part of a line", async (t) => {
    const mute = `node -e 'require("node:net").createServer(() => undefined).listen(process.env.PORT)'`;
    const yaml = [
      "services:",
      "  gone: { run: 'true', cwd: not/here }",
      `  mute: { run: ${JSON.stringify(mute)}, ports: [PORT], ready: { http: /, timeout: 2s } }`,
      `  red: { run: "printf '\\\\033[32mrea\\\\033[0mdy in 5\\\\n'; exec sleep 300", ready: { log: "^ready in", timeout: 60s } }`,
      "",
    ].join("\n");
    const world = makeInstanceWorld(t, yaml);
    const { state } = await world.up();
    const by = (name: string) => state.services.find((service) => service.name === name);
    assert.deepEqual([by("gone")?.failure?.reason, by("gone")?.failure?.message], ["not-started", 'Cannot start "gone": there is no folder "not/here" in the worktree.']);
    const waitedMs = Number(/no answer within (\d+) ms/.exec(by("mute")?.failure?.message ?? "")?.[1] ?? 0); // a slow machine may give up before it listens
    assert.ok(waitedMs <= 2000, by("mute")?.failure?.message);
    assert.equal(by("red")?.status, "ready", by("red")?.failure?.message);
    await end(world);
  });

  test("a seed that leaves a pipe and a socket in the data folder is kept without them; output is bounded a line, and asked for by a service's name", async (t) => {
    const talk = `node -e 'console.log("x".repeat(9000)); console.log("second"); setInterval(() => undefined, 9999)'`;
    const world = makeInstanceWorld(
      t,
      `seed: "mkfifo $DATA_DIR/pipe; mkdir $DATA_DIR/d; echo 1 > $DATA_DIR/d/file; ln -s file $DATA_DIR/d/link"\nservices:\n  talk: { run: ${JSON.stringify(talk)}, ready: { log: second, timeout: 60s } }\n`,
    );
    assert.equal((await world.up([])).answer.exitCode, 0);
    assert.equal((await world.inspan(["up", "--fresh", "--json"])).exitCode, 0);
    const { dataDir } = await world.status();
    assert.deepEqual([readdirSync(dataDir), readFileSync(join(dataDir, "d", "link"), "utf8")], [["d"], "1\n"]);
    const { stdout } = await world.inspan(["output", "talk"]);
    assert.match(stdout, /x{2000} \[… 7000 characters left out\]\nsecond\n$/);
    const logs = async (): Promise<string> => (await world.inspan(["logs", "talk"])).stdout;
    let seen = await logs();
    for (let count = 0; count < 100 && !/second$/m.test(seen); count++) seen = await logs(); // lines reach the engine a moment later
    assert.match(seen, /second$/m);
    await end(world);
  });
});
