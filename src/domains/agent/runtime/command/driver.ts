// Any program as an agent: its prompt on standard input, its last words on standard output, its model behind our gate. Knows no protocol.
import { join } from "node:path";
import { assert } from "../../../../base/assert.ts";
import { tailLines } from "../../../../base/text.ts";
import type { Providers, ProcessSpec } from "../../../../providers/index.ts";
import { providerBaseUrls } from "../../../model/index.ts";
import type { CommandConfig } from "../../config.ts";
import { renderCommandPrompt } from "../../service/command-prompt.ts";
import type { PastTurn } from "../../service/command-prompt.ts";
import { renderInstructions } from "../../service/instructions.ts";
import { renderMcpProgram } from "../../service/mcp-program.ts";
import { renderOperationProgram } from "../../service/operation-program.ts";
import { renderServerList, renderServerProgram } from "../../service/server-program.ts";
import type { AgentCapabilities, AgentDriver, AgentSession, RunningTurn, SessionId, SessionSpec, TurnInput } from "../../types.ts";
import { ChangeWatch } from "../changes.ts";
import { ClientTurn } from "../gated-turn.ts";
import type { ClientPlayer, Ending, TurnControl } from "../gated-turn.ts";
import { readProjectLevel, writeSkills } from "../project-level.ts";
import type { ProjectLevel } from "../project-level.ts";
import { warmGates } from "../gate-thread.ts";
import { SessionDoors } from "../session-doors.ts";
import { writeIn } from "../session-home.ts";

export const commandCapabilities: AgentCapabilities = {
  steer: true,
  interrupt: true,
  resume: false,
  approvals: false,
  operations: "program",
  afterEdit: "wire",
  beforeEdit: false,
  servers: true,
  skills: true,
  usage: "wire",
};
const keyOfNobody = "inspan-session"; // programs refuse to start without one; the real one is put in by the relay
const answerCharsMax = 200_000; // of standard output's end
const ownerOnly = 0o600;

export interface CommandDriverOptions {
  readonly name: string;
  readonly providers: Providers;
  readonly config: CommandConfig;
  readonly isRecorded: boolean;
  readonly replayPath: string | undefined;
}

interface SessionPlace {
  readonly homePath: string;
  readonly userPath: string;
  readonly gate: { readonly port: number; readonly token: string };
  readonly runId: string;
  readonly project: ProjectLevel;
}

class CommandPlayer implements ClientPlayer {
  readonly #session: CommandSession;
  #stop: (() => Promise<unknown>) | undefined;
  #running: Promise<unknown> = Promise.resolve();

  constructor(session: CommandSession) { this.#session = session; }

  play(control: TurnControl): Promise<Ending> {
    const work = this.#play(control);
    this.#running = work;
    return work;
  }

  async #play(control: TurnControl): Promise<Ending> {
    const { providers } = this.#session.options;
    const prepared = await this.#session.prepare(control.input.text);
    try {
      if (control.ended.aborted) return { status: "interrupted" };
      const running = await providers.processes.start(prepared.spec);
      this.#stop = () => running.stop();
      control.ended.addEventListener("abort", () => { void running.stop(); }, { once: true });
      const result = await running.exited;
      await running.stop();
      const text = result.stdout.trim();
      if (text !== "") { control.emit({ kind: "message", text }); control.setText(text); }
      this.#session.remember({ asked: control.input.text, answered: text });
      if (control.ended.aborted) return { status: "interrupted" };
      if (result.outcome === "exited" && result.exitCode === 0) return { status: "completed" };
      const how = result.signal === null ? `exit code ${result.exitCode ?? "unknown"}` : `signal ${result.signal}`;
      return { status: "failed", reason: `The command of agent "${this.#session.options.name}" ended with ${how}: ${tailLines(result.stderr.trim(), 5)}`, isRetryable: false };
    } finally { await prepared.dispose(); }
  }

  async stop(): Promise<void> {
    await this.#stop?.();
    await this.#running.catch(() => undefined); // its failure is the turn's ending already
  }
}

class CommandSession implements AgentSession {
  readonly id: SessionId;
  readonly capabilities = commandCapabilities;
  readonly options: CommandDriverOptions;
  readonly #spec: SessionSpec;
  readonly #doors: SessionDoors;
  readonly #place: SessionPlace;
  readonly #watch: ChangeWatch;
  readonly #past: PastTurn[] = [];
  readonly #notices: string[];
  #turn: ClientTurn | undefined;

  constructor(options: CommandDriverOptions, spec: SessionSpec, doors: SessionDoors, place: SessionPlace) {
    this.options = options;
    this.#spec = spec;
    this.#doors = doors;
    this.#place = place;
    this.#notices = [...place.project.notices];
    this.id = (spec.resumeId ?? options.providers.random.id(16)) as SessionId; // made here, once
    this.#watch = new ChangeWatch(options.providers, spec.worktreePath);
  }

