// Owns one app-server process in its sandbox, from start to the last process of it. Knows the thread, no turn.
import { join } from "node:path";
import { InspanError, messageOf } from "../../../../base/errors.ts";
import type { PreparedSandbox, ProcessSpec, RunningProcess, SandboxPolicy } from "../../../../providers/index.ts";
import { renderInstructions } from "../../service/instructions.ts";
import { findSkillFiles, writeSkills } from "../project-level.ts";
import { writeIn } from "../session-home.ts";
import { renderDisabledSkills } from "../../service/codex/home.ts";
import { HooksListResult, InitializeResult, ThreadResult } from "../../service/codex/protocol.ts";
import type { CodexApprovalPolicy, CodexRequests, CodexSandboxPolicy, JsonValue } from "../../service/codex/protocol.ts";
import type { SessionSpec } from "../../types.ts";
import type { FoundCodex } from "./find.ts";
import { ownerOnly } from "./home.ts";
import type { SessionHome } from "./home.ts";
import type { CodexDriverOptions } from "./options.ts";
import { ClientProcess, gitFolders, idleHandlers, proxyVariables } from "../client-process.ts";
import { RpcConnection, RpcRefusal } from "../json-rpc.ts";

/** Who walls the agent in: Inspan's sandbox, Codex's own for its shell only, or (acknowledged, where nothing works) nobody. */
export type Walls = "inspan" | "codex" | "none";

export interface AppServerInput {
  readonly options: CodexDriverOptions;
  readonly spec: SessionSpec;
  readonly found: FoundCodex;
  readonly home: SessionHome;
  readonly walls: Walls;
  readonly gate: { readonly port: number; readonly token: string };
  /** Marks every process of this session, so that one which left its group is found. */
  readonly runId: string;
  /** The thread to go on with; undefined starts a new one. */
  readonly threadId: string | undefined;
}

/** Of our side of the protocol; Codex shows it to its service only. */
const protocolVersion = "1";
const startTimeoutMs = 90_000; // as for every client: half a second on a quiet machine, and half a minute was seen at a load of 26

export class AppServer {
  readonly #input: AppServerInput;
  readonly #body: ClientProcess;
  readonly rpc: RpcConnection<CodexRequests>;
  threadId = "";
  /** True where the asked-for thread could not be resumed and a new one was begun. */
  isHistoryLost = false;

  constructor(input: AppServerInput, process: RunningProcess, sandbox: PreparedSandbox) {
    this.#input = input;
    this.#body = new ClientProcess({ providers: input.options.providers, process, sandbox, runId: input.runId, isWalled: input.walls === "inspan" });
    this.rpc = new RpcConnection<CodexRequests>(process, { client: "Codex", isVersioned: false }, idleHandlers);
  }

  lastWords(): Promise<string> { return this.#body.lastWords(); }

  /** Ends the process in order, else by force; afterwards nothing of it lives. Idempotent. */
  close(): Promise<void> { return this.#body.close(); }

  async initialize(): Promise<void> {
    const answer = await this.rpc.request("initialize", {
      clientInfo: { name: "inspan", title: "Inspan", version: protocolVersion }, capabilities: { experimentalApi: true, requestAttestation: false },
    }, startTimeoutMs);
    InitializeResult.parse(answer);
    await this.rpc.notify("initialized");
    await this.#trustHooks();
    await this.#openThread();
  }

  /** Untrusted hooks are skipped in silence, so ours are trusted by their hash, and a session without them is not begun. */
  async #trustHooks(): Promise<void> {
    const { spec, home } = this.#input;
    const list = async () => HooksListResult.parse(await this.rpc.request("hooks/list", { cwds: [spec.worktreePath] })).data
      .flatMap((entry) => entry.hooks).filter((hook) => hook.key.startsWith(`${join(home.codexPath, "config.toml")}:`));
    const hooks = await list();
    const value = Object.fromEntries(hooks.filter((hook) => hook.trustStatus !== "trusted").map((hook) => [hook.key, { trusted_hash: hook.currentHash }]));
    if (Object.keys(value).length > 0) {
      await this.rpc.request("config/batchWrite", { edits: [{ keyPath: "hooks.state", value, mergeStrategy: "upsert" }], reloadUserConfig: true });
    }
    const trusted = Object.keys(value).length === 0 ? hooks : await list();
    if (trusted.length === 2 && trusted.every((hook) => hook.trustStatus === "trusted")) return;
    throw new Error(`its hooks are not trusted (${trusted.map((hook) => `${hook.eventName} ${hook.trustStatus}`).join(", ") || "none seen"})`);
  }

  async #openThread(): Promise<void> {
    const { spec, threadId, walls, home } = this.#input;
    const sandbox: "read-only" | "workspace-write" | "danger-full-access" = walls !== "codex" ? "danger-full-access" : spec.access === "write" ? "workspace-write" : "read-only";
    const common = { cwd: spec.worktreePath, approvalPolicy: this.approvalPolicy(), sandbox, developerInstructions: renderInstructions(spec.instructions, home.project.map) };
    if (threadId !== undefined) {
      try {
        this.threadId = ThreadResult.parse(await this.rpc.request("thread/resume", { ...common, threadId, excludeTurns: true })).thread.id;
        return;
      } catch (error) {
        if (!(error instanceof RpcRefusal)) throw error;
        this.isHistoryLost = true; // a thread without a turn, or another machine's: Codex has no file of it
      }
    }
    const dynamicTools = spec.tools.map((tool) => ({
      type: "function" as const, name: tool.name, description: tool.description,
      inputSchema: tool.inputSchema as Record<string, JsonValue>, // a JSON Schema is JSON
    }));
    this.threadId = ThreadResult.parse(await this.rpc.request("thread/start", { ...common, dynamicTools })).thread.id;
  }

