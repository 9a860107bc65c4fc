// Hooks of agents' clients: what their JSON says was edited, and the answer in their own form. Pure.
import { z } from "zod";
import type { Finding } from "../types/finding.ts";
import { renderFindingsForAgent } from "./text.ts";

export const hookClients = ["codex", "claude", "gemini"] as const;
export type HookClient = (typeof hookClients)[number];

/** Codex cuts what a hook says above 2,500 tokens; half of it leaves room and is more than an agent acts on at once. */
const contextCharsMax = 5_000;
/** More files in one call are a generator's. */
const filesMax = 50;

const HookInput = z.looseObject({
  cwd: z.string().optional(),
  hook_event_name: z.string().optional(),
  tool_name: z.string().optional(),
  tool_input: z.unknown().optional(),
});

export interface HookEvent {
  readonly name: string;
  readonly cwd: string | undefined;
  /** As the client wrote them: absolute, or relative to its folder. */
  readonly files: readonly string[];
  /** True for a tool that may have written anything: a shell. */
  readonly isShell: boolean;
}

/** Undefined where the text is no call of a tool in any client's form: a hook then has nothing to say. */
export function parseHookEvent(text: string): HookEvent | undefined {
  let value: unknown;
  try { value = JSON.parse(text); } catch { return undefined; }
  const parsed = HookInput.safeParse(value);
  if (!parsed.success) return undefined;
  const { cwd, hook_event_name: name = "PostToolUse", tool_name: tool = "", tool_input: input } = parsed.data;
  return { name, cwd, files: editedFiles(input), isShell: /^(bash|shell|local_shell|exec_command|unified_exec|run_shell_command)$/i.test(tool) };
}

/** Paths under the keys that the clients' tools use, and the files of a patch. */
function editedFiles(input: unknown): readonly string[] {
  const found = new Set<string>();
  const visit = (value: unknown, key: string, depth: number): void => {
    if (depth > 4) return;
    if (typeof value === "string") {
      if (/^(file_path|filePath|absolute_path|notebook_path|path)$/.test(key)) found.add(value);
      else if (value.includes("*** ")) for (const match of value.matchAll(/^\*\*\* (?:Update File|Add File|Move to): (.+)$/gm)) if (match[1] !== undefined) found.add(match[1].trim());
    } else if (Array.isArray(value)) for (const one of value) visit(one, key, depth + 1);
    else if (typeof value === "object" && value !== null) for (const [inner, one] of Object.entries(value)) visit(one, inner, depth + 1);
  };
  visit(input, "", 0);
  return [...found].slice(0, filesMax);
}

/** One JSON document for the client's standard input; empty where there is nothing to say. */
export function renderHookAnswer(event: string, findings: readonly Finding[]): string {
  return renderHookText(event, renderFindingsForAgent(findings));
}

export function renderHookText(event: string, text: string): string {
  if (text === "") return "";
  const additionalContext = text.length > contextCharsMax ? `${text.slice(0, contextCharsMax)}\n…` : text;
  return JSON.stringify({ hookSpecificOutput: { hookEventName: event, additionalContext } });
}

/** Findings of now that the version before does not have; of several with one identity the later ones are the new ones. */
export function newFindings(now: readonly Finding[], before: readonly Finding[]): readonly Finding[] {
  const known = new Map<string, number>();
  for (const { id } of before) known.set(id, (known.get(id) ?? 0) + 1);
  return now.filter(({ id }) => {
    const left = known.get(id) ?? 0;
    known.set(id, left - 1);
    return left <= 0;
  });
}

export interface HookSettings {
  /** Relative to the root of the repository. */
  readonly path: string;
  /** To be merged into the file: lists are joined, an entry with the same command is there once. */
  readonly json: {
    readonly hooks: Readonly<
      Record<
        string,
        readonly { readonly matcher: string; readonly hooks: readonly { readonly type: "command"; readonly command: string; readonly timeout: number }[] }[]
      >
    >;
  };
  /** What a person still has to do by hand; undefined where nothing. */
  readonly remark: string | undefined;
}

/** `command` is how Inspan is started from the root of the repository, for example `inspan` or `npx --no-install inspan`. */
export function hookSettings(client: HookClient, command = "inspan"): HookSettings {
  const run = `${command} hook ${client}`;
  switch (client) {
    case "claude":
      return {
        path: ".claude/settings.json",
        remark: undefined,
        json: { hooks: { PostToolUse: [{ matcher: "Edit|MultiEdit|Write|NotebookEdit|Bash", hooks: [{ type: "command", command: run, timeout: 30 }] }] } },
      };
    case "codex":
      return {
        path: ".codex/hooks.json",
        remark: "Codex runs a repository's hooks only after you have trusted them: open /hooks in Codex once.",
        json: { hooks: { PostToolUse: [{ matcher: "apply_patch|Edit|Write|Bash", hooks: [{ type: "command", command: run, timeout: 30 }] }] } },
      };
    // Gemini counts in milliseconds.
    case "gemini":
      return {
        path: ".gemini/settings.json",
        remark: "Gemini runs a repository's hooks only in a folder that you have trusted: say so when it asks at its first start there.",
        json: { hooks: { AfterTool: [{ matcher: "write_file|replace|run_shell_command", hooks: [{ type: "command", command: run, timeout: 30_000 }] }] } },
      };
  }
}
