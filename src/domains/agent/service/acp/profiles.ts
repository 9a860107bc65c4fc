// What each client of the Agent Client Protocol needs: its program, its private home, how it is led to our gate. Text only; starts nothing.
import type { WireName } from "../../../model/index.ts";
import type { ProjectServer } from "../project-servers.ts";

export const acpClients = ["claude", "gemini", "opencode", "pi"] as const;
export type AcpClient = (typeof acpClients)[number];

export interface ProfileInput {
  /** Absolute: the client's own settings and histories. */
  readonly homePath: string;
  /** Absolute: HOME of its commands. */
  readonly userPath: string;
  /** The gate with its token, without a version; undefined with the user's login. */
  readonly gateUrl: string | undefined;
  readonly model: string | undefined;
  /** For side requests of clients that have them; the model itself where undefined. */
  readonly smallModel: string | undefined;
  readonly instructions: string;
  readonly canEdit: boolean;
  /** Node, absolute. */
  readonly nodePath: string;
  /** Programs of ours in the home, absolute. */
  readonly hookPath: string;
  readonly mcpPath: string;
  /** Programs beside the client that it needs, by name, absolute. */
  readonly companions: Readonly<Record<string, readonly string[]>>;
  /** The repository's own servers, for clients that have no MCP; others get them with the session. */
  readonly servers: readonly ProjectServer[];
}

/** What a session is started with. */
export interface ClientSetting {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Absolute path → text; written anew before each process, since the agent can write in its home. */
  readonly files: Readonly<Record<string, string>>;
  /** Absolute: where the client looks for skills; the repository's are put there. */
  readonly skillsPath: string;
  /** Absolute: what the client would obey besides, so that an agent must not leave anything there for its next turn. Removed before each process. */
  readonly cleared: readonly string[];
  /** Folders of the worktree that the client would obey and cannot be told to leave alone: it sees them empty. */
  readonly hidden?: readonly string[];
  /** `_meta` of session/new and session/load. */
  readonly meta?: Readonly<Record<string, unknown>>;
  readonly authMethod?: string;
}

export interface AcpProfile {
  readonly title: string;
  /** Name of the program on PATH. */
  readonly program: string;
  readonly installs: readonly string[];
  /** What it was proved with. */
  readonly version: string;
  readonly wire: WireName;
  readonly keyVariable: string;
  /** Programs that must be there too. */
  readonly companions: readonly string[];
  /** Files of the user's own login, relative to the user's home, and where they go below `homePath` or `userPath`. */
  readonly login: { readonly from: string; readonly to: "home" | "user"; readonly path: string; readonly hosts: readonly string[] };
  /** Whether operations reach the model by an MCP server; otherwise by the client's extension. */
  readonly hasMcp: boolean;
  /** Whether it asks for leave over the protocol. */
  readonly asksLeave: boolean;
  /** Whether it asks before an edit, or has a hook of ours there; otherwise a forbidden edit is told after the fact. */
  readonly asksBeforeEdit: boolean;
  /** Whether a call of its shell lasts as long as anything holds the command's output. */
  readonly waitsForOutput: boolean;
  setting(input: ProfileInput): ClientSetting;
}

const keyOfNobody = "inspan-session"; // clients refuse to start without one; the real one is put in by the relay
const shellWord = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

