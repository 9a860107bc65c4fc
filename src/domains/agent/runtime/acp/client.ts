// Owns one process of a client in its sandbox, from start to the last process of it. Knows the session's id, no turn.
import { join } from "node:path";
import { z } from "zod";
import { InspanError, messageOf } from "../../../../base/errors.ts";
import type { PreparedSandbox, ProcessSpec, RunningProcess, SandboxPolicy } from "../../../../providers/index.ts";
import { renderHookProgram } from "../../service/hook-program.ts";
import { renderInstructions } from "../../service/instructions.ts";
import { renderMcpProgram } from "../../service/mcp-program.ts";
import { acpVersion, InitializeResult, SessionResult } from "../../service/acp/protocol.ts";
import type { AcpRequests, AcpServer } from "../../service/acp/protocol.ts";
import type { AcpProfile, ClientSetting } from "../../service/acp/profiles.ts";
import type { SessionSpec } from "../../types.ts";
import type { ClientProgram } from "../client-program.ts";
import { ClientProcess, gitFolders, idleHandlers, proxyVariables } from "../client-process.ts";
import { RpcConnection, RpcRefusal } from "../json-rpc.ts";
import { readProjectLevel, writeSkills } from "../project-level.ts";
import type { ProjectLevel } from "../project-level.ts";
import { clearIn, writeIn } from "../session-home.ts";
import { keepGeminiChats } from "./gemini-chats.ts";
import type { AcpDriverOptions } from "./options.ts";

export interface ClientInput {
  readonly options: AcpDriverOptions;
  readonly profile: AcpProfile;
  readonly spec: SessionSpec;
  readonly program: ClientProgram;
  readonly companions: Readonly<Record<string, ClientProgram>>;
  readonly gate: { readonly port: number; readonly token: string };
  /** Marks every process of this session, so that one which left its group is found. */
  readonly runId: string;
  /** The session to go on with; undefined starts a new one. */
  readonly sessionId: string | undefined;
}

const authRequired = -32000; // the protocol's own

/** Whether the client says that nobody is logged in, or not any more. */
export const isLoginMissing = (error: unknown): boolean => error instanceof RpcRefusal && error.code === authRequired;

/** What a person does then. */
export function loginRemedyOf({ login, keyVariable }: Pick<AcpDriverOptions, "login" | "keyVariable">, profile: AcpProfile): string {
  return login === "own-home" ? `export ${keyVariable ?? profile.keyVariable}=… with a key that the provider takes` : `log in with ${profile.title} itself`;
}

const startTimeoutMs = 90_000; // the slowest takes four seconds on a quiet machine
const ownerOnly = 0o600;

export class AcpClientProcess {
  readonly rpc: RpcConnection<AcpRequests>;
  readonly #input: ClientInput;
  readonly #body: ClientProcess;
  sessionId = "";
  /** Why the asked-for session could not be resumed and a new one was begun. */
  historyLoss: string | undefined;
  /** What of the repository's own was left out. */
  notices: readonly string[] = [];

  constructor(input: ClientInput, process: RunningProcess, { sandbox, isWalled }: { readonly sandbox: PreparedSandbox; readonly isWalled: boolean }) {
    this.#input = input;
    this.#body = new ClientProcess({ providers: input.options.providers, process, sandbox, runId: input.runId, isWalled });
    this.rpc = new RpcConnection<AcpRequests>(process, { client: input.profile.title, isVersioned: true }, idleHandlers);
  }

