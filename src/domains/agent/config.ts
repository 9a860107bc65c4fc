// The `agents` key of inspan.yaml: which driver works, with which model. Knows no driver; keys are named here, never held.
import { z } from "zod";
import type { ConfigSection } from "../../base/config-section.ts";
import { InspanError } from "../../base/errors.ts";
import { Price, WireName } from "../model/index.ts";

export const driverNames = ["builtin", "codex", "claude", "gemini", "opencode", "pi"] as const;
export type DriverName = (typeof driverNames)[number];

export const ModelProvider = z.enum(["openai-compatible", "openai", "anthropic"]);
export type ModelProvider = z.infer<typeof ModelProvider>;

/** How much a model reasons. */
export const Effort = z.enum(["none", "minimal", "low", "medium", "high", "xhigh"]);

const environmentName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "expected the name of an environment variable, not a key itself");

const hostList = z.array(z.string().regex(/^\.?[a-z0-9][a-z0-9.-]*(:\d{1,5})?$/, "expected a host name, with a leading dot for all names below it"));

export const BuiltinConfig = z.strictObject({
  provider: ModelProvider.default("openai-compatible").describe("Wire of the model: openai-compatible (Chat Completions), openai (Responses) or anthropic (Messages)."),
  baseUrl: z.url().optional().describe("Base address with its version, for example http://127.0.0.1:8000/v1; needed for openai-compatible."),
  model: z.string().min(1).optional().describe("The model's name at the provider."),
  apiKeyEnv: environmentName
    .optional()
    .describe("Name of the environment variable that holds the key; OPENAI_API_KEY or ANTHROPIC_API_KEY unless told, none for openai-compatible."),
  effort: Effort.optional().describe("How much the model reasons; the provider's own default unless told."),
  price: Price.optional().describe("US dollars per million tokens: inputUsd, cachedInputUsd, outputUsd. Without it costs are unknown."),
  // 200 calls are far above an honest turn; without the bound a model in a loop spends until the budget is gone.
  modelCallsMax: z.number().int().min(1).max(10_000).default(200).describe("Model calls of one turn; above it the turn fails."),
  outputTokensMax: z.number().int().min(256).optional().describe("Tokens of one answer; the provider's own default unless told."),
});
export type BuiltinConfig = z.infer<typeof BuiltinConfig>;

export const CodexConfig = z.strictObject({
  path: z.string().min(1).optional().describe("Path of the codex program; looked up on PATH unless told."),
  model: z.string().min(1).optional().describe("Model for Codex; its own default unless told."),
  effort: Effort.optional().describe("How much the model reasons."),
  login: z
    .enum(["own-home", "user"])
    .default("own-home")
    .describe("own-home: a private home per session, key from the environment. user: the login of your own ~/.codex, settings and servers left out."),
  baseUrl: z.url().optional().describe("Base address of a Responses endpoint with its version, for own-home; https://api.openai.com/v1 unless told."),
  apiKeyEnv: environmentName
    .optional()
    .describe("Name of the environment variable that holds the key, for own-home; OPENAI_API_KEY unless told. The key stays in Inspan's process."),
  network: z
    .enum(["sandbox", "host"])
    .default("sandbox")
    .describe("sandbox: loopback only. host: the machine's network for the agent's commands, only together with --unsandboxed."),
  allowedHosts: hostList.optional().describe("Hosts that the login of user reaches through Inspan's proxy; those of chatgpt.com and openai.com unless told."),
  price: Price.optional().describe("US dollars per million tokens: inputUsd, cachedInputUsd, outputUsd. Without it costs are unknown."),
});
export type CodexConfig = z.infer<typeof CodexConfig>;