const claude: AcpProfile = {
  title: "Claude Code",
  program: "claude-agent-acp",
  installs: ["@agentclientprotocol/claude-agent-acp@0.100.0"],
  version: "0.100.0",
  wire: "messages",
  keyVariable: "ANTHROPIC_API_KEY",
  companions: [],
  login: { from: ".claude/.credentials.json", to: "home", path: ".credentials.json", hosts: ["api.anthropic.com", "console.anthropic.com", "platform.claude.com"] },
  hasMcp: true, asksLeave: true, asksBeforeEdit: true, waitsForOutput: false,
  setting: ({ homePath, gateUrl, model, smallModel = model, instructions, hookPath, nodePath, canEdit }) => ({
    args: [],
    env: {
      CLAUDE_CONFIG_DIR: homePath, CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1", DISABLE_AUTOUPDATER: "1", DISABLE_TELEMETRY: "1", DISABLE_ERROR_REPORTING: "1",
      // Each turn ends with a request for a suggestion that nobody reads.
      CLAUDE_CODE_ENABLE_PROMPT_SUGGESTION: "false",
      // Operations hidden behind a search would not be found.
      ENABLE_TOOL_SEARCH: "false",
      // The task tries again with its own budget.
      CLAUDE_CODE_MAX_RETRIES: "2",
      ...(gateUrl === undefined ? {} : { ANTHROPIC_BASE_URL: gateUrl, ANTHROPIC_API_KEY: keyOfNobody }),
      ...(smallModel === undefined ? {} : { ANTHROPIC_SMALL_FAST_MODEL: smallModel, ANTHROPIC_DEFAULT_HAIKU_MODEL: smallModel }),
      // Whatever name the client asks for by itself, the provider has this one.
      ...(model === undefined ? {} : { ANTHROPIC_MODEL: model, ANTHROPIC_DEFAULT_SONNET_MODEL: model, ANTHROPIC_DEFAULT_OPUS_MODEL: model }),
    },
    files: {
      [`${homePath}/settings.json`]: JSON.stringify({
        hooks: {
          PreToolUse: [
            {
              matcher: "Edit|Write|MultiEdit|NotebookEdit",
              hooks: [{ type: "command", command: `${shellWord(nodePath)} ${shellWord(hookPath)}`, timeout: 120 }],
            },
          ],
        },
      }),
    },
    skillsPath: `${homePath}/skills`,
    cleared: ["settings.local.json", "CLAUDE.md", ".claude.json", "agents", "commands", "hooks", "output-styles", "plugins", "rules", "workflows"].map(
      (name) => `${homePath}/${name}`,
    ),
    // Settings of the worktree are content of the branch under work: they could switch the hook off.
    meta: {
      systemPrompt: { append: instructions },
      claudeCode: { options: { settingSources: ["user"], ...(canEdit ? {} : { disallowedTools: ["Edit", "Write", "MultiEdit", "NotebookEdit"] }) } },
    },
  }),
};

const gemini: AcpProfile = {
  title: "Gemini CLI", program: "gemini", installs: ["@google/gemini-cli@0.61.0"], version: "0.61.0", wire: "gemini", keyVariable: "GEMINI_API_KEY", companions: [],
  login: { from: ".gemini/oauth_creds.json", to: "user", path: ".gemini/oauth_creds.json", hosts: ["cloudcode-pa.googleapis.com", "oauth2.googleapis.com", "www.googleapis.com"] },
  hasMcp: true, asksLeave: true, asksBeforeEdit: true, waitsForOutput: false,
  setting: ({ userPath, gateUrl, model, instructions, canEdit }) => ({
    args: ["--acp", "--skip-trust"],
    // A folder that it does not trust gets no servers at all, and of one that it trusts it takes settings, hooks and skills. A reviewer edits nothing, so
    // that the skills of the change can be hidden from it too.
    hidden: [".gemini", ...(canEdit ? [] : [".agents"])],
    env: {
      GEMINI_CLI_NO_RELAUNCH: "1", GEMINI_CLI_HOME: userPath,
      ...(gateUrl === undefined ? {} : { GOOGLE_GEMINI_BASE_URL: gateUrl, GEMINI_API_KEY: keyOfNobody }),
      ...(model === undefined ? {} : { GEMINI_MODEL: model }),
    },
    files: {
      [`${userPath}/.gemini/settings.json`]: JSON.stringify({
        privacy: { usageStatisticsEnabled: false },
        telemetry: { enabled: false }, // Its clean-up takes an empty file of a session for a broken one, and deletes all files of that session.
        general: { enableAutoUpdate: false, enableAutoUpdateNotification: false, sessionRetention: { enabled: false } },
        security: { auth: { selectedType: gateUrl === undefined ? "oauth-personal" : "gemini-api-key" } },
        // A name that no repository has: its instructions come from the base commit, with ours.
        context: { fileName: ["INSPAN-SESSION.md"] },
      }),
      [`${userPath}/.gemini/INSPAN-SESSION.md`]: instructions,
    },
    skillsPath: `${userPath}/.gemini/skills`,
    cleared: [
      ...["extensions", "commands", "agents", "policies", "hooks", ".env", "trustedFolders.json"].map((name) => `${userPath}/.gemini/${name}`),
      `${userPath}/.agents`,
      `${userPath}/.env`,
    ],
    ...(gateUrl === undefined ? {} : { authMethod: "gemini-api-key" }),
  }),
};

function opencodePlugin(nodePath: string, hookPath: string): string {
  return `// Written by Inspan for one session.
import { spawnSync } from "node:child_process";
export const Inspan = async () => ({
  "tool.execute.before": async (input, output) => {
    if (!["edit", "write", "patch", "apply_patch", "multiedit"].includes(input.tool)) return;
    const hook = spawnSync(${JSON.stringify(nodePath)}, [${JSON.stringify(hookPath)}], { input: JSON.stringify({ hook_event_name: "PreToolUse", tool_name: input.tool, tool_input: output.args }), encoding: "utf8" });
    if (hook.status !== 0) throw new Error("The guard does not answer: " + hook.stderr);
    const reason = JSON.parse(hook.stdout).hookSpecificOutput?.permissionDecisionReason;
    if (reason !== undefined) throw new Error(reason);
  },
});
`;
}

