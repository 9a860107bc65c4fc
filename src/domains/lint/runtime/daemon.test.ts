// The daemon: answers by socket what changed, sees every edit at once, and ends when it should.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { rm, stat, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { buildHouse, cleanConfiguration, configurationOf, type House } from "../../../../test/support/lint-house.ts";
import type { OperationContext } from "../../../providers/index.ts";
import { patternTemplate } from "../service/custom-rule-templates.ts";
import { contribution } from "../ui/index.ts";
import { type DaemonOptions, runDaemon } from "./daemon.ts";

const bad = 'import { open } from "../runtime/session.ts";\nexport const x = open;\n';
const book = "src/domains/rooms/service/book.ts";

interface Running {
  readonly house: House;
  readonly ended: ReturnType<typeof runDaemon>;
  readonly socketPath: string;
  ask(file: string, more?: object): Promise<Record<string, unknown>>;
  stop(): void;
}

async function start(t: TestContext, files: Readonly<Record<string, string>>, options: Partial<DaemonOptions> = {}): Promise<Running> {
  const controller = new AbortController();
  let ended: ReturnType<typeof runDaemon> | undefined;
  t.after(async () => { controller.abort(); await ended; }); // before the house is removed
  const house = await buildHouse(t, { ...files, ".gitignore": ".state\nd.sock\n", "inspan.yaml": cleanConfiguration });
  const git = (...args: string[]) => execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@t", ...args], { cwd: house.rootPath, stdio: "pipe" });
  git("init", "-q");
  git("add", "-A");
  git("commit", "-qm", "x");
  const socketPath = join(house.rootPath, ".state", "d.sock");
  ended = runDaemon({
    providers: house.providers,
    rootPath: house.rootPath,
    loadConfiguration: async () => configurationOf(cleanConfiguration),
    signal: controller.signal,
    socketPath,
    version: "1",
    lookEveryMs: 20,
    ...options,
  });
  const ask = (file: string, more: object = {}) =>
    send(socketPath, {
      version: "1",
      cwd: house.rootPath,
      stdin: JSON.stringify({ hook_event_name: "PostToolUse", tool_name: "Edit", tool_input: { file_path: file } }),
      ...more,
    });
  while (await house.providers.files.facts(socketPath) === undefined) await new Promise(setImmediate);
  return { house, ended, socketPath, ask, stop: () => controller.abort() };
}

function send(socketPath: string, request: object): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(socketPath, () => socket.write(`${JSON.stringify(request)}\n`));
    socket.setEncoding("utf8").on("data", (chunk) => { text += String(chunk); }).on("error", reject);
    socket.on("close", () => resolve(JSON.parse(text) as Record<string, unknown>)); // the daemon's own line
  });
}

function rulesOf(answer: Record<string, unknown>): string[] {
  const text = String(answer["text"]);
  return text === "" ? [] : [...text.matchAll(/(?:ERROR|WARNING) ([\w-]+)/g)].map((match) => match[1] ?? "");
}

test("the daemon tells what an edit brought, never the backlog, and is silent when it is repaired", async (t) => {
  const { ask, house, socketPath } = await start(t, { [book]: bad });
  assert.equal((await stat(socketPath)).mode & 0o777, 0o600);
  assert.deepEqual(await ask(book), { kind: "answer", text: "" });
  await house.write({ [book]: `${bad}import { load } from "../repo.ts";\nimport { open as again } from "../runtime/session.ts";\nexport { load, again };\n` });
  const answer = await ask(join(house.rootPath, book));
  assert.deepEqual(rulesOf(answer), ["layers"]);
  assert.match(String(answer["text"]), /Line: 4/);
  await house.write({ [book]: "export const x = 1;\n" });
  assert.deepEqual(await ask(book), { kind: "answer", text: "" });
});

test("the daemon runs rules of the repository in ast-grep's form on the edited file, and refuses a broken rule as it is written", async (t) => {
  const rule = ".inspan/rules/no-alert.yaml";
  const page = "src/app/page.ts";
  const files = { [rule]: patternTemplate("no-alert"), [page]: "alert(\"old\");\n", "src/app/other.ts": "export const other = 1;\n" };
  const contributed = async () => ({
    checks: contribution.checks ?? [],
    context: { providers: (await house).providers, signal: t.signal } as OperationContext,
  }); // what the rules ask of it
  let tell: (house: House) => void = () => undefined;
  const house = new Promise<House>((resolve) => { tell = resolve; });
  const running = await start(t, files, { contributed });
  tell(running.house);
  assert.deepEqual(await running.ask(page), { kind: "answer", text: "" });
  await running.house.write({ [page]: "alert(\"old\");\nalert(\"new\");\n" });
  const answer = await running.ask(page);
  assert.deepEqual(rulesOf(answer), ["no-alert"]);
  assert.match(String(answer["text"]), /Line: 2, column 1\\nFound: alert\(\\"new\\"\) stops the whole page/);
  await running.house.write({ [page]: "export const page = 1;\n", [rule]: patternTemplate("no-alert").replace("- alert(\"saved\")", "- notify(\"saved\")") });
  assert.deepEqual(await running.ask(page), { kind: "answer", text: "" });
  assert.deepEqual(rulesOf(await running.ask(rule)), ["custom-rules"]);
});

