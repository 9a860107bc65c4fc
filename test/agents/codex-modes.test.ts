// The proof that each way of walling the agent in keeps it able to work: the demo application's tests, which listen on loopback, and one
// operation of ours, both from inside a turn of the real Codex.
import { strict as assert } from "node:assert";
import { chmod, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { AgentTool } from "../../src/domains/agent/index.ts";
import { createNodeProviders } from "../../src/providers/node/index.ts";
import { call, startScriptedModel, text } from "../programs/scripted-model/index.ts";
import type { ScriptedModel } from "../programs/scripted-model/index.ts";
import { assertStatus, codexPath, collectTurn, makeDemoWorktree, makeDriver, makeTestFolder, playScenes, processesWith, removeFolder, specOf } from "./support.ts";
import type { TestSessionOptions } from "./support.ts";

const script = ({ conversation, results }: { readonly conversation: { readonly toolsOffered: readonly string[] }; readonly results: readonly { readonly text: string }[] }) => {
  assert.ok(conversation.toolsOffered.includes("inspan_check"));
  if (results.length === 0) return call("exec_command", { cmd: "npm test; setsid sleep 31314 & touch ../outside.txt", yield_time_ms: 120_000, max_output_tokens: 4_000 });
  const latest = results.at(-1)?.text ?? "";
  if (/Process running with session ID (\d+)/.test(latest) && results.length < 10)
    return call("write_stdin", { session_id: Number(/session ID (\d+)/.exec(latest)?.[1]), chars: "", yield_time_ms: 120_000 });
  if (!results.some((result) => result.text.includes("CHECKED"))) return call("inspan_check", {});
  return text(results.map((result) => result.text).join("\n"));
};

let folder = "";
let worktree = "";
let model: ScriptedModel;
const check: AgentTool = {
  name: "inspan_check", description: "Checks.", inputSchema: { type: "object", properties: {} },
  execute: () => Promise.resolve({ text: `CHECKED by ${process.pid}`, isError: false }),
};

before(async () => {
  folder = await makeTestFolder();
  worktree = await makeDemoWorktree(folder);
  model = await startScriptedModel({ script: playScenes({
    PROVE: script,
    ASK: ({ results, sinceUser }) =>
      results.length === 0
        ? call("exec_command", { cmd: "echo x > ../escaped.txt", sandbox_permissions: "require_escalated", justification: "I need it" })
        : text(sinceUser),
  }) });
});
after(async () => {
  await model.close();
  await removeFolder(folder);
});

/** Codex without a sandbox of its own that works, as on a kernel without user namespaces. */
async function makeUnwalledCodex(): Promise<string> {
  const path = join(folder, "codex-unwalled");
  await writeFile(path, `#!/bin/sh\n[ "$1" = sandbox ] && exit 1\nexec "${process.execPath}" "${codexPath}" "$@"\n`);
  await chmod(path, 0o755);
  return path;
}

async function prove(name: string, more: Pick<TestSessionOptions, "driver" | "env" | "spec">, isOutsideWritable: boolean): Promise<void> {
  const place = join(folder, name);
  const driver = makeDriver({ folder: place, baseUrl: model.url, driver: more.driver, env: more.env });
  const session = await driver.open(specOf({ folder: place, worktreePath: worktree, tools: [check], spec: more.spec }));
  try {
    const { turn, events } = collectTurn((input) => session.startTurn(input), "PROVE it", { timeoutMs: 240_000 });
    const result = await turn.result;
    assertStatus(result, "completed");
    assert.match(result.text, /pass \d+/);
    assert.match(result.text, /\bfail 0\b/, result.text);
    assert.match(result.text, new RegExp(`CHECKED by ${process.pid}`));
    assert.equal(/outside\.txt.*(Read-only|Permission|denied)/.test(result.text), !isOutsideWritable, result.text);
    assert.deepEqual(processesWith("sleep 31314"), []);
    assert.deepEqual(events.filter((event) => event.kind === "files-changed"), []);
  } finally { await session.dispose(); }
  // Nothing tried to get out: what does asks our proxy, and that is logged.
  for (const file of await readdir(join(place, "state", "logs")).catch(() => [])) {
    assert.ok(!(await readFile(join(place, "state", "logs", file), "utf8")).includes("codex.refused"), "an attempt to get out");
  }
  assert.deepEqual(processesWith(place), []);
}

for (const kind of ["bubblewrap", "unshare"] as const) {
  test(`in Inspan's sandbox with loopback alone (${kind})`, async (context) => {
    const detected = await createNodeProviders({ env: { ...process.env, INSPAN_SANDBOX: kind }, statePath: folder, version: "0.0.0" }).sandbox.detect();
    if (detected.kind !== kind) { context.skip(`not on this machine: ${detected.reason}`); return; }
    await prove(kind, { env: { INSPAN_SANDBOX: kind } }, false);
  });
}
test("in Inspan's sandbox with the machine's network, as acknowledged", () => prove("host", { driver: { network: "host" }, spec: { isUnsandboxedAllowed: true } }, false));
test("in Codex's own sandbox with the machine's network, as acknowledged", () => prove("own", { env: { INSPAN_SANDBOX: "none" }, spec: { isUnsandboxedAllowed: true } }, false));
test("Codex's own sandbox is not left by asking for it: the command is declined, and the model reads why", async () => {
  const place = join(folder, "asking");
  const session = await makeDriver({ folder: place, baseUrl: model.url, env: { INSPAN_SANDBOX: "none" } }).open(
    specOf({ folder: place, worktreePath: worktree, spec: { isUnsandboxedAllowed: true } }),
  );
  try {
    const { turn, events } = collectTurn((input) => session.startTurn(input), "ASK for more");
    const result = await turn.result;
    assertStatus(result, "completed");
    assert.match(result.text, /Rejected|rejected/);
    assert.match(result.text, /Refused \(run .*commands stay inside of their walls/);
    assert.deepEqual(events.flatMap((event) => (event.kind === "approval" ? [event.decision] : [])), ["declined"]);
    assert.deepEqual((await readdir(folder)).filter((name) => name === "escaped.txt"), []);
  } finally { await session.dispose(); }
});
test("without any sandbox, as acknowledged", async () =>
  prove("none", { env: { INSPAN_SANDBOX: "none" }, driver: { path: await makeUnwalledCodex() }, spec: { isUnsandboxedAllowed: true } }, true));

test("without a sandbox and without an acknowledgement nothing starts", async () => {
  const place = join(folder, "refused");
  const driver = makeDriver({ folder: place, baseUrl: model.url, env: { INSPAN_SANDBOX: "none" } });
  await assert.rejects(driver.open(specOf({ folder: place, worktreePath: worktree })), { code: "SANDBOX_MISSING" });
  const host = makeDriver({ folder: place, baseUrl: model.url, driver: { network: "host" } });
  await assert.rejects(host.open(specOf({ folder: place, worktreePath: worktree })), { code: "AGENT_START_FAILED" });
});
