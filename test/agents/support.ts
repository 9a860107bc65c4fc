// What the tests with real agent clients share: a folder outside of the temporary folder, a worktree, a scripted model, a driver.
import { strict as assert } from "node:assert";
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { cp, mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createCodexDriver } from "../../src/domains/agent/runtime/codex/index.ts";
import type { CodexDriverOptions } from "../../src/domains/agent/runtime/codex/index.ts";
import type { AgentEvent, AgentTool, EditGuard, RunningTurn, SessionSpec, TurnInput } from "../../src/domains/agent/index.ts";
import { createNodeProviders } from "../../src/providers/node/index.ts";
import type { Conversation, ModelStep, Script, ToolResult } from "../programs/scripted-model/index.ts";
import { text } from "../programs/scripted-model/index.ts";

export const repositoryRoot = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");
export const codexPath = join(repositoryRoot, "scripts", "agents", "node_modules", "@openai", "codex", "bin", "codex.js");

/** Codex refuses a home in the temporary folder, so tests live beside the checkout, in a folder that git ignores. */
export async function makeTestFolder(): Promise<string> {
  const parent = join(repositoryRoot, ".cache", "test-agents");
  await mkdir(parent, { recursive: true });
  return mkdtemp(join(await realpath(parent), "t-"));
}

export function git(cwd: string, ...args: string[]): string {
  return execFileSync("git", ["-c", "user.name=Test", "-c", "user.email=test@localhost", ...args], { cwd, encoding: "utf8" });
}

/** A repository with these files and a linked worktree of it, as tasks have them. Returns the worktree's path. */
export async function makeWorktree(folder: string, files: Readonly<Record<string, string>>): Promise<string> {
  const repository = join(folder, "repository");
  const worktree = join(folder, "worktree");
  await mkdir(repository);
  git(repository, "init", "--quiet", "--initial-branch=main");
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(repository, path)), { recursive: true });
    await writeFile(join(repository, path), content);
  }
  git(repository, "add", "-A");
  git(repository, "commit", "--quiet", "-m", "start");
  git(repository, "worktree", "add", "--quiet", "-b", "work", worktree);
  return worktree;
}

/** The demo application with its dependencies as a worktree. */
export async function makeDemoWorktree(folder: string): Promise<string> {
  const app = join(repositoryRoot, "examples", "demo-app");
  if (!existsSync(join(app, "node_modules"))) execFileSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: app, stdio: "inherit" });
  const worktree = join(folder, "worktree");
  await cp(app, worktree, { recursive: true, dereference: true });
  git(worktree, "init", "--quiet", "--initial-branch=main");
  git(worktree, "add", "-A");
  git(worktree, "commit", "--quiet", "-m", "start");
  return worktree;
}

/** What a turn's script sees: the results since the person's last message. */
export interface Moment { readonly conversation: Conversation; readonly results: readonly ToolResult[]; readonly sinceUser: string }

/** Plays by the last user text: its first word names the scene. Content alone decides. */
export function playScenes(scenes: Readonly<Record<string, (moment: Moment) => ModelStep>>): Script {
  return (conversation) => {
    const from = conversation.messages.findLastIndex((message) => message.kind === "user" && scenes[firstWord(message.text)] !== undefined);
    const opener = conversation.messages[from];
    const scene = opener?.kind === "user" ? scenes[firstWord(opener.text)] : undefined;
    if (scene === undefined) return text("There is no scene of that name.");
    const since = conversation.messages.slice(from);
    const ids = new Set(since.flatMap((message) => (message.kind === "result" ? [message.callId] : [])));
    return scene({
      conversation,
      results: conversation.toolResults.filter((result) => ids.has(result.callId)),
      sinceUser: since.map((message) => (message.kind === "call" ? "" : message.text)).join("\n"),
    });
  };
}

const firstWord = (words: string): string => words.split(/\s/)[0] ?? "";

export const quietGuard: EditGuard = { refuse: () => undefined, afterEdit: () => Promise.resolve(undefined) };

