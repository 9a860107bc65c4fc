// A real worktree, real providers and a scripted model for tests of agent drivers. For tests only.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { AgentsConfig } from "../../src/domains/agent/index.ts";
import type { AgentDriver, AgentEvent, AgentSession, BuiltinConfig, SessionSpec, TurnInput } from "../../src/domains/agent/index.ts";
import { createDriver } from "../../src/domains/agent/runtime/index.ts";
import type { Providers } from "../../src/providers/index.ts";
import { createNodeProviders } from "../../src/providers/node/index.ts";
import { startScriptedModel } from "../programs/scripted-model/index.ts";
import type { Script, ScriptedModel, WireName } from "../programs/scripted-model/index.ts";

export const keyOfTests = "key-of-the-tests-1234567890";
const providerOfWire = { chat: "openai-compatible", responses: "openai", messages: "anthropic", gemini: "openai-compatible" } as const;

export interface AgentWorld {
  readonly rootPath: string;
  readonly worktreePath: string;
  readonly sessionPath: string;
  readonly model: ScriptedModel;
  readonly providers: Providers;
  readonly driver: AgentDriver;
  /** Every wait between attempts, in milliseconds; none of them is really waited. */
  readonly waitsMs: number[];
  open(spec?: Partial<SessionSpec>): Promise<AgentSession>;
  /** A turn's input whose events are collected in `events`. */
  turn(text: string, input?: Partial<TurnInput>): TurnInput & { readonly events: AgentEvent[]; waitFor(fits: (event: AgentEvent) => boolean): Promise<AgentEvent> };
  write(path: string, text: string): void;
  read(path: string): string;
  git(...args: readonly string[]): string;
  close(): Promise<void>;
}

export interface AgentWorldOptions {
  readonly script: Script;
  readonly wire?: WireName;
  readonly files?: Readonly<Record<string, string>>;
  readonly config?: Partial<BuiltinConfig>;
  /** Keys beside `builtin`. */
  readonly agents?: Readonly<Record<string, unknown>>;
}

function collectEvents(): { events: AgentEvent[]; onEvent(event: AgentEvent): void; waitFor(fits: (event: AgentEvent) => boolean): Promise<AgentEvent> } {
  const events: AgentEvent[] = [];
  const waiters = new Set<(event: AgentEvent) => void>();
  return {
    events,
    onEvent: (event) => {
      events.push(event);
      for (const waiter of [...waiters]) waiter(event);
    },
    waitFor: (fits) => new Promise((resolve) => {
      const seen = events.find(fits);
      if (seen !== undefined) { resolve(seen); return; }
      const waiter = (event: AgentEvent): void => {
        if (!fits(event)) return;
        waiters.delete(waiter);
        resolve(event);
      };
      waiters.add(waiter);
    }),
  };
}

/** A repository with one commit, a model that plays the script, and the built-in driver on it. Close it in the end. */
export async function startAgentWorld(options: AgentWorldOptions): Promise<AgentWorld> {
  const rootPath = mkdtempSync(join(tmpdir(), "inspan-agent-"));
  const worktreePath = join(rootPath, "worktree");
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(worktreePath, path)), { recursive: true });
    writeFileSync(join(worktreePath, path), text);
  };
  const git = (...args: readonly string[]): string =>
    execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@t", ...args], { cwd: worktreePath, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  for (const [path, text] of Object.entries(options.files ?? { "src/a.ts": "export const a = 1;\n" })) write(path, text);
  git("init", "--quiet", "--initial-branch=main");
  git("add", "-A");
  git("commit", "--quiet", "-m", "start");
  const model = await startScriptedModel({ script: options.script });
  const real = createNodeProviders({ env: { ...process.env, TEST_MODEL_KEY: keyOfTests }, statePath: join(rootPath, "state"), version: "0.0.0" });
  const waitsMs: number[] = [];
  const providers: Providers = { ...real, clock: { ...real.clock, sleep: (ms, signal) => { waitsMs.push(ms); return real.clock.sleep(0, signal); } } };
  const config = AgentsConfig.parse({
    builtin: { provider: providerOfWire[options.wire ?? "chat"], baseUrl: model.url, model: "scripted", apiKeyEnv: "TEST_MODEL_KEY", ...options.config },
    ...options.agents,
  });
  const driver = await createDriver("builtin", providers, config);
  const sessionPath = join(rootPath, "session");
  return {
    rootPath, worktreePath, sessionPath, model, providers, driver, waitsMs, write, git,
    read: (path) => readFileSync(join(worktreePath, path), "utf8"),
    open: (spec = {}) => driver.open({
      label: "test", worktreePath, sessionPath, access: "write", instructions: "You are tested.", model: undefined, effort: undefined,
      tools: [], isUnsandboxedAllowed: false, resumeId: undefined, signal: new AbortController().signal, ...spec,
    }),
    turn: (text, input = {}) => ({
      text, guard: { refuse: () => undefined, afterEdit: () => Promise.resolve(undefined) }, modelCallsMax: 50, timeoutMs: 60_000, signal: new AbortController().signal,
      ...collectEvents(), ...input,
    }),
    close: async () => {
      await real.processes.stopAll();
      await model.close();
      rmSync(rootPath, { recursive: true, force: true });
    },
  };
}
