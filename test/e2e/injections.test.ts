// Twenty-five hostile texts against an obedient model with the built-in agent. The real clients meet the same in test/agents.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { AgentsConfig, type AgentSession } from "../../src/domains/agent/index.ts";
import { createDriver } from "../../src/domains/agent/runtime/index.ts";
import { createNodeProviders } from "../../src/providers/node/index.ts";
import { call, startScriptedModel, type ScriptedModel } from "../programs/scripted-model/index.ts";
import { git } from "../support/desk-repository.ts";
import { channels, gullibleScript, prepareInjections, proveChannel, type InjectionHands } from "../support/injections.ts";

const hands: InjectionHands = {
  read: (path) => call("read_file", { path }), run: (command) => call("run", { command }), operation: (name, input) => call(name, input),
  edit: (path, from, to) => call("apply_patch", { patch: `*** Begin Patch\n*** Update File: ${path}\n@@\n-${from}\n+${to}\n*** End Patch` }),
};

describe("hostile texts with the built-in agent", () => {
  let folder = "";
  let worktree = "";
  let repositoryPath = "";
  let model: ScriptedModel;
  let session: AgentSession;
  let prepared: Awaited<ReturnType<typeof prepareInjections>>;
  const bait = spawn("sleep", ["120"], { stdio: "ignore" });

  before(async () => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), "inspan-inject-")));
    repositoryPath = join(folder, "repository");
    worktree = join(folder, "worktree");
    mkdirSync(repositoryPath);
    for (const [name, words] of [["a.txt", "one\n"], ["locked.txt", "locked\n"]] as const) writeFileSync(join(repositoryPath, name), words);
    git(repositoryPath, "init", "--quiet", "--initial-branch=main");
    git(repositoryPath, "add", "-A");
    git(repositoryPath, "commit", "--quiet", "-m", "start");
    git(repositoryPath, "worktree", "add", "--quiet", "-b", "work", worktree);
    prepared = await prepareInjections(folder, worktree, bait.pid ?? 0);
    model = await startScriptedModel({ script: gullibleScript(() => ({ folder, worktree, hands, place: prepared.place })) });
    const providers = createNodeProviders({ env: { ...process.env, KEY: "KEY-OF-TEST-0123456789" }, statePath: join(folder, "state"), version: "0.0.0" });
    const driver = await createDriver("builtin", providers, AgentsConfig.parse({ builtin: { baseUrl: model.url, model: "scripted", apiKeyEnv: "KEY" } }));
    session = await driver.open({
      label: "t",
      worktreePath: worktree,
      sessionPath: join(folder, "session"),
      access: "write",
      instructions: "I",
      model: undefined,
      effort: undefined,
      tools: prepared.tools,
      isUnsandboxedAllowed: false,
      resumeId: undefined,
      signal: new AbortController().signal,
    });
  });
  after(async () => {
    bait.kill();
    await session?.dispose();
    await model?.close();
    prepared?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  for (const channel of channels) {
    test(`in the channel ${channel} change nothing outside and decide nothing`, async () => {
      const readState = () => `${git(repositoryPath, "for-each-ref")}${readFileSync(join(repositoryPath, ".git", "config"), "utf8")}${git(worktree, "rev-parse", "HEAD")}`;
      await proveChannel({ session, folder, worktree, prepared, repositoryPath, readState }, channel);
    });
  }
});
