// What a user gets who types something wrong or stands in the wrong place: the right exit code, one message with a next command, one JSON document.
import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { startScriptedModel, text, type ScriptedModel } from "../programs/scripted-model/index.ts";
import { makePlace, type Place } from "../support/command-line.ts";

interface Case {
  readonly name: string;
  readonly args: readonly string[];
  readonly exitCode: number;
  readonly code: string;
  /** In the message. */
  readonly says: RegExp;
  /** In the next command. */
  readonly next: RegExp;
  readonly env?: (place: Place) => Readonly<Record<string, string>>;
  readonly input?: string;
  readonly isRepository?: boolean;
  /** Also run without --json: standard output stays empty. */
  readonly isShownPlain?: boolean;
  /** Makes the place; without it there is one commit and a remote that exists. */
  readonly prepare?: (place: Place) => void;
}

const configuration = "version: 1\n";

function commit(place: Place, files: Readonly<Record<string, string>> = { "a.ts": "export const a = 1;\n", "inspan.yaml": configuration }): void {
  place.write(files);
  place.git("add", "-A");
  place.git("commit", "--quiet", "-m", "start");
}

function commitWithRemote(place: Place, files?: Readonly<Record<string, string>>): void {
  commit(place, files);
  place.git("clone", "--quiet", "--bare", ".", "../origin.git");
  place.git("remote", "add", "origin", join(place.path, "..", "origin.git"));
}

const run = ["task", "run", "mend it"];
const nothing = (): void => {};

/** A folder with a program of this name that prints a text; put first on PATH. */
function withProgram(place: Place, name: string, script: string): Readonly<Record<string, string>> {
  const folder = join(place.path, "..", "bin");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, name), 0o755);
  return { PATH: `${folder}${delimiter}${process.env["PATH"] ?? ""}` };
}

const oldGit = (place: Place) => withProgram(place, "git", 'echo "git version 2.20.1"');
let server: ScriptedModel | undefined;
before(async () => { server = await startScriptedModel({ script: () => text("Nobody should ask.") }); });
after(() => server?.close());
const model = () => ({ INSPAN_MODEL_PROVIDER: "openai-compatible", INSPAN_MODEL_BASE_URL: server?.url ?? "", INSPAN_MODEL: "scripted" });

