// What lies in a session's private Codex home: its configuration and its model catalogue, as text. Knows no disk.
import { z } from "zod";
import { hookMatchers } from "../hook-program.ts";
import type { ProjectServer } from "../project-servers.ts";
import type { JsonValue } from "./protocol.ts";

/** Off: what reaches for the network, starts other agents, asks a person, or keeps memory across sessions. */
const featuresOff = [
  "apps", "browser_use", "computer_use", "goals", "guardian_approval", "image_generation", "in_app_browser", "memories", "multi_agent",
  "plugins", "remote_plugin", "shell_snapshot", "skill_mcp_dependency_install", "sleep_tool", "tool_suggest",
] as const;

export interface CodexHomeOptions {
  readonly model: string | undefined;
  readonly effort: string | undefined;
  /** Address of the model inside the sandbox; undefined where Codex talks to its own service with the user's login. */
  readonly baseUrl: string | undefined;
  readonly cataloguePath: string | undefined;
  readonly worktreePath: string;
  /** Program and script of the hook, absolute. */
  readonly hookCommand: readonly [string, string];
  /** Names of variables that the agent's commands must not see. */
  readonly hiddenVariables: readonly string[];
  /** The repository's own, of the base commit. */
  readonly servers: readonly ProjectServer[];
}

/** A basic TOML string: JSON's escapes are a subset of TOML's, but for DEL. */
const quote = (text: string): string => JSON.stringify(text).replaceAll("\u007f", "\\u007F");
/** One word for the shell that runs a hook, then one TOML string. */
const quoteCommand = (words: readonly string[]): string => quote(words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" "));

/** config.toml of one session. A failed model call is tried again by the stream's count alone:
 * both counts multiply. The task tries again with its own budget. */
export function renderCodexConfig(options: CodexHomeOptions): string {
  const lines = [
    "# Written by Inspan for one session; changes are lost.",
    ...(options.model === undefined ? [] : [`model = ${quote(options.model)}`]),
    ...(options.effort === undefined ? [] : [`model_reasoning_effort = ${quote(options.effort)}`]),
    ...(options.baseUrl === undefined ? [] : [`model_provider = "inspan"`]),
    ...(options.cataloguePath === undefined ? [] : [`model_catalog_json = ${quote(options.cataloguePath)}`]),
    "check_for_update_on_startup = false",
    `web_search = "disabled"`,
    // A login shell reads /etc/profile, which on many systems sets PATH anew and hides the Node in use.
    "allow_login_shell = false",
    `cli_auth_credentials_store = "file"`,
    "[features]",
    ...featuresOff.map((name) => `${name} = false`),
    "[analytics]", "enabled = false",
    "[feedback]", "enabled = false",
    "[otel]", `exporter = "none"`, `metrics_exporter = "none"`,
    "[history]", `persistence = "none"`,
    "[shell_environment_policy]", `inherit = "all"`, `exclude = [${options.hiddenVariables.map(quote).join(", ")}]`,
    // An untrusted project's own .codex folder (servers, hooks, model) is not read: it is content of the branch under work. Nor is its
    // AGENTS.md then, which therefore comes with the instructions.
    `[projects.${quote(options.worktreePath)}]`, `trust_level = "untrusted"`,
    ...(options.baseUrl === undefined ? [] : [
      "[model_providers.inspan]", `name = "inspan"`, `base_url = ${quote(options.baseUrl)}`, `wire_api = "responses"`,
      "requires_openai_auth = false", "request_max_retries = 0", "stream_max_retries = 3", "supports_websockets = false",
    ]),
    ...options.servers.flatMap(({ name, command, args, env }) => [
      `[mcp_servers.${quote(name)}]`, `command = ${quote(command)}`, `args = [${args.map(quote).join(", ")}]`, `cwd = ${quote(options.worktreePath)}`,
      `env = { ${Object.entries(env).map(([key, value]) => `${key} = ${quote(value)}`).join(", ")} }`,
    ]),
    ...(["PreToolUse", "PostToolUse"] as const).flatMap((event) => [
      `[[hooks.${event}]]`, `matcher = ${quote(hookMatchers[event])}`,
      `[[hooks.${event}.hooks]]`, `type = "command"`, `command = ${quoteCommand(options.hookCommand)}`, "timeout = 120",
    ]),
  ];
  return `${lines.join("\n")}\n`;
}

/** Lines for config.toml: Codex reads the skills of a worktree whether it trusts it or not, and these files are content of the branch under work. */
export function renderDisabledSkills(paths: readonly string[]): string {
  return paths.map((path) => `[[skills.config]]\npath = ${quote(path)}\nenabled = false\n`).join("");
}

const Catalogue = z.looseObject({ models: z.array(z.record(z.string(), z.json())).min(1) });

type Entry = Readonly<Record<string, JsonValue>>;

/** Without agents below the agent, which no bound of ours would see, and without an edit tool where nothing may be edited. */
function restrict(entry: Entry, canEdit: boolean): { [key: string]: JsonValue } {
  const { multi_agent_version: _version, multi_agent_reasoning_effort: _effort, ...rest } = entry;
  return { ...rest, apply_patch_tool_type: canEdit ? entry["apply_patch_tool_type"] ?? null : null };
}

/**
 * A catalogue for `model_catalog_json`: of all the client's models where none is named, else of one: the client's own entry of that name, or,
 * for a model that it does not know, the entry of its first model with plain tools under the new name; without it an unknown model is offered
 * no apply_patch. `bundled` is what `codex debug models` printed. Undefined where that is not understood.
 */
export function deriveCatalogue(bundled: unknown, options: { readonly model: string | undefined; readonly canEdit: boolean }): JsonValue | undefined {
  const parsed = Catalogue.safeParse(bundled);
  if (!parsed.success) return undefined;
  if (options.model === undefined) return { models: parsed.data.models.map((entry) => restrict(entry, options.canEdit)) };
  const own = parsed.data.models.find((entry) => entry["slug"] === options.model);
  const template = own ?? parsed.data.models.find((entry) => entry["apply_patch_tool_type"] === "freeform" && (entry["tool_mode"] ?? null) === null);
  if (template === undefined) return undefined;
  const named = own ?? {
    ...template,
    slug: options.model,
    display_name: options.model,
    description: "A model that Codex does not know by itself.",
    supports_search_tool: false,
    upgrade: null,
    visibility: "list",
  };
  return { models: [restrict(named, options.canEdit)] };
}
