// Owns one session: its home, its gate, and at most one process, which lives as long as a turn. Between turns nothing runs.
import { join } from "node:path";
import { assert } from "../../../../base/assert.ts";
import { InspanError } from "../../../../base/errors.ts";
import { providerBaseUrls } from "../../../model/index.ts";
import { acpProfiles } from "../../service/acp/profiles.ts";
import type { AcpProfile } from "../../service/acp/profiles.ts";
import type { AgentCapabilities, AgentSession, RunningTurn, SessionId, SessionSpec, TurnInput, TurnResult } from "../../types.ts";
import { ChangeWatch } from "../changes.ts";
import { findProgram } from "../client-program.ts";
import type { ClientProgram } from "../client-program.ts";
import { ClientTurn } from "../gated-turn.ts";
import { SessionDoors } from "../session-doors.ts";
import { homeOf, loginRemedyOf, startClient, userOf } from "./client.ts";
import type { AcpClientProcess, ClientInput } from "./client.ts";
import type { AcpDriverOptions } from "./options.ts";
import { AcpPlayer } from "./player.ts";

/** What is missing in the protocol is replaced: findings and a person's words go behind tool answers on the wire, operations come from an MCP server or an extension. */
export function acpCapabilities(profile: AcpProfile, login: AcpDriverOptions["login"]): AgentCapabilities {
  const isWired = login === "own-home";
  return {
    steer: isWired, interrupt: true, resume: true, approvals: profile.asksLeave, operations: profile.hasMcp ? "mcp" : "extension", servers: true, skills: true,
    afterEdit: isWired ? "wire" : "none", beforeEdit: profile.asksBeforeEdit, usage: isWired ? "wire" : "unknown",
  };
}

export class AcpSession implements AgentSession {
  readonly capabilities: AgentCapabilities;
  readonly id: SessionId;
  readonly #input: Omit<ClientInput, "sessionId">;
  readonly #doors: SessionDoors;
  readonly #watch: ChangeWatch;
  #sessionId: string;
  #client: AcpClientProcess | undefined;
  #turn: ClientTurn | undefined;
  #notices: string[] = [];
  #disposing: Promise<void> | undefined;

  constructor(input: Omit<ClientInput, "sessionId">, doors: SessionDoors, client: AcpClientProcess) {
    this.#input = input;
    this.#doors = doors;
    this.#client = client;
    this.#sessionId = client.sessionId;
    this.id = client.sessionId as SessionId; // the client names its session; ours is named after it
    this.capabilities = acpCapabilities(input.profile, input.options.login);
    this.#watch = new ChangeWatch(input.options.providers, input.spec.worktreePath);
    this.#notices.push(...client.notices);
    if (client.historyLoss !== undefined) this.#notices.push(`The earlier session could not be resumed (${client.historyLoss}); this one begins without its history.`);
  }