  startTurn(input: TurnInput): RunningTurn {
    assert(this.#turn === undefined, "one turn at a time");
    const turn = new ClientTurn({
      providers: this.options.providers, input: { ...input, signal: AbortSignal.any([input.signal, this.#spec.signal]) }, worktreePath: this.#spec.worktreePath,
      watch: this.#watch, doors: this.#doors, player: new CommandPlayer(this), notices: this.#notices.splice(0),
    });
    this.#doors.turn = turn;
    this.#turn = turn;
    void turn.result.finally(() => { this.#doors.turn = undefined; this.#turn = undefined; });
    return turn;
  }

  remember(turn: PastTurn): void {
    this.#past.push(turn);
    if (this.#past.length > 50) this.#past.shift(); // the prompt shows the last few
  }

  async prepare(text: string) {
    const { options: { providers, config }, } = this;
    const { homePath, userPath, gate, runId, project } = this.#place;
    const { files, processes, sandbox } = providers;
    const spec = this.#spec;
    const programs = {
      operation: join(homePath, "operation.cjs"),
      mcp: join(homePath, "mcp.cjs"),
      server: join(homePath, "server.cjs"),
      servers: join(homePath, "mcp.json"),
      prompt: join(homePath, "prompt.md"),
    };
    const skillsPath = join(homePath, "skills");
    const prompt = renderCommandPrompt({
      instructions: renderInstructions(spec.instructions, project.map), past: this.#past, text, tools: spec.tools, operationCommand: `${process.execPath} ${programs.operation}`,
      project: { servers: project.servers, serverCommand: `${process.execPath} ${programs.server}`, skills: project.skills, skillsPath },
    });
    const texts: Readonly<Record<keyof typeof programs, string>> = {
      operation: renderOperationProgram(gate), mcp: renderMcpProgram(gate), prompt,
      server: renderServerProgram(project.servers), servers: renderServerList(project.servers, { command: process.execPath, args: [programs.mcp] }),
    };
    for (const [name, path] of Object.entries(programs))
      await writeIn(files, spec.sessionPath, path, { text: texts[name as keyof typeof programs], mode: ownerOnly }); // the keys of that object
    const skillPaths = await writeSkills(files, { root: spec.sessionPath, folder: skillsPath }, project.skills);
    const url = `http://127.0.0.1:${gate.port}/${gate.token}`;
    const model = spec.model ?? config.model;
    const env = processes.environment({
      HOME: userPath, INSPAN_RUN_ID: runId, NO_COLOR: "1", INSPAN_PROMPT_FILE: programs.prompt, INSPAN_OPERATION: programs.operation, INSPAN_MCP: programs.mcp,
      INSPAN_SERVER: programs.server, INSPAN_MCP_CONFIG: programs.servers, INSPAN_SKILLS: skillsPath,
      OPENAI_BASE_URL: `${url}/v1`, OPENAI_API_KEY: keyOfNobody, ANTHROPIC_BASE_URL: url, ANTHROPIC_API_KEY: keyOfNobody, GOOGLE_GEMINI_BASE_URL: url, GEMINI_API_KEY: keyOfNobody,
      ...(model === undefined ? {} : { INSPAN_MODEL: model }),
    });
    const plain: ProcessSpec = {
      command: ["sh", "-c", config.run],
      cwd: spec.worktreePath,
      env,
      stdin: { kind: "text", text: prompt },
      timeoutMs: undefined,
      outputBytesMax: answerCharsMax,
      signal: spec.signal,
    };
    const isWrite = spec.access === "write";
    const gitPath = join(spec.worktreePath, ".git");
    const hasGit = await files.facts(gitPath) !== undefined;
    return sandbox.prepare(plain, {
      writable: [homePath, userPath, ...(isWrite ? [spec.worktreePath] : [])], readable: [...config.readable, ...(isWrite ? [] : [spec.worktreePath])],
      readOnly: [...(isWrite && hasGit ? [gitPath] : []), ...Object.values(programs), ...skillPaths], network: "loopback", bridges: [{ port: gate.port, hostPort: gate.port }],
    }, { isUnsandboxedAllowed: spec.isUnsandboxedAllowed });
  }

  async dispose(): Promise<void> {
    await this.#turn?.interrupt();
    await this.#doors.close();
  }
}

async function openSession(options: CommandDriverOptions, spec: SessionSpec): Promise<AgentSession> {
  const { providers, config, name } = options;
  const [homePath, userPath] = [join(spec.sessionPath, "home"), join(spec.sessionPath, "user")];
  await Promise.all([providers.files.makeFolder(homePath), providers.files.makeFolder(userPath)]);
  const token = providers.random.hex(16);
  const doors = new SessionDoors({
    providers, client: name, token, allowedHosts: [], tools: spec.tools, setting: { keyVariable: config.apiKeyEnv, model: spec.model ?? config.model },
    model: {
      wire: config.wire,
      baseUrl: config.baseUrl ?? providerBaseUrls[config.wire],
      key: config.apiKeyEnv === undefined ? undefined : providers.secrets.fromEnvironment(config.apiKeyEnv),
      price: config.price,
      recordPath: options.isRecorded ? join(spec.sessionPath, "wire.jsonl") : undefined, replayPath: options.replayPath,
    },
  });
  try {
    const [port, project] = await Promise.all([doors.open(), readProjectLevel(providers, spec)]);
    return new CommandSession(options, spec, doors, { homePath, userPath, gate: { port, token }, runId: providers.random.hex(16), project });
  } catch (error) {
    await doors.close();
    throw error;
  }
}

/** Starts nothing until it is asked. */
export function createCommandDriver(options: CommandDriverOptions): AgentDriver {
  const { config, providers } = options;
  return {
    name: options.name, capabilities: commandCapabilities,
    probe: async () => {
      if (config.apiKeyEnv !== undefined && providers.secrets.fromEnvironment(config.apiKeyEnv) === undefined)
        return { status: "missing", found: `the variable ${config.apiKeyEnv} is not set`, remedy: `export ${config.apiKeyEnv}=…` };
      return { status: "ok", found: `the command: ${config.run.slice(0, 100)}` };
    },
    load: warmGates,
    open: (spec) => openSession(options, spec),
  };
}
