// The security reviewer end to end on a real repository: a seeded flaw found, triggered in the sandbox, patched, scanned again; and clean changes that stay clean.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { startScriptedModel, text, type Conversation, type ModelStep } from "../programs/scripted-model/index.ts";
import { patch } from "../programs/scripted-model/tiny.ts";
import { createBareRemote } from "../support/bare-remote.ts";
import { runInspan } from "../support/inspan-process.ts";

const closing: (() => Promise<void>)[] = [];
after(async () => { for (const close of closing) await close(); });

const safe = `import { join, normalize } from "node:path";\nexport function pathOf(root, name) {\n  const path = normalize(join(root, name));\n  if (!path.startsWith(root + "/")) throw new Error("outside");\n  return path;\n}\n`;
const flawed = safe.replace('  if (!path.startsWith(root + "/")) throw new Error("outside");\n', "");
// Exits with 10 where a name leads out of the root.
const trigger = `import { pathOf } from "../src/files.mjs";\ntry { process.exit(pathOf("/data", "../etc/passwd").startsWith("/data/") ? 0 : 10); } catch { process.exit(0); }\n`;
const suspicion = (title: string, program: string, run = "node $PROGRAM/trigger.mjs") => ({
  priority: "P0",
  file: "src/files.mjs",
  line: 3,
  title,
  detail: "../ leaves the root",
  threat: "T1",
  suggestion: "check the prefix",
  program: { files: [{ path: "trigger.mjs", text: program }], run },
});
const model = {
  assets: ["files of users"],
  entryPoints: [{ name: "names of files", files: "src/files.mjs", trust: "untrusted" }],
  boundaries: [],
  threats: [{ id: "T1", what: "a name leads out of the root", where: "src/files.mjs", mitigation: "prefix check" }],
};

let suspicions: (conversation: Conversation) => readonly object[] = () => [];
const script = (conversation: Conversation): ModelStep => {
  if (conversation.system.includes("You draw its threat model")) return text(JSON.stringify(model));
  if (conversation.lastUserText.includes("security-patch") || conversation.messages.some((message) => message.kind === "user" && message.text.includes("security-patch"))) {
    if (conversation.toolResults.length > 0) return text("Mended.");
    return patch('*** Update File: src/files.mjs\n@@\n   const path = normalize(join(root, name));\n+  if (!path.startsWith(root + "/")) throw new Error("outside");');
  }
  return text(JSON.stringify({ suspicions: suspicions(conversation) }));
};
const server = await startScriptedModel({ script });
closing.push(() => server.close());
const remote = await createBareRemote({ "src/files.mjs": safe, "inspan.yaml": "version: 1\n", "README.md": "# Files\n" });
closing.push(() => remote.dispose());
const clone = await remote.clone("user");

async function scan(head: string, args: readonly string[] = []) {
  clone.git("checkout", "--quiet", "--detach", head);
  const run = await runInspan(["security", "scan", "--json", ...args], {
    cwd: clone.path,
    env: { INSPAN_HOME: join(remote.path, "home"), INSPAN_MODEL_BASE_URL: server.url, INSPAN_MODEL: "scripted" },
  });
  assert.ok(run.stdout.startsWith("{"), run.stderr);
  const report = JSON.parse(run.stdout) as {
    flaws: { title: string; exitCodes: object; patch: { isMended: boolean; reason: string | null; text: string } | null }[];
    unproven: { title: string; verdict: string }[];
    failure: string | null;
    threatModel: { isKept: boolean };
    usage: { inputTokens: number };
  }; // our own result
  return { exitCode: run.exitCode, ...report };
}