const opencode: AcpProfile = {
  title: "opencode", program: "opencode", installs: ["opencode-ai@1.18.33"], version: "1.18.33", wire: "chat", keyVariable: "OPENAI_API_KEY", companions: [],
  login: {
    from: ".local/share/opencode/auth.json",
    to: "home",
    path: "data/opencode/auth.json",
    hosts: ["api.anthropic.com", "api.openai.com", "opencode.ai", ".opencode.ai", "openrouter.ai", "models.dev"],
  },
  hasMcp: true, asksLeave: false, asksBeforeEdit: true, waitsForOutput: true,
  setting: ({ homePath, userPath, gateUrl, model, smallModel = model, instructions, canEdit, hookPath, nodePath }) => ({
    args: ["acp"],
    skillsPath: `${homePath}/config/opencode/skills`,
    cleared: [`${homePath}/config`, `${userPath}/.opencode`, `${userPath}/.agents`, `${userPath}/.claude`],
    env: {
      XDG_CONFIG_HOME: `${homePath}/config`, XDG_DATA_HOME: `${homePath}/data`, XDG_STATE_HOME: `${homePath}/state`, XDG_CACHE_HOME: `${homePath}/cache`,
      OPENCODE_DISABLE_AUTOUPDATE: "1", OPENCODE_DISABLE_MODELS_FETCH: "1", OPENCODE_DISABLE_LSP_DOWNLOAD: "1", OPENCODE_DISABLE_DEFAULT_PLUGINS: "1", OPENCODE_DISABLE_SHARE: "1",
      OPENCODE_DISABLE_PROJECT_CONFIG: "1", OPENCODE_DISABLE_CLAUDE_CODE: "1", OPENCODE_DISABLE_EXTERNAL_SKILLS: "1",
      OPENCODE_CONFIG: `${homePath}/opencode.json`,
    },
    files: {
      [`${homePath}/instructions.md`]: instructions,
      [`${homePath}/config/opencode/plugin/inspan.js`]: opencodePlugin(nodePath, hookPath),
      [`${homePath}/opencode.json`]: JSON.stringify({
        autoupdate: false, share: "disabled", snapshot: false, instructions: [`${homePath}/instructions.md`],
        // A refusal by the protocol would end its turn; the plugin's is an answer to the model.
        permission: { edit: canEdit ? "allow" : "deny", bash: "allow", webfetch: "deny" },
        ...(gateUrl === undefined ? { ...(model === undefined ? {} : { model }), ...(smallModel === undefined ? {} : { small_model: smallModel }) } : {
          enabled_providers: ["inspan"], model: `inspan/${model ?? "model"}`, small_model: `inspan/${smallModel ?? "model"}`,
          provider: {
            inspan: {
              npm: "@ai-sdk/openai-compatible",
              name: "Inspan",
              options: { baseURL: `${gateUrl}/v1`, apiKey: keyOfNobody, includeUsage: true },
              models: Object.fromEntries(
                [model, smallModel].map((name = "model") => [name, { name, tool_call: true, limit: { context: 200_000, output: 32_000 } }]),
              ),
            },
          },
        }),
      }),
    },
  }),
};

