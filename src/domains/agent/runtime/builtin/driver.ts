// The built-in agent as a driver: probe, open, sessions with one turn at a time. Knows no tool and no wire.
import { join } from "node:path";
import { assert } from "../../../../base/assert.ts";
import { withDeadline } from "../../../../base/async.ts";
import { messageOf } from "../../../../base/errors.ts";
import type { Providers } from "../../../../providers/index.ts";
import type { BuiltinConfig } from "../../config.ts";
import { resumeHistory, startHistory } from "../../repo/session-history.ts";
import type { AgentCapabilities, AgentDriver, AgentSession, RunningTurn, SessionId, SessionSpec, TurnInput, TurnResult } from "../../types.ts";
import { keyVariableOf, loadProvider, prepareModel, readModelSetting, requireModel, wireOf } from "./model.ts";
import { SessionDoors } from "../session-doors.ts";
import { readProjectLevel } from "../project-level.ts";
import { renderInstructions } from "../../service/instructions.ts";
import { renderSkillList } from "../../service/project-skills.ts";
import { skillTool } from "./project-tools.ts";
import { createToolbox } from "./toolbox.ts";
import { Turn } from "./turn.ts";
import type { TurnWorld } from "./turn.ts";
import { Workspace } from "./workspace.ts";

export const builtinCapabilities: AgentCapabilities = {
  steer: true,
  interrupt: true,
  resume: true,
  approvals: false,
  operations: "native",
  afterEdit: "native",
  beforeEdit: true,
  servers: true,
  skills: true,
  usage: "wire",
};
const disposeMsMax = 10_000; // a command that ignores TERM is killed after its grace of 2 s; a turn that still runs then is a bug, not a reason to wait

class BuiltinSession implements AgentSession {
  readonly id: SessionId;
  readonly capabilities = builtinCapabilities;
  readonly #world: TurnWorld;
  readonly #end = new AbortController();
  #running: Promise<TurnResult> | undefined;

  constructor(world: TurnWorld) {
    this.#world = world;
    this.id = world.history.id;
  }

  startTurn(input: TurnInput): RunningTurn {
    assert(this.#running === undefined, "no other turn of this session to run");
    assert(!this.#end.signal.aborted, "a session that is not disposed");
    const interrupt = new AbortController();
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(), Math.min(input.timeoutMs, 2 ** 31 - 1));
    const turn = new Turn(this.#world, input, AbortSignal.any([interrupt.signal, timeout.signal, input.signal, this.#world.spec.signal, this.#end.signal]));
    const isCutByCaller = (): boolean => interrupt.signal.aborted || input.signal.aborted || this.#world.spec.signal.aborted || this.#end.signal.aborted;
    const cutReason = () => (!timeout.signal.aborted || isCutByCaller() ? undefined
      : { reason: `the turn took longer than its limit of ${input.timeoutMs} ms${turn.isAskingModel ? ", while it waited for the model" : ""}`, isRetryable: turn.isAskingModel });
    const result = this.#span(() => turn.run(cutReason)).finally(() => {
      clearTimeout(timer);
      this.#running = undefined;
      this.#world.doors.turn = undefined;
    });
    this.#world.doors.turn = turn.gated;
    this.#running = result;
    return {
      result,
      steer: (text) => Promise.resolve(turn.steer(text)),
      interrupt: async () => {
        interrupt.abort();
        await result;
      },
    };
  }

  /** The span is open while the turn runs: its model calls and tools are the span's children. */
  async #span(work: () => Promise<TurnResult>): Promise<TurnResult> {
    const { clock, log, telemetry } = this.#world.providers;
    const startedMs = clock.monotonicMs();
    return telemetry.span("agent.turn", { sessionId: this.id, driver: "builtin" }, async (span) => {
      const result = await work();
      const fields = {
        sessionId: this.id,
        status: result.status,
        modelCalls: result.modelCalls,
        inputTokens: result.usage.inputTokens,
        outputTokens: result.usage.outputTokens,
        durationMs: Math.round(clock.monotonicMs() - startedMs),
      };
      span.set(fields);
      log.info("agent.turn-finished", { ...fields, reason: result.status === "failed" ? result.reason : undefined });
      return result;
    });
  }

  async dispose(): Promise<void> {
    this.#end.abort();
    const running = this.#running;
    try { await this.#endOf(running); } finally { await this.#world.doors.close(); }
  }

  async #endOf(running: Promise<TurnResult> | undefined): Promise<void> {
    if (running !== undefined)
      await withDeadline(
        running.then(() => undefined),
        disposeMsMax,
        () => {
          this.#world.providers.log.error("agent.turn-not-ended", { sessionId: this.id });
        },
      );
  }
}