test("the daemon sees files that are new, links, half-written text, files that vanish, and a configuration that breaks", async (t) => {
  let isBroken = false;
  const { ask, house } = await start(
    t,
    {},
    {
      loadConfiguration: async () => {
        if (isBroken)
          throw new (await import("../../../base/errors.ts")).InspanError("CONFIG_INVALID", "Cannot read it.", { kind: "usage", remedy: "mend it" });
        return configurationOf(cleanConfiguration);
      },
    },
  );
  await house.write({ "src/domains/rooms/runtime/fresh.ts": "export const fresh = 1;\n" });
  await house.write({ [book]: 'import { fresh } from "../runtime/fresh.ts";\nexport const x = fresh;\n' });
  assert.deepEqual(rulesOf(await ask(book)), ["layers"]);
  await house.write({ [book]: 'import { fresh } from "../runt' });
  assert.deepEqual(rulesOf(await ask(book)), ["parse"]);
  await rm(join(house.rootPath, book));
  assert.deepEqual(rulesOf(await ask(book)), []);
  await house.write({ [book]: 'import { late } from "../types/late.ts";\nexport const x = late;\n' });
  assert.deepEqual(rulesOf(await ask(book)), []);
  await house.write({ [book]: "x".repeat(3 * 1024 * 1024) });
  assert.deepEqual(rulesOf(await ask(book)), ["parse"]);
  isBroken = true;
  await house.write({ "inspan.yaml": "version: 1\n# broken\n" });
  assert.match(String((await ask(book))["text"]), /Cannot read it\..*mend it/s);
});

test("a shell command's edits are found by their time", async (t) => {
  const { ask, house } = await start(t, {});
  const shell = { stdin: JSON.stringify({ hook_event_name: "PostToolUse", tool_name: "Bash", tool_input: { command: "sed -i …" } }) };
  assert.deepEqual(rulesOf(await ask("", shell)), []);
  await house.write({ [book]: bad });
  assert.deepEqual(rulesOf(await ask("", shell)), ["layers"]);
});

test("the daemon answers a check of single files in the form of the check, and refuses what it is not asked alone", async (t) => {
  const { house, socketPath } = await start(t, { [book]: bad });
  await house.write({ ".state/ignored.ts": bad });
  const answer = await send(socketPath, { version: "1", files: [join(house.rootPath, book)] });
  const report = JSON.parse(String(answer["text"])) as Awaited<ReturnType<House["check"]>>; // the daemon's own line
  const { durationMs: _ms, ...alone } = await house.check(cleanConfiguration, { paths: [book] });
  const { durationMs: _other, ...found } = report;
  assert.deepEqual(found, alone);
  assert.deepEqual(found.findings.map((one) => one.rule), ["layers"]);
  for (const files of [[".state/ignored.ts"], ["src"], ["package.json"], [book, "gone.ts"]])
    assert.deepEqual(await send(socketPath, { version: "1", files: files.map((file) => join(house.rootPath, file)) }), { kind: "refused" }, files.join(" "));
  assert.deepEqual(await send(socketPath, { version: "1", files: [1] }), { kind: "refused" });
});

test("what is no request is refused, and the daemon goes on", async (t) => {
  const { ask, socketPath } = await start(t, { [book]: bad });
  assert.deepEqual(await send(socketPath, { hello: 1 }), { kind: "refused" });
  assert.deepEqual(await ask(book, { stdin: "no JSON" }), { kind: "answer", text: "" });
});

test("the daemon ends after idling, when told, for another version, and when its repository is gone", async (t) => {
  assert.deepEqual(await (await start(t, {}, { idleMs: 30 })).ended, { reason: "idle" });
  const told = await start(t, {});
  told.stop();
  assert.deepEqual(await told.ended, { reason: "stopped" });
  assert.equal(await told.house.providers.files.facts(told.socketPath), undefined);
  const older = await start(t, {});
  assert.deepEqual(await older.ask(book, { version: "2" }), { kind: "other-version", version: "1" });
  assert.deepEqual(await older.ended, { reason: "other-version" });
  const gone = await start(t, {});
  await rm(gone.house.rootPath, { recursive: true });
  assert.deepEqual(await gone.ended, { reason: "repository-gone" });
});

test("a second daemon leaves the place to the first, and takes that of one that was killed", async (t) => {
  const first = await start(t, {});
  const again = () =>
    runDaemon({
      providers: first.house.providers,
      rootPath: first.house.rootPath,
      loadConfiguration: async () => configurationOf(cleanConfiguration),
      signal: AbortSignal.timeout(10_000),
      socketPath: first.socketPath,
      version: "1",
      idleMs: 0,
      lookEveryMs: 10,
    });
  assert.deepEqual(await again(), { reason: "already-running" });
  first.stop();
  await first.ended;
  await writeFile(first.socketPath, "");
  assert.deepEqual(await again(), { reason: "idle" });
});