  /** In our sandbox there is nothing to ask for. Codex's own walls leave the question open whether a command may go around them: that one is ours to answer. */
  approvalPolicy(): CodexApprovalPolicy { return this.#input.walls === "codex" ? "on-request" : "never"; }

  get walls(): Walls { return this.#input.walls; }

  /** The sandbox of Codex itself for a turn's commands. With network: its own walls without network refuse loopback and unix sockets too. */
  sandboxPolicy(): CodexSandboxPolicy {
    const { spec, walls, home } = this.#input;
    if (walls !== "codex") return { type: "dangerFullAccess" };
    if (spec.access === "read-only") return { type: "readOnly", networkAccess: true };
    return { type: "workspaceWrite", writableRoots: [home.userPath], networkAccess: true, excludeTmpdirEnvVar: false, excludeSlashTmp: false };
  }
}

async function policyFor(input: AppServerInput, skillPaths: readonly string[]): Promise<SandboxPolicy> {
  const { options, spec, found, home, gate } = input;
  const isHost = options.network === "host" && spec.isUnsandboxedAllowed;
  const isWrite = spec.access === "write";
  const gitPath = join(spec.worktreePath, ".git");
  const hasGit = await options.providers.files.facts(gitPath) !== undefined;
  return {
    writable: [home.codexPath, home.userPath, ...(isWrite ? [spec.worktreePath] : [])],
    readable: [found.rootPath, ...(isWrite ? [] : [spec.worktreePath]), ...await gitFolders(options.providers, spec)],
    readOnly: [...(isWrite && hasGit ? [gitPath] : []), join(home.codexPath, "hook.cjs"), ...skillPaths, ...(home.loginPath === undefined ? [] : [home.loginPath])],
    ...(isHost ? { network: "host" } : { network: "loopback", bridges: [{ port: gate.port, hostPort: gate.port }] }),
  };
}

function environmentFor({ options, home, gate, runId }: AppServerInput): Record<string, string> {
  return options.providers.processes.environment({
    HOME: home.userPath, CODEX_HOME: home.codexPath, INSPAN_RUN_ID: runId, RUST_LOG: "error", NO_COLOR: "1",
    ...proxyVariables(gate),
  });
}

/** Starts the process and opens its thread. Rejects with AGENT_START_FAILED, or SANDBOX_MISSING; nothing is left behind then. */
export async function startAppServer(input: AppServerInput): Promise<AppServer> {
  const { options, spec, found, home } = input;
  const { files, processes, sandbox } = options.providers;
  await writeIn(files, spec.sessionPath, join(home.codexPath, "config.toml"), {
    text: `${home.config}${renderDisabledSkills(await findSkillFiles(files, join(spec.worktreePath, ".agents", "skills")))}`,
    mode: ownerOnly,
  });
  const skillPaths = await writeSkills(files, { root: spec.sessionPath, folder: join(home.codexPath, "skills") }, home.project.skills);
  const plain: ProcessSpec = {
    command: [found.programPath, "app-server"], cwd: spec.worktreePath, env: environmentFor(input), stdin: { kind: "open" },
    timeoutMs: undefined, outputBytesMax: 64 * 1024, signal: spec.signal,
  };
  const prepared: PreparedSandbox = input.walls === "inspan"
    ? await sandbox.prepare(plain, await policyFor(input, skillPaths), { isUnsandboxedAllowed: false })
    : { spec: plain, dispose: () => Promise.resolve() };
  let server: AppServer | undefined;
  try {
    server = new AppServer(input, await processes.start(prepared.spec), prepared);
    await server.initialize();
    return server;
  } catch (error) {
    const words = error instanceof InspanError && error.code === "AGENT_GONE" ? `; ${await server?.lastWords() ?? ""}` : "";
    if (server === undefined) await prepared.dispose();
    else await server.close();
    throw new InspanError("AGENT_START_FAILED", `Cannot start Codex in "${spec.worktreePath}": ${messageOf(error)}${words}`, { cause: error, remedy: "inspan doctor" });
  }
}