/** Keeps what goes over the wire, or answers from what was kept. */
interface WireRecord { readonly isRecorded: boolean; readonly replayPath: string | undefined }

async function openSession(providers: Providers, config: BuiltinConfig, record: WireRecord, spec: SessionSpec): Promise<AgentSession> {
  spec.signal.throwIfAborted();
  const setting = requireModel(config, spec.model, providers.secrets);
  const project = readProjectLevel(providers, spec);
  void project.catch(() => undefined); // told below
  const id = spec.resumeId ?? providers.random.id(16) as SessionId; // made here, once
  await providers.files.makeFolder(spec.sessionPath);
  const token = providers.random.hex(16);
  // The same relay as for every client: one place counts, waits, records and replays.
  const doors = new SessionDoors({
    providers, client: "builtin", isOurs: true, token, allowedHosts: [], tools: [], setting: { keyVariable: keyVariableOf(config), model: setting.modelName },
    model: {
      wire: wireOf[config.provider],
      baseUrl: setting.baseUrl,
      key: setting.key,
      price: config.price,
      replayPath: record.replayPath,
      recordPath: record.isRecorded ? join(spec.sessionPath, "wire.jsonl") : undefined,
    },
  });
  const port = await doors.open();
  try {
    const { map, servers, skills, notices } = await project;
    const list = renderSkillList(skills);
    const told = { ...spec, instructions: [renderInstructions(spec.instructions, map), ...(list === undefined ? [] : [list])].join("\n\n") };
    for (const what of notices) providers.log.warn("agent.project-left-out", { sessionId: id, what });
    return await openWith({
      providers,
      config,
      spec: told,
      doors,
      toolbox: createToolbox(spec, list === undefined ? [] : [skillTool(skills)]),
      servers,
      id,
      prepared: await prepareModel(config, setting, { relayUrl: `http://127.0.0.1:${port}/${token}/v1`, headers: { "x-inspan-session": id } }),
    });
  } catch (error) {
    await doors.close();
    throw error;
  }
}

async function openWith({ id, ...world }: Omit<TurnWorld, "history" | "workspace"> & { readonly id: SessionId }): Promise<AgentSession> {
  const { providers, spec, prepared } = world;
  const history = spec.resumeId === undefined
    ? await startHistory(providers.files, spec.sessionPath, { id, label: spec.label, startedAt: providers.clock.nowIso() })
    : await resumeHistory(providers.files, spec.sessionPath, spec.resumeId);
  providers.log.info("agent.session-opened", { sessionId: id, driver: "builtin", label: spec.label, model: prepared.modelName, isResumed: spec.resumeId !== undefined });
  return new BuiltinSession({ ...world, history, workspace: new Workspace(providers, spec.worktreePath) });
}

/** A server that loads a large model, on a machine at its limit, takes seconds for its first answer. */
const probeMsMax = 10_000;

/** Asks a server on this machine whether it answers; any other address is not contacted for a probe. */
async function findLocalServer(baseUrl: string, signal: AbortSignal): Promise<string | undefined> {
  const { hostname } = new URL(baseUrl);
  if (!["127.0.0.1", "localhost", "[::1]"].includes(hostname)) return undefined;
  try {
    const response = await fetch(`${baseUrl}/models`, { signal: AbortSignal.any([signal, AbortSignal.timeout(probeMsMax)]) });
    await response.body?.cancel();
    return undefined;
  } catch (error) { return messageOf(error); }
}

/** The driver "builtin". Costs nothing until a session is opened. */
export function createBuiltinDriver(providers: Providers, config: BuiltinConfig, record: WireRecord = { isRecorded: false, replayPath: undefined }): AgentDriver {
  return {
    name: "builtin",
    capabilities: builtinCapabilities,
    probe: async (signal) => {
      const setting = readModelSetting(config, undefined, providers.secrets);
      if (setting.kind === "missing") return { status: "missing", found: setting.state, remedy: setting.remedy };
      const problem = await findLocalServer(setting.baseUrl, signal);
      if (problem !== undefined)
        return {
          status: "missing",
          found: `no server answers at ${setting.baseUrl}: ${problem}`,
          remedy: "Start the model's server, or set agents.builtin.baseUrl.",
        };
      return { status: "ok", found: `${setting.modelName} (${config.provider}) at ${setting.baseUrl}` };
    },
    load: () => loadProvider(config.provider),
    open: (spec) => openSession(providers, config, record, spec),
  };
}