export interface TestSessionOptions {
  readonly folder: string;
  readonly worktreePath: string;
  readonly baseUrl: string;
  readonly tools?: readonly AgentTool[];
  readonly spec?: Partial<SessionSpec>;
  readonly driver?: Partial<CodexDriverOptions>;
  readonly env?: Readonly<Record<string, string>>;
}

export function makeDriver({ folder, baseUrl, driver, env }: Pick<TestSessionOptions, "folder" | "baseUrl" | "driver" | "env">) {
  const providers = createNodeProviders({ env: { ...process.env, ...env }, statePath: join(folder, "state"), version: "0.0.0" });
  return createCodexDriver({
    providers, path: codexPath, model: "scripted", effort: undefined, price: { inputUsd: 1, outputUsd: 10 }, login: "own-home",
    baseUrl, apiKey: undefined, userHomePath: join(folder, "user-codex"), network: "sandbox", allowedHosts: undefined, ...driver,
  });
}

export function specOf({ folder, worktreePath, tools, spec }: Pick<TestSessionOptions, "folder" | "worktreePath" | "tools" | "spec">): SessionSpec {
  return {
    label: "test", worktreePath, sessionPath: join(folder, "session"), access: "write", instructions: "INSTRUCTIONS-OF-INSPAN", model: undefined, effort: undefined,
    tools: tools ?? [], isUnsandboxedAllowed: false, resumeId: undefined, signal: new AbortController().signal, ...spec,
  };
}

export interface PlayedTurn { readonly turn: RunningTurn; readonly events: readonly AgentEvent[]; waitFor(fits: (event: AgentEvent) => boolean): Promise<AgentEvent> }

/** Input of a turn that keeps its events; waiting for one ends with the turn. */
export function collectTurn(start: (input: TurnInput) => RunningTurn, words: string, more: Partial<TurnInput> = {}): PlayedTurn {
  const events: AgentEvent[] = [];
  const waiters = new Set<(event: AgentEvent) => void>();
  const turn = start({
    text: words, guard: quietGuard, modelCallsMax: 50, timeoutMs: 220_000, signal: new AbortController().signal,
    onEvent: (event) => { events.push(event); for (const waiter of [...waiters]) waiter(event); }, ...more,
  });
  return {
    turn, events,
    waitFor: (fits) => {
      const seen = events.find(fits);
      if (seen !== undefined) return Promise.resolve(seen);
      return new Promise((resolve, reject) => {
        waiters.add(function waiter(event) { if (fits(event)) { waiters.delete(waiter); resolve(event); } });
        void turn.result.then((result) => reject(new Error(`the turn ended before what was waited for: ${JSON.stringify(result)}`)));
      });
    },
  };
}

/** Living processes of the machine whose command line holds the text; those of one test, where its folder is given: other files run beside it. */
export function processesWith(words: string, folder = ""): readonly number[] {
  return readdirSync("/proc").map(Number).filter((pid) => {
    if (!Number.isInteger(pid) || pid === process.pid) return false;
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
      return line.includes(words) && (folder === "" || `${line}${readFileSync(`/proc/${pid}/environ`, "utf8")}`.includes(folder));
    } catch { return false; } // gone meanwhile
  });
}

/** Resolves when so many such processes live; rejects as soon as the turn that should start them has ended. Looks now and then: the client needs the processor itself. */
export async function waitForProcesses(words: string, count: number, turn: RunningTurn): Promise<void> {
  let end: string | undefined;
  void turn.result.then((result) => { end = JSON.stringify(result); });
  while (processesWith(words).length < count) {
    if (end !== undefined) throw new Error(`the turn ended before ${count} processes "${words}" lived: ${end}`);
    await new Promise((resolve) => { setTimeout(resolve, 50); });
  }
}

export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
}

export function assertStatus(result: { readonly status: string; readonly reason?: string }, expected: string): void {
  assert.equal(result.status, expected, result.reason ?? "");
}
