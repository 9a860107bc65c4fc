// Owns one session: its home, its gate, and at most one process, which lives as long as a turn. Between turns nothing runs.
import { join } from "node:path";
import { assert } from "../../../../base/assert.ts";
import { InspanError } from "../../../../base/errors.ts";
import { defaultAllowedHosts } from "../../service/connect.ts";
import type { AgentCapabilities, AgentSession, RunningTurn, SessionId, SessionSpec, TurnInput, TurnResult } from "../../types.ts";
import { startAppServer } from "./app-server.ts";
import type { AppServer, AppServerInput, Walls } from "./app-server.ts";
import { ChangeWatch } from "../changes.ts";
import { SessionDoors } from "../session-doors.ts";
import type { ModelAddress } from "../session-doors.ts";
import { findCodex, installRemedy, isNewEnough, readVersion } from "./find.ts";
import type { FoundCodex } from "./find.ts";
import { checkHomePlace, prepareHome } from "./home.ts";
import { openaiBaseUrl } from "./options.ts";
import type { CodexDriverOptions } from "./options.ts";
import { ClientTurn } from "../gated-turn.ts";
import { CodexPlayer } from "./player.ts";

export const codexCapabilities: AgentCapabilities = {
  steer: true, interrupt: true, resume: true,
  // Inside our sandbox nothing needs to be asked; in Codex's own, what goes beyond its walls is.
  approvals: true,
  operations: "native", servers: true, skills: true,
  // By hooks of Codex that ask us; edits by its shell are seen after the fact, those by apply_patch before.
  afterEdit: "hook", beforeEdit: true,
  // On the wire where the model is behind our gate; with the user's own login as Codex tells it.
  usage: "wire",
};

/** With the user's own login its model is out of our sight; what was spent it tells itself. */
export const codexLoginCapabilities: AgentCapabilities = { ...codexCapabilities, usage: "reported" };

const probeTimeoutMs = 20_000;

export class CodexSession implements AgentSession {
  readonly capabilities = codexCapabilities;
  readonly id: SessionId;
  readonly #options: CodexDriverOptions;
  readonly #spec: SessionSpec;
  readonly #watch: ChangeWatch;
  readonly #doors: SessionDoors;
  readonly #input: Omit<AppServerInput, "threadId">;
  #threadId: string;
  #server: AppServer | undefined;
  #notices: string[] = [];
  #turn: ClientTurn | undefined;
  #disposing: Promise<void> | undefined;

  constructor(input: Omit<AppServerInput, "threadId">, doors: SessionDoors, server: AppServer) {
    this.#input = input;
    this.#options = input.options;
    this.#spec = input.spec;
    this.#doors = doors;
    this.#server = server;
    this.#threadId = server.threadId;
    this.id = server.threadId as SessionId; // Codex names the thread; we name the session after it
    this.#watch = new ChangeWatch(input.options.providers, input.spec.worktreePath);
    this.#notices.push(...input.home.project.notices);
    if (server.isHistoryLost) this.#notices.push("The earlier session could not be resumed; this one begins without its history.");
    if (input.walls === "none") this.#notices.push("Neither Inspan's sandbox nor Codex's own works here: the agent's commands run unwalled, as was allowed.");
    if (input.walls === "codex") this.#notices.push("Inspan's sandbox does not work here: Codex's own walls its commands in, with the machine's network, as was allowed.");
  }