  startTurn(input: TurnInput): RunningTurn {
    assert(this.#turn === undefined, "one turn at a time");
    assert(this.#disposing === undefined, "an open session");
    const { options, spec, profile } = this.#input;
    const player = new AcpPlayer({
      clock: options.providers.clock,
      title: profile.title,
      canEdit: spec.access === "write",
      loginRemedy: loginRemedyOf(options, profile),
      heldOutputs: profile.waitsForOutput ? options.providers.processes : undefined,
      openClient: () => this.#openClient(),
    });
    const turn = new ClientTurn({
      providers: options.providers, input: { ...input, signal: AbortSignal.any([input.signal, spec.signal]) }, worktreePath: spec.worktreePath,
      watch: this.#watch, doors: this.#doors, player, notices: this.#notices.splice(0),
    });
    this.#doors.turn = turn;
    this.#turn = turn;
    void this.#trace(turn.result.finally(() => { this.#doors.turn = undefined; this.#turn = undefined; }));
    return turn;
  }

  async #trace(work: Promise<TurnResult>): Promise<void> {
    const { log, telemetry, clock } = this.#input.options.providers;
    const driver = this.#input.options.client;
    const startedMs = clock.monotonicMs();
    const { status, modelCalls, usage } = await telemetry.span("agent.turn", { sessionId: this.id, driver }, () => work);
    log.info("agent.turn-finished", {
      sessionId: this.id,
      driver,
      status,
      modelCalls,
      inputTokens: usage.inputTokens,
      outputTokens: usage.outputTokens,
      durationMs: Math.round(clock.monotonicMs() - startedMs),
    });
  }

  /** The process that `open` began for the first turn, a new one with the session's history for every later turn. */
  async #openClient(): Promise<AcpClientProcess> {
    const first = this.#client;
    this.#client = undefined;
    if (first !== undefined) return first;
    const client = await startClient({ ...this.#input, sessionId: this.#sessionId });
    if (client.historyLoss !== undefined) {
      this.#sessionId = client.sessionId;
      this.#turn?.warn(`${this.#input.profile.title} has lost the history of this session (${client.historyLoss}); it goes on without.`);
    }
    return client;
  }

  dispose(): Promise<void> {
    return (this.#disposing ??= this.#dispose());
  }

  async #dispose(): Promise<void> {
    await this.#turn?.interrupt();
    await this.#client?.close();
    await this.#doors.close();
  }
}

/** Copies the user's login into the private home, or says what is missing. Rejects with AGENT_NOT_LOGGED_IN. */
async function prepareLogin(options: AcpDriverOptions, profile: AcpProfile, spec: SessionSpec): Promise<void> {
  const { files } = options.providers;
  if (options.login === "own-home") {
    if (options.baseUrl !== undefined || options.apiKey !== undefined) return;
    throw new InspanError("AGENT_NOT_LOGGED_IN", `Cannot start ${profile.title}: there is no key for ${new URL(providerBaseUrls[profile.wire]).origin}, expected ${profile.keyVariable}, a base address, or your own login.`, {
      kind: "usage", remedy: `export ${profile.keyVariable}=… (or set agents.${options.client}.login: user)`,
    });
  }
  const { from, to, path } = profile.login;
  const text = await files.readText(join(options.userHomePath, from));
  if (text === undefined)
    throw new InspanError("AGENT_NOT_LOGGED_IN", `Cannot start ${profile.title} with your own login: there is no ~/${from}, expected one.`, {
      kind: "usage",
      remedy: `log in with ${profile.title} itself`,
    });
  await files.writeText(join(to === "home" ? homeOf(spec) : userOf(spec), path), text, { mode: 0o600 });
}

async function findCompanions(options: AcpDriverOptions, profile: AcpProfile): Promise<Readonly<Record<string, ClientProgram>>> {
  const found = await Promise.all(
    profile.companions.map(
      async (name) =>
        [name, await findProgram(options.providers, { title: profile.title, name, configuredPath: undefined, remedy: installRemedy(profile) })] as const,
    ),
  );
  return Object.fromEntries(found);
}

export const installRemedy = (profile: AcpProfile): string => `npm install --global ${profile.installs.join(" ")}`;

/** Rejects with AGENT_MISSING, AGENT_NOT_LOGGED_IN, AGENT_START_FAILED or SANDBOX_MISSING; nothing is left behind then. */
export async function openAcpSession(options: AcpDriverOptions, spec: SessionSpec): Promise<AgentSession> {
  const { providers } = options;
  const profile = acpProfiles[options.client];
  const program = await findProgram(providers, { title: profile.title, name: profile.program, configuredPath: options.path, remedy: installRemedy(profile) });
  const companions = await findCompanions(options, profile);
  await providers.files.makeFolder(spec.sessionPath);
  await prepareLogin(options, profile, spec);
  const token = providers.random.hex(16);
  const isOwnHome = options.login === "own-home";
  const doors = new SessionDoors({
    providers,
    client: options.client,
    token,
    tools: spec.tools,
    setting: { keyVariable: isOwnHome ? (options.keyVariable ?? profile.keyVariable) : undefined, model: spec.model ?? options.model },
    allowedHosts: isOwnHome ? [] : (options.allowedHosts ?? profile.login.hosts),
    model: isOwnHome ? {
      wire: profile.wire,
      baseUrl: options.baseUrl ?? providerBaseUrls[profile.wire],
      key: options.apiKey,
      price: options.price,
      ...(options.smallModel === undefined ? {} : { smallModel: options.smallModel }),
      recordPath: options.isRecorded ? join(spec.sessionPath, "wire.jsonl") : undefined, replayPath: options.replayPath,
    } : undefined,
  });
  try {
    const input = { options, profile, spec, program, companions, gate: { port: await doors.open(), token }, runId: providers.random.hex(16) };
    const client = await startClient({ ...input, sessionId: spec.resumeId });
    return new AcpSession(input, doors, client);
  } catch (error) {
    await doors.close();
    throw error;
  }
}