  /** Where its processes are found. */
  get place(): { readonly pid: number; readonly runId?: string } { return this.#body.place; }

  lastWords(): Promise<string> { return this.#body.lastWords(); }

  /** Ends the process in order, else by force; afterwards nothing of it lives. Idempotent. */
  close(): Promise<void> { return this.#body.close(); }

  async initialize({ setting, project }: PreparedHome): Promise<void> {
    const { profile, spec, sessionId } = this.#input;
    this.notices = project.notices;
    const answer = InitializeResult.parse(await this.rpc.request("initialize", {
      protocolVersion: acpVersion,
      clientCapabilities: { fs: { readTextFile: false, writeTextFile: false }, terminal: false },
      clientInfo: { name: "inspan", title: "Inspan", version: "1" },
    }, startTimeoutMs));
    if (answer.protocolVersion !== acpVersion) throw new Error(`it speaks version ${answer.protocolVersion} of the protocol, expected ${acpVersion}`);
    if (setting.authMethod !== undefined) await this.rpc.request("authenticate", { methodId: setting.authMethod }, startTimeoutMs);
    const own: AcpServer[] = spec.tools.length > 0 ? [{ name: "inspan", command: process.execPath, args: [join(homeOf(spec), "mcp.cjs")], env: [] }] : [];
    const mcpServers = profile.hasMcp
      ? [...own, ...project.servers.map(({ env, ...server }) => ({ ...server, env: Object.entries(env).map(([name, value]) => ({ name, value })) }))]
      : [];
    const session = { cwd: spec.worktreePath, mcpServers, ...(setting.meta === undefined ? {} : { _meta: setting.meta }) };
    if (sessionId !== undefined) {
      const canResume = answer.agentCapabilities.sessionCapabilities["resume"] !== undefined && answer.agentCapabilities.sessionCapabilities["resume"] !== null;
      try {
        if (canResume) await this.rpc.request("session/resume", { ...session, sessionId }, startTimeoutMs);
        else if (answer.agentCapabilities.loadSession) await this.rpc.request("session/load", { ...session, sessionId }, startTimeoutMs);
        else throw new RpcRefusal("it cannot resume", undefined);
        this.sessionId = sessionId;
        return;
      } catch (error) {
        if (!(error instanceof RpcRefusal) || isLoginMissing(error)) throw error;
        this.historyLoss = error.message; // a session without a turn, or one that the client did not keep
      }
    }
    this.sessionId = SessionResult.parse(await this.rpc.request("session/new", session, startTimeoutMs)).sessionId;
  }
}

export const homeOf = (spec: SessionSpec): string => join(spec.sessionPath, "home");
export const userOf = (spec: SessionSpec): string => join(spec.sessionPath, "user");

interface PreparedHome {
  readonly setting: ClientSetting;
  readonly project: ProjectLevel;
  /** Folders of the repository's skills in the home. */
  readonly skillPaths: readonly string[];
}

/** Writes what the client reads at its start; what the agent changed there in an earlier turn is gone. */
async function writeHome(input: ClientInput): Promise<PreparedHome> {
  const { options, profile, spec, companions, gate } = input;
  const { files } = options.providers;
  const [homePath, userPath] = [homeOf(spec), userOf(spec)];
  const [hookPath, mcpPath] = [join(homePath, "hook.cjs"), join(homePath, "mcp.cjs")];
  await files.makeFolder(homePath);
  await files.makeFolder(userPath);
  const project = await readProjectLevel(options.providers, spec);
  const setting = profile.setting({
    homePath,
    userPath,
    hookPath,
    mcpPath,
    nodePath: process.execPath,
    model: spec.model ?? options.model,
    smallModel: options.smallModel?.name,
    canEdit: spec.access === "write",
    servers: project.servers,
    gateUrl: options.login === "own-home" ? `http://127.0.0.1:${gate.port}/${gate.token}` : undefined,
    instructions: renderInstructions(spec.instructions, project.map),
    companions: Object.fromEntries(Object.entries(companions).map(([name, program]) => [name, program.command])),
  });
  const root = spec.sessionPath;
  for (const path of setting.cleared) await clearIn(files, root, path);
  for (const [path, text] of Object.entries({ ...setting.files, [hookPath]: renderHookProgram(gate), [mcpPath]: renderMcpProgram(gate) })) {
    await writeIn(files, root, path, { text, mode: path.endsWith(".sh") ? 0o700 : ownerOnly });
  }
  return { setting, project, skillPaths: await writeSkills(files, { root, folder: setting.skillsPath }, project.skills) };
}

async function policyFor(input: ClientInput, { setting, skillPaths }: PreparedHome): Promise<SandboxPolicy> {
  const { options, spec, program, companions, gate } = input;
  const isWrite = spec.access === "write";
  const gitPath = join(spec.worktreePath, ".git");
  const hasGit = await options.providers.files.facts(gitPath) !== undefined;
  return {
    writable: [homeOf(spec), userOf(spec), ...(isWrite ? [spec.worktreePath] : [])],
    readable: [program.rootPath, ...Object.values(companions).map((one) => one.rootPath), ...(isWrite ? [] : [spec.worktreePath]), ...await gitFolders(options.providers, spec)],
    // What guards the agent is not the agent's to change while it runs.
    readOnly: [...(isWrite && hasGit ? [gitPath] : []), ...["hook.cjs", "mcp.cjs"].map((name) => join(homeOf(spec), name)), ...Object.keys(setting.files), ...skillPaths],
    hidden: (setting.hidden ?? []).map((name) => join(spec.worktreePath, name)),
    network: "loopback", bridges: [{ port: gate.port, hostPort: gate.port }],
  };
}

function environmentFor({ options, spec, gate, runId }: ClientInput, setting: ClientSetting): Record<string, string> {
  return options.providers.processes.environment({
    HOME: userOf(spec), INSPAN_RUN_ID: runId, NO_COLOR: "1",
    ...proxyVariables(gate), ...setting.env,
  });
}

/** Starts the process and opens its session. Rejects with AGENT_START_FAILED, or SANDBOX_MISSING; nothing is left behind then. */
export async function startClient(input: ClientInput): Promise<AcpClientProcess> {
  const { options, spec, program, profile } = input;
  const { processes, sandbox } = options.providers;
  const home = await writeHome(input);
  const { setting } = home;
  if (options.client === "gemini" && input.sessionId !== undefined) await keepGeminiChats(options.providers.files, userOf(spec));
  const plain: ProcessSpec = {
    command: [...program.command, ...setting.args], cwd: spec.worktreePath, env: environmentFor(input, setting), stdin: { kind: "open" },
    timeoutMs: undefined, outputBytesMax: 64 * 1024, signal: spec.signal,
  };
  const prepared = await sandbox.prepare(plain, await policyFor(input, home), { isUnsandboxedAllowed: spec.isUnsandboxedAllowed });
  let client: AcpClientProcess | undefined;
  try {
    client = new AcpClientProcess(input, await processes.start(prepared.spec), { sandbox: prepared, isWalled: (await sandbox.detect()).kind !== "none" });
    await client.initialize(home);
    return client;
  } catch (error) {
    const isLogin = isLoginMissing(error);
    const words = error instanceof InspanError && error.code === "AGENT_GONE" ? `; ${await client?.lastWords() ?? ""}` : "";
    if (client === undefined) await prepared.dispose();
    else await client.close();
    const what = error instanceof z.ZodError ? `its answer has a form that version ${acpVersion} of the protocol does not have (${messageOf(error)})` : messageOf(error);
    throw new InspanError(isLogin ? "AGENT_NOT_LOGGED_IN" : "AGENT_START_FAILED", `Cannot start ${profile.title} in "${spec.worktreePath}": ${what}${words}`, {
      cause: error,
      remedy: isLogin ? loginRemedyOf(options, profile) : "inspan doctor",
    });
  }
}