/** pi has no MCP: an extension of ours offers the operations and the tools of the repository's servers, and asks before edits. */
function piExtension({ mcpPath, nodePath, hookPath, servers }: Pick<ProfileInput, "mcpPath" | "nodePath" | "hookPath" | "servers">): string {
  return `// Written by Inspan for one session.
import { spawn, spawnSync } from "node:child_process";
const connect = ({ command, args, env }) => {
  let last = 0; let text = ""; const waiters = new Map();
  const server = spawn(command, args, { stdio: ["pipe", "pipe", "ignore"], env: { ...process.env, ...env } });
  const end = (why) => { for (const waiter of waiters.values()) waiter({ error: { message: why } }); waiters.clear(); };
  server.on("error", (error) => end(error.message)).on("exit", () => end("the server has ended"));
  server.stdin.on("error", () => undefined);
  process.on("exit", () => server.kill());
  server.stdout.setEncoding("utf8").on("data", (chunk) => {
    text += chunk;
    for (let at = text.indexOf("\\n"); at >= 0; at = text.indexOf("\\n")) { const line = text.slice(0, at); text = text.slice(at + 1); try { const message = JSON.parse(line); waiters.get(message.id)?.(message); waiters.delete(message.id); } catch {} }
  });
  const send = (message) => server.stdin.write(JSON.stringify({ jsonrpc: "2.0", ...message }) + "\\n");
  return { notify: (method) => send({ method }), ask: (method, params) => new Promise((resolve) => { const id = ++last; waiters.set(id, resolve); if (server.exitCode !== null || server.pid === undefined) end("the server has ended"); else send({ id, method, params }); }) };
};
const register = async (pi, server, prefix) => {
  const { result } = await server.ask("tools/list", {});
  for (const tool of result?.tools ?? []) pi.registerTool({ name: prefix + tool.name, label: prefix + tool.name, description: tool.description ?? tool.name, parameters: tool.inputSchema,
    async execute(_id, params) { const { result, error } = await server.ask("tools/call", { name: tool.name, arguments: params }); return { content: result?.content ?? [{ type: "text", text: String(error?.message) }], details: {}, isError: result?.isError ?? true }; } });
};
const soon = (work) => Promise.race([work, new Promise((resolve) => setTimeout(resolve, 10000).unref())]);
export default async function inspan(pi) {
  await register(pi, connect({ command: ${JSON.stringify(nodePath)}, args: [${JSON.stringify(mcpPath)}], env: {} }), "");
  await Promise.all(${JSON.stringify(servers)}.map((one) => soon((async () => {
    const server = connect(one);
    const { error } = await server.ask("initialize", { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "inspan", version: "1" } });
    if (error !== undefined) return;
    server.notify("notifications/initialized");
    await register(pi, server, one.name + "_");
  })())));
  pi.on("tool_call", async (event) => {
    if (event.toolName !== "edit" && event.toolName !== "write") return undefined;
    const hook = spawnSync(${JSON.stringify(nodePath)}, [${JSON.stringify(hookPath)}], { input: JSON.stringify({ hook_event_name: "PreToolUse", tool_name: event.toolName, tool_input: event.input }), encoding: "utf8" });
    if (hook.status !== 0) return { block: true, reason: "The guard does not answer: " + hook.stderr };
    const reason = JSON.parse(hook.stdout).hookSpecificOutput?.permissionDecisionReason;
    return reason === undefined ? undefined : { block: true, reason };
  });
}
`;
}

const pi: AcpProfile = {
  title: "pi",
  program: "pi-acp",
  installs: ["pi-acp@0.0.34", "@earendil-works/pi-coding-agent@0.87.1"],
  version: "0.0.34",
  wire: "chat",
  keyVariable: "OPENAI_API_KEY",
  companions: ["pi"],
  login: { from: ".pi/agent/auth.json", to: "home", path: "auth.json", hosts: ["api.anthropic.com", "api.openai.com", "chatgpt.com", "openrouter.ai"] },
  hasMcp: false, asksLeave: false, asksBeforeEdit: true, waitsForOutput: false,
  setting: ({ homePath, userPath, gateUrl, model, instructions, mcpPath, hookPath, nodePath, companions, servers }) => ({
    args: [],
    skillsPath: `${homePath}/skills`,
    cleared: [
      ...["extensions", "prompts", "themes", "agents", "tools", "hooks", "packages", "AGENTS.md", "SYSTEM.md", "trust.json"].map(
        (name) => `${homePath}/${name}`,
      ),
      `${userPath}/.agents`,
      `${userPath}/.pi`,
    ],
    env: { PI_CODING_AGENT_DIR: homePath, PI_OFFLINE: "1", PI_TELEMETRY: "0", PI_ACP_PI_COMMAND: `${homePath}/pi.sh` },
    files: {
      [`${homePath}/pi.sh`]: `#!/bin/sh\nexec ${(companions["pi"] ?? ["pi"]).map(shellWord).join(" ")} "$@"\n`,
      [`${homePath}/APPEND_SYSTEM.md`]: instructions,
      [`${homePath}/extensions/inspan.js`]: piExtension({ mcpPath, nodePath, hookPath, servers }),
      // The relay waits out limits, and the task tries again with its own budget.
      [`${homePath}/settings.json`]: JSON.stringify({
        quietStartup: true,
        retry: { enabled: false },
        ...(gateUrl === undefined ? {} : { defaultProvider: "inspan", defaultModel: model ?? "model" }),
      }),
      ...(gateUrl === undefined ? {} : {
        [`${homePath}/models.json`]: JSON.stringify({
          providers: {
            inspan: {
              baseUrl: `${gateUrl}/v1`,
              apiKey: keyOfNobody,
              api: "openai-completions",
              models: [{ id: model ?? "model", name: model ?? "model", contextWindow: 200_000, maxTokens: 32_000 }],
            },
          },
        }),
      }),
    },
  }),
};

export const acpProfiles: Readonly<Record<AcpClient, AcpProfile>> = { claude, gemini, opencode, pi };