  startTurn(input: TurnInput): RunningTurn {
    assert(this.#turn === undefined, "one turn at a time");
    assert(this.#disposing === undefined, "an open session");
    const { providers, price } = this.#options;
    const { worktreePath, access } = this.#spec;
    const notices = this.#notices.splice(0);
    const player = new CodexPlayer({ clock: providers.clock, price, canEdit: access === "write", doors: this.#doors, openServer: () => this.#openServer() });
    const turn = new ClientTurn({
      providers,
      input: { ...input, signal: AbortSignal.any([input.signal, this.#spec.signal]) },
      worktreePath,
      watch: this.#watch,
      doors: this.#doors,
      player,
      notices,
      hasHooks: true,
    });
    this.#doors.turn = turn;
    this.#turn = turn;
    void this.#trace(turn.result.finally(() => { this.#doors.turn = undefined; this.#turn = undefined; }));
    return turn;
  }

  async #trace(work: Promise<TurnResult>): Promise<void> {
    const { log, telemetry, clock } = this.#options.providers;
    const startedMs = clock.monotonicMs();
    const result = await telemetry.span("agent.turn", { sessionId: this.id, driver: "codex" }, () => work);
    const { status, modelCalls, usage } = result;
    log.info("agent.turn-finished", {
      sessionId: this.id,
      driver: "codex",
      status,
      modelCalls,
      inputTokens: usage.inputTokens,
      outputTokens: usage.outputTokens,
      durationMs: Math.round(clock.monotonicMs() - startedMs),
    });
  }

  /** The process that `open` began for the first turn, a new one with the thread's history for every later turn. */
  async #openServer(): Promise<AppServer> {
    const first = this.#server;
    this.#server = undefined;
    if (first !== undefined) return first;
    const server = await startAppServer({ ...this.#input, threadId: this.#threadId });
    if (server.isHistoryLost) {
      this.#threadId = server.threadId;
      this.#turn?.warn("Codex has lost the history of this session; it goes on without.");
    }
    return server;
  }

  dispose(): Promise<void> {
    return (this.#disposing ??= this.#dispose());
  }

  async #dispose(): Promise<void> {
    await this.#turn?.interrupt();
    await this.#server?.close();
    await this.#doors.close();
  }
}

/** Who can wall this session in. Rejects with SANDBOX_MISSING where nobody can and that was not allowed. */
async function chooseWalls(options: CodexDriverOptions, spec: SessionSpec, found: FoundCodex): Promise<Walls> {
  const { sandbox, processes } = options.providers;
  const { kind, reason } = await sandbox.detect();
  if (kind !== "none") return "inspan";
  if (!spec.isUnsandboxedAllowed) {
    throw new InspanError("SANDBOX_MISSING", `Cannot run Codex in a sandbox: ${reason}, expected bubblewrap or unprivileged user namespaces.`, {
      kind: "usage",
      remedy: "Install bubblewrap, or add --unsandboxed to run without one.",
    });
  }
  const home = join(spec.sessionPath, "home");
  await options.providers.files.makeFolder(home);
  const probe = await processes.run({
    command: [found.programPath, "sandbox", "--", "true"],
    cwd: spec.worktreePath,
    env: processes.environment({ CODEX_HOME: home, HOME: home }),
    timeoutMs: probeTimeoutMs,
    signal: spec.signal,
  });
  return probe.outcome === "exited" && probe.exitCode === 0 ? "codex" : "none";
}

function recordOf(options: CodexDriverOptions, spec: SessionSpec): Pick<ModelAddress, "recordPath" | "replayPath"> {
  return { replayPath: options.replayPath, recordPath: options.isRecorded ? join(spec.sessionPath, "wire.jsonl") : undefined };
}

/** Rejects with AGENT_MISSING, AGENT_NOT_LOGGED_IN, AGENT_START_FAILED or SANDBOX_MISSING; nothing is left behind then. */
export async function openCodexSession(options: CodexDriverOptions, spec: SessionSpec): Promise<AgentSession> {
  const { random } = options.providers;
  if (options.network === "host" && !spec.isUnsandboxedAllowed) {
    throw new InspanError("AGENT_START_FAILED", `Cannot start Codex with the machine's network: agents.codex.network is "host", expected an acknowledgement.`, {
      kind: "usage",
      remedy: "Add --unsandboxed, or remove agents.codex.network",
    });
  }
  await checkHomePlace(options, spec.sessionPath);
  const found = await findCodex(options.providers, options.path);
  const version = await readVersion(options.providers, found, spec.signal);
  if (version === undefined || !isNewEnough(version)) {
    throw new InspanError("AGENT_MISSING", `Cannot start Codex: "${found.programPath}" is of version ${version ?? "unknown"}, expected a newer one.`, {
      kind: "usage",
      remedy: installRemedy,
    });
  }
  const walls = await chooseWalls(options, spec, found);
  const token = random.hex(16);
  const isOwnHome = options.login === "own-home";
  const doors = new SessionDoors({
    providers: options.providers,
    client: "codex",
    token,
    tools: spec.tools,
    setting: { keyVariable: isOwnHome ? (options.keyVariable ?? "OPENAI_API_KEY") : undefined, model: spec.model ?? options.model },
    model: isOwnHome ? { wire: "responses", baseUrl: options.baseUrl ?? openaiBaseUrl, key: options.apiKey, price: options.price, ...recordOf(options, spec) } : undefined,
    allowedHosts: isOwnHome ? [] : options.allowedHosts ?? defaultAllowedHosts,
  });
  try {
    const port = await doors.open();
    const home = await prepareHome(options, spec, found, { port, token });
    const input = { options, spec, found, home, walls, gate: { port, token }, runId: random.hex(16) };
    const server = await startAppServer({ ...input, threadId: spec.resumeId });
    return new CodexSession(input, doors, server);
  } catch (error) {
    await doors.close();
    throw error;
  }
}