export const AcpConfig = z.strictObject({
  path: z.string().min(1).optional().describe("Path of the client's program; looked up on PATH unless told."),
  model: z.string().min(1).optional().describe("Model for the client; its own default unless told."),
  login: z
    .enum(["own-home", "user"])
    .default("own-home")
    .describe(
      "own-home: a private home per session, key from the environment. user: the login of your own home, settings and servers left out; its cost is then not known.",
    ),
  baseUrl: z.url().optional().describe("Base address of the model with its version, for own-home; the provider's own unless told."),
  apiKeyEnv: environmentName.optional().describe("Name of the environment variable that holds the key, for own-home. The key stays in Inspan's process."),
  allowedHosts: hostList.optional().describe("Hosts that the login of user reaches through Inspan's proxy; those of the client's own service unless told."),
  price: Price.optional().describe("US dollars per million tokens: inputUsd, cachedInputUsd, outputUsd. Without it costs are unknown."),
});
export type AcpConfig = z.infer<typeof AcpConfig>;

/** Claude Code and opencode ask a second model for titles and summaries. */
export const TwoModelConfig = AcpConfig.extend({
  smallModel: z
    .strictObject({ name: z.string().min(1), price: Price.optional().describe("US dollars per million tokens of it.") })
    .optional()
    .describe("Model for the client's side requests (titles, summaries); the model itself unless told."),
});
export type TwoModelConfig = z.infer<typeof TwoModelConfig>;

/** An agent of the repository's own: any program that takes a prompt on standard input. */
export const CommandConfig = z.strictObject({
  kind: z.literal("command"),
  run: z.string().min(1).describe("Command line for a shell in the worktree; the prompt comes on standard input, the last words go to standard output."),
  wire: WireName.default("chat").describe(
    "How it speaks to its model: chat, responses, messages or gemini. OPENAI_BASE_URL, ANTHROPIC_BASE_URL and GOOGLE_GEMINI_BASE_URL lead to Inspan's relay.",
  ),
  baseUrl: z.url().optional().describe("Base address of the model with its version; the provider's own unless told."),
  model: z.string().min(1).optional().describe("Model, handed over as INSPAN_MODEL."),
  apiKeyEnv: environmentName.optional().describe("Name of the environment variable that holds the key. The key stays in Inspan's process."),
  price: Price.optional().describe("US dollars per million tokens: inputUsd, cachedInputUsd, outputUsd. Without it costs are unknown."),
  readable: z.array(z.string().startsWith("/")).default([]).describe("Further folders that the program needs to read."),
});
export type CommandConfig = z.infer<typeof CommandConfig>;

const KnownAgents = z.strictObject({
  default: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,39}$/, "expected the name of an agent")
    .default("builtin")
    .describe("The driver that tasks use unless told: builtin, codex, claude, gemini, opencode, pi, or a name of your own below agents."),
  builtin: BuiltinConfig.prefault({}).describe("The agent that comes with Inspan."),
  codex: CodexConfig.prefault({}).describe("Codex through its app-server."),
  claude: TwoModelConfig.prefault({}).describe("Claude Code through the Agent Client Protocol."),
  gemini: AcpConfig.prefault({}).describe("Gemini CLI through the Agent Client Protocol."),
  opencode: TwoModelConfig.prefault({}).describe("opencode through the Agent Client Protocol."),
  pi: AcpConfig.prefault({}).describe("pi through the Agent Client Protocol."),
  record: z.boolean().default(false).describe("Keeps what clients and models said to each other in the session's folder, secrets removed."),
  replay: z.string().min(1).optional().describe("Path of such a record: it answers instead of a model."),
});
// Every other key is an agent of the repository's own.
export const AgentsConfig = KnownAgents.catchall(CommandConfig).prefault({});
export type AgentsConfig = z.infer<typeof KnownAgents>;

/** The agents of the repository's own, by name. */
export function commandAgents(config: AgentsConfig): ReadonlyMap<string, CommandConfig> {
  const known = new Set(Object.keys(KnownAgents.shape));
  return new Map(
    Object.entries(config).flatMap(([name, value]) => {
      const parsed = known.has(name) ? undefined : CommandConfig.safeParse(value);
      return parsed?.success === true ? [[name, parsed.data] as const] : [];
    }),
  );
}