test("a seeded flaw is found, triggered, patched, and the patch is scanned again", async () => {
  const head = clone.commitOn("flawed", { "src/files.mjs": flawed });
  suspicions = (conversation) => (conversation.lastUserText.includes("Known already") ? [] : [suspicion("A name leads out of the root", trigger)]);
  const { exitCode, flaws, unproven, threatModel } = await scan(head, ["--patch"]);
  assert.deepEqual([exitCode, unproven, threatModel.isKept], [1, [], false]);
  assert.deepEqual(
    flaws.map(({ title, exitCodes, patch: offered }) => [title, exitCodes, offered?.isMended, offered?.reason]),
    [["A name leads out of the root", { base: 0, head: 10, patched: 0 }, true, null]],
  );
  assert.match(flaws[0]?.patch?.text ?? "", /^\+ {2}if \(!path\.startsWith/m);
  assert.doesNotMatch(flaws[0]?.patch?.text ?? "", /inspan-security/);
  assert.equal(clone.git("status", "--porcelain"), "");
  assert.equal(server.requests.filter(({ conversation }) => conversation.lastUserText.includes("Known already")).length, 1, "the patch was scanned");
});

test("a patch that mends nothing, and one whose scan triggers something new, are no patches", async () => {
  const head = clone.commitOn("flawed-again", { "src/files.mjs": `${flawed}export const size = 1;\n` });
  const newFlaw = `import { readFileSync } from "node:fs";\nprocess.exit(readFileSync("src/files.mjs", "utf8").includes("outside") && readFileSync("src/files.mjs", "utf8").includes("size") ? 10 : 0);\n`;
  suspicions = (conversation) =>
    conversation.lastUserText.includes("Known already")
      ? [suspicion("The patch brings another", newFlaw)]
      : [suspicion("A name leads out of the root", trigger)];
  const { flaws } = await scan(head, ["--patch"]);
  assert.deepEqual(flaws.map(({ patch: offered }) => [offered?.isMended, offered?.reason]), [[false, 'the patched change has "The patch brings another"']]);
});

test("a flaw that was triggered stands where its patch cannot be proven; what gave no answer is counted all the same", async () => {
  const head = clone.commitOn("flawed-unproven", { "src/files.mjs": `${flawed}export const length = 1;\n` });
  suspicions = (conversation) =>
    conversation.lastUserText.includes("Known already") || conversation.lastUserText.includes("could not be read")
      ? [{ garbled: true }]
      : [suspicion("A name leads out of the root", trigger)];
  const { exitCode, flaws, failure } = await scan(head, ["--patch"]);
  assert.deepEqual(
    [exitCode, failure, flaws.map(({ title, exitCodes, patch: offered }) => [title, exitCodes, offered?.isMended])],
    [1, null, [["A name leads out of the root", { base: 0, head: 10, patched: null }, false]]],
  );
  assert.match(flaws[0]?.patch?.reason ?? "", /no patch was proven/);
  suspicions = () => [{ garbled: true }];
  const none = await scan(head);
  assert.deepEqual([none.exitCode, none.flaws, none.usage.inputTokens > 0], [3, [], true]);
});

test("three clean changes give no finding, whatever the model says: a program that triggers nothing, everything, or never ends counts for nothing", async () => {
  for (const [branch, program, verdict] of [
    ["clean-one", trigger, "not-triggered"],
    ["clean-two", "process.exit(10);\n", "on-the-base-too"],
    ["clean-three", "process.exit(3);\n", "inconclusive"],
  ] as const) {
    const head = clone.commitOn(branch, { "src/other.mjs": `export const ${branch.replace("-", "_")} = 1;\n` });
    suspicions = () => [suspicion("Surely a hole", program)];
    const { exitCode, flaws, unproven } = await scan(head);
    assert.deepEqual([exitCode, flaws, unproven.map((one) => one.verdict)], [0, [], [verdict]], branch);
  }
  suspicions = () => [];
  assert.equal((await scan(clone.commitOn("clean-four", { "README.md": "# Other\n" }))).exitCode, 0);
});

test("an answer without programs is no verdict, and programs write nowhere but in their tree", async () => {
  const head = clone.commitOn("no-program", { "src/files.mjs": flawed.replace("normalize(", "normalize( ") });
  suspicions = () => [{ priority: "P0", title: "Trust me", file: "src/files.mjs" }];
  const refused = await scan(head);
  assert.deepEqual([refused.exitCode, refused.flaws, refused.failure === null], [3, [], false]);
  const mark = join(remote.path, "escaped");
  suspicions = () => [suspicion("Writes outside", `import { writeFileSync } from "node:fs";\ntry { writeFileSync(${JSON.stringify(mark)}, "x"); } catch {}\nprocess.exit(0);\n`)];
  assert.equal((await scan(head)).exitCode, 0);
  if ((await remote.providers.sandbox.detect()).kind !== "none") assert.equal(existsSync(mark), false);
});

test("the threat model is drawn once and kept by a person", async () => {
  clone.git("checkout", "--quiet", "main");
  const env = { INSPAN_HOME: join(remote.path, "home"), INSPAN_MODEL_BASE_URL: server.url, INSPAN_MODEL: "scripted" };
  assert.equal((await runInspan(["security", "model", "--write"], { cwd: clone.path, env })).exitCode, 0);
  const page = readFileSync(join(clone.path, "docs/threat-model.md"), "utf8");
  assert.match(page, /\| T1 \| a name leads out of the root \| src\/files\.mjs \| prefix check \|/);
  assert.equal((await runInspan(["security", "model", "--write"], { cwd: clone.path, env })).exitCode, 2);
  clone.git("add", "-A"); clone.git("commit", "--quiet", "-m", "threat model"); clone.git("push", "--quiet", "origin", "main");
  suspicions = () => [];
  const head = clone.commitOn("with-model", { "README.md": "# More\n" }, "main");
  assert.equal((await scan(head)).threatModel.isKept, true);
  assert.ok(server.requests.at(-1)?.conversation.lastUserText.includes("a name leads out of the root"));
});