const cases: readonly Case[] = [
  {
    name: "a folder that is no git repository",
    isShownPlain: true,
    args: run,
    isRepository: false,
    prepare: nothing,
    exitCode: 2,
    code: "NOT_A_REPOSITORY",
    says: /not a git repository/,
    next: /git init/,
  },
  {
    name: "a bare repository",
    args: run,
    isRepository: false,
    prepare: (place) => {
      place.git("init", "--quiet", "--bare");
    },
    exitCode: 2,
    code: "REPOSITORY_BARE",
    says: /no work tree/,
    next: /git clone/,
  },
  {
    name: "init in a bare repository",
    args: ["init"],
    isRepository: false,
    prepare: (place) => {
      place.git("init", "--quiet", "--bare");
    },
    exitCode: 2,
    code: "REPOSITORY_BARE",
    says: /no work tree/,
    next: /git clone/,
  },
  { name: "a repository without a commit", args: run, prepare: nothing, exitCode: 2, code: "REPOSITORY_EMPTY", says: /no commit yet/, next: /git commit/ },
  { name: "no remote", args: run, prepare: commit, exitCode: 2, code: "REMOTE_MISSING", says: /no remote/, next: /git remote add|--until patch/ },
  {
    name: "a remote that is gone",
    args: run,
    env: model,
    prepare: (place) => {
      commit(place);
      place.git("remote", "add", "origin", join(place.path, "..", "gone.git"));
    },
    exitCode: 3,
    code: "BASE_FETCH_FAILED",
    says: /Cannot fetch "main" from origin/,
    next: /git fetch origin main/,
  },
  { name: "an unknown agent", args: [...run, "--agent", "nobody"], exitCode: 2, code: "AGENT_UNKNOWN", says: /"nobody".*expected one of builtin/, next: /--agent builtin/ },
  {
    name: "an unknown agent for a review",
    args: ["review", "--agent", "nobody"],
    prepare: (place) => {
      commitWithRemote(place);
      place.git("fetch", "--quiet", "origin");
      place.git("commit", "--quiet", "--allow-empty", "-m", "x");
    },
    exitCode: 2,
    code: "AGENT_UNKNOWN",
    says: /"nobody"/,
    next: /--agent builtin/,
  },
  { name: "an agent without a model", args: run, exitCode: 2, code: "AGENT_MISSING", says: /builtin.*no model is configured/, next: /agents\.builtin\.model|INSPAN_MODEL/ },
  {
    name: "a variable with a wrong value",
    args: run,
    env: () => ({ INSPAN_MODEL_PROVIDER: "nobody" }),
    exitCode: 2,
    code: "ENVIRONMENT_INVALID",
    says: /INSPAN_MODEL_PROVIDER/,
    next: /INSPAN_MODEL_PROVIDER/,
  },
  {
    name: "a malformed inspan.yaml",
    isShownPlain: true,
    args: ["check"],
    prepare: (place) => commit(place, { "inspan.yaml": "version: 1\nlayers: [types\n", "a.ts": "" }),
    exitCode: 2,
    code: "CONFIG_INVALID",
    says: /inspan\.yaml:3:1/,
    next: /edit inspan\.yaml:3/,
  },
  {
    name: "an unknown key",
    args: run,
    prepare: (place) => commitWithRemote(place, { "inspan.yaml": "version: 1\nlayerz: [types]\n" }),
    exitCode: 2,
    code: "CONFIG_INVALID",
    says: /inspan\.yaml:2:1 unknown key "layerz", did you mean "layers"/,
    next: /inspan check/,
  },
  {
    name: "a wrong value deep inside",
    args: ["check"],
    prepare: (place) => commit(place, { "inspan.yaml": "version: 1\nchecks:\n  - { name: test, run: x, timeoutSeconds: -1 }\n", "a.ts": "" }),
    exitCode: 2,
    code: "CONFIG_INVALID",
    says: /inspan\.yaml:3:\d+ checks\.0\.timeoutSeconds/,
    next: /edit inspan\.yaml:3/,
  },
  { name: "an unknown command", isShownPlain: true, args: ["chekc"], exitCode: 2, code: "USAGE", says: /"inspan chekc": no such command/, next: /inspan --help/ },
  { name: "an unknown second word", args: ["task", "rnu"], exitCode: 2, code: "USAGE", says: /expected one of: task run/, next: /inspan task --help/ },
  { name: "help for an unknown command", args: ["help", "chekc"], exitCode: 2, code: "USAGE", says: /chekc/, next: /inspan --help/ },
  { name: "an unknown option", args: ["check", "--chnaged"], exitCode: 2, code: "USAGE", says: /--chnaged/, next: /inspan check --help/ },
  { name: "a wrong choice", args: ["check", "--format", "xml"], exitCode: 2, code: "USAGE", says: /--format xml.*text, json/, next: /inspan check --help/ },
  { name: "a number that is none", args: ["task", "list", "--limit", "many"], exitCode: 2, code: "USAGE", says: /--limit many.*not a number/, next: /inspan task list --help/ },
  { name: "an argument too many", args: ["task", "show", "a", "b"], exitCode: 2, code: "USAGE", says: /too many, "b"/, next: /inspan task show --help/ },
  { name: "an argument too few", args: ["task", "show"], exitCode: 2, code: "USAGE", says: /<id> is missing/, next: /inspan task show --help/ },
  {
    name: "a wrong budget",
    args: [...run, "--budget", "tokens=lots"],
    exitCode: 2,
    code: "USAGE",
    says: /--budget does not fit: expected for example/,
    next: /inspan task run --help/,
  },
  ...["show", "attach", "pause", "resume", "takeover", "diff", "cancel"].map((verb): Case => ({
    name: `task ${verb} of an unknown task`,
    args: ["task", verb, "nosuch"],
    exitCode: 2,
    code: "TASK_MISSING",
    says: /Cannot find task "nosuch"/,
    next: /inspan task list/,
  })),
  { name: "task answer of an unknown task", args: ["task", "answer", "nosuch", "yes"], exitCode: 2, code: "TASK_MISSING", says: /nosuch/, next: /inspan task list/ },
  { name: "task send to an unknown task", args: ["task", "send", "nosuch", "hello"], exitCode: 2, code: "TASK_MISSING", says: /nosuch/, next: /inspan task list/ },
  { name: "an unknown pull request", args: ["pr", "show", "nosuch"], exitCode: 2, code: "PULL_REQUEST_MISSING", says: /nosuch/, next: /inspan pr list/ },
  { name: "an unknown rule", args: ["explain", "nosuch"], exitCode: 2, code: "RULE_UNKNOWN", says: /nosuch.*expected one of/, next: /inspan/ },
  { name: "a path of the check that does not exist", args: ["check", "nosuch"], exitCode: 2, code: "PATH_UNKNOWN", says: /nosuch/, next: /./ },
  { name: "a commit of the check that does not exist", args: ["check", "--since", "nosuch"], exitCode: 2, code: "COMMIT_UNKNOWN", says: /nosuch/, next: /git/ },
  { name: "an unknown process", args: ["stop", "999999999"], exitCode: 2, code: "PROCESS_UNKNOWN", says: /999999999/, next: /inspan ps/ },
  ...[run, ["check"], ["graph"], ["init"], ["explain", "layers"], ["worktree", "list"], ["feedback", "list"], ["review"], ["pr", "list"]].map((args): Case => ({
    name: `${args[0]} ${args[1] ?? ""} with a --cwd that does not exist`,
    args: [...args, "--cwd", "nosuch"],
    exitCode: 2,
    code: "FOLDER_MISSING",
    says: /nosuch": no such folder/,
    next: /./,
  })),
  { name: "check with a --cwd that is a file", args: ["check", "--cwd", "a.ts"], exitCode: 2, code: "FOLDER_MISSING", says: /a\.ts": no such folder/, next: /--cwd/ },
  { name: "an empty prompt", args: ["task", "run", "  "], exitCode: 2, code: "PROMPT_EMPTY", says: /prompt is empty/, next: /inspan task run/ },
  { name: "an empty standard input", args: ["task", "run", "-"], input: "\n", exitCode: 2, code: "PROMPT_EMPTY", says: /prompt is empty/, next: /inspan task run/ },
  { name: "an issue that does not exist", args: ["task", "run", "--issue", "nosuch.md"], exitCode: 2, code: "ISSUE_MISSING", says: /nosuch\.md/, next: /--issue/ },
  {
    name: "no sandbox",
    isShownPlain: true,
    args: run,
    env: () => ({ INSPAN_SANDBOX: "none", ...model() }),
    exitCode: 2,
    code: "SANDBOX_MISSING",
    says: /INSPAN_SANDBOX=none/,
    next: /^unset INSPAN_SANDBOX .*--unsandboxed/,
  },
  { name: "an unknown sandbox", args: run, env: () => ({ INSPAN_SANDBOX: "nosuch", ...model() }), exitCode: 2, code: "SANDBOX_UNKNOWN", says: /nosuch/, next: /INSPAN_SANDBOX/ },
  { name: "a git that is too old", args: run, env: oldGit, exitCode: 2, code: "GIT_TOO_OLD", says: /git 2\.20\.1: expected 2\.31/, next: /git/ },
  { name: "no git at all", args: run, env: (place) => ({ PATH: join(place.path, "..") }), exitCode: 3, code: "GIT_MISSING", says: /no program named git/, next: /git/ },
];

function stateFiles(place: Place): string[] {
  if (!existsSync(place.statePath)) return [];
  return readdirSync(place.statePath, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name)
    .filter((name) => !/^sandbox\.json$|\.jsonl$|\.sqlite|\.db/.test(name));
}

/** One message with what, why and the next command; nothing of our insides. */
function checkMessage(said: string, expected: Case): void {
  const [message = "", next = "", ...more] = said.split("\nNext: ");
  assert.match(message, expected.says);
  assert.match(next, expected.next);
  assert.deepEqual(more, [], "one message");
  assert.ok(next.endsWith("\n") && next.trimEnd().split("\n").length === 1, said);
  assert.doesNotMatch(said, /^\s+at .+:\d+:\d+\)?$|BUG|undefined|\[object|ZodError|node:internal/m);
}

async function checkCase(t: { after(close: () => void): void }, expected: Case): Promise<void> {
  const place = makePlace(t, { isRepository: expected.isRepository ?? true });
  (expected.prepare ?? commitWithRemote)(place);
  const before = readdirSync(place.path).sort();
  const options = { env: expected.env?.(place) ?? {}, input: expected.input ?? "" };
  const { exitCode, stdout, stderr } = await place.inspan([...expected.args, "--json"], options);
  checkMessage(stderr, expected);
  const lines = stdout.split("\n");
  assert.deepEqual([exitCode, lines.length, lines[1]], [expected.exitCode, 2, ""], `one document: ${stdout}`);
  const { error, ...document } = JSON.parse(stdout);
  const isEvent = "seq" in document;
  if (isEvent) assert.match(document.at, /^\d{4}-\d\d-\d\dT/);
  assert.deepEqual(document, isEvent ? { version: 1, seq: 0, at: document.at, type: "result" } : { version: 1 });
  assert.equal(isEvent, /^(task (run|resume|answer|attach)|serve)\b/.test(expected.args.join(" ")), "streaming commands end with an event");
  assert.deepEqual([error.code, stderr], [expected.code, `${error.message}\nNext: ${error.remedy}\n`]);
  if (expected.isShownPlain) {
    const plain = await place.inspan(expected.args, options);
    assert.deepEqual(plain, { exitCode, stdout: "", stderr });
  }
  assert.deepEqual(readdirSync(place.path).sort(), before, "nothing is left behind in the folder");
  assert.deepEqual(stateFiles(place), [], "nothing is left behind in the state folder");
  if (before.includes("a.ts")) assert.equal(place.git("worktree", "list").split("\n").length, 1);
}

// Each case is a process or two; more at once than cores gains nothing.
describe("bad input", { concurrency: 3 }, () => {
  for (const expected of cases) test(`${expected.name}: exit ${expected.exitCode}, ${expected.code}`, (t) => checkCase(t, expected));
});

test("a state folder that cannot be written is one clear message, for a task as for doctor", async (t) => {
  const place = makePlace(t);
  commitWithRemote(place);
  writeFileSync(place.statePath, "a file where the folder should be\n"); // also refuses root, whom no mode stops
  const answer = await place.inspan([...run, "--json"], { env: model() });
  assert.deepEqual([answer.exitCode, JSON.parse(answer.stdout).error.code], [3, "STATE_UNWRITABLE"]);
  assert.match(answer.stderr, /^Cannot write the state folder ".*\nNext: .*INSPAN_HOME/);
  const doctor = await place.inspan(["doctor"]);
  assert.equal(doctor.exitCode, 0);
  assert.match(doctor.stdout, /MISSING +state folder/);
});

test("doctor says that git is too old", async (t) => {
  const place = makePlace(t);
  assert.match((await place.inspan(["doctor"], { env: oldGit(place) })).stdout, /MISSING +git +2\.20\.1, expected 2\.38/);
});