export const agentsSection: ConfigSection<typeof AgentsConfig> = {
  key: "agents",
  schema: AgentsConfig,
  summary: "Which agent works on tasks, and with which model. Keys come from the environment, never from this file.",
  example: [
    "agents:",
    "  default: builtin",
    "  builtin:",
    "    provider: openai-compatible",
    "    baseUrl: http://127.0.0.1:8000/v1",
    "    model: my-model",
    "    apiKeyEnv: MY_MODEL_KEY",
    "    price: { inputUsd: 1.25, cachedInputUsd: 0.125, outputUsd: 10 }",
    "",
  ].join("\n"),
};

/**
 * The section with INSPAN_AGENT, INSPAN_MODEL_PROVIDER, INSPAN_MODEL_BASE_URL, INSPAN_MODEL, INSPAN_MODEL_EFFORT, INSPAN_CODEX_LOGIN and INSPAN_API_KEY laid over it
 * (the last only by name). The file's price is dropped where the model changes. Throws ENVIRONMENT_INVALID naming the variable where a value does not fit.
 */
export function agentsWithEnvironment(config: AgentsConfig, env: Readonly<Record<string, string | undefined>>): AgentsConfig {
  const read = (name: string): string | undefined => (env[name] === undefined || env[name] === "" ? undefined : env[name]);
  const checked = <T>(schema: z.ZodType<T>, name: string): T | undefined => {
    const value = read(name);
    if (value === undefined) return undefined;
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    throw new InspanError("ENVIRONMENT_INVALID", `Cannot use ${name}="${value.slice(0, 100)}": ${parsed.error.issues[0]?.message ?? "wrong form"}.`, {
      kind: "usage",
      remedy: `set ${name} to a value that fits, or unset it`,
    });
  };
  const model = read("INSPAN_MODEL");
  const provider = checked(ModelProvider, "INSPAN_MODEL_PROVIDER");
  const baseUrl = checked(z.url(), "INSPAN_MODEL_BASE_URL");
  const effort = checked(Effort, "INSPAN_MODEL_EFFORT");
  const login = checked(z.enum(["own-home", "user"]), "INSPAN_CODEX_LOGIN");
  const isOtherModel = (model !== undefined && model !== config.builtin.model) || (provider !== undefined && provider !== config.builtin.provider);
  const common = {
    ...(baseUrl === undefined ? {} : { baseUrl }),
    ...(model === undefined ? {} : { model }),
    ...(effort === undefined ? {} : { effort }),
    ...(read("INSPAN_API_KEY") === undefined ? {} : { apiKeyEnv: "INSPAN_API_KEY" }),
  };
  const { effort: _, ...wired } = common;
  // Another model is another provider's as often as not, where the small one would be unknown.
  const acp = <Client extends TwoModelConfig>(client: Client): Client => ({
    ...client,
    ...wired,
    ...(model !== undefined && model !== client.model ? { price: undefined, ...(client.smallModel === undefined ? {} : { smallModel: undefined }) } : {}),
  });
  return {
    ...config,
    claude: acp(config.claude), gemini: acp(config.gemini), opencode: acp(config.opencode), pi: acp(config.pi),
    default: checked(z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, "expected the name of an agent"), "INSPAN_AGENT") ?? config.default,
    builtin: {
      ...config.builtin,
      ...(provider === undefined ? {} : { provider }),
      ...common,
      ...(isOtherModel ? { price: undefined } : {}),
    },
    ...Object.fromEntries(
      [...commandAgents(config)].map(([name, agent]) => [
        name,
        { ...agent, ...wired, ...(model !== undefined && model !== agent.model ? { price: undefined } : {}) },
      ]),
    ),
    codex: { ...config.codex, ...common, ...(login === undefined ? {} : { login }), ...(model !== undefined && model !== config.codex.model ? { price: undefined } : {}) },
  };
}
