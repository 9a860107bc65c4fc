// How each real client's model reads, edits, runs and calls our operations: the one thing in which the clients differ for a script.
import { delimiter, join } from "node:path";
import { AgentsConfig } from "../../src/domains/agent/index.ts";
import type { AgentDriver } from "../../src/domains/agent/index.ts";
import { createDriver } from "../../src/domains/agent/runtime/index.ts";
import { createNodeProviders } from "../../src/providers/node/index.ts";
import { call } from "../programs/scripted-model/index.ts";
import type { ModelStep } from "../programs/scripted-model/index.ts";
import { repositoryRoot } from "./support.ts";

export interface Hands {
  readonly name: string;
  read(path: string): ModelStep;
  edit(path: string, from: string, to: string): ModelStep;
  run(command: string): ModelStep;
  operation(name: string, input: Readonly<Record<string, unknown>>): ModelStep;
}

export const binPath = join(repositoryRoot, "scripts", "agents", "node_modules", ".bin");

// Its own link is put right by an install script, which we do not run.
export const opencodePath = join(repositoryRoot, "scripts", "agents", "node_modules", `opencode-${process.platform}-${process.arch}`, "bin", "opencode");

const patch = (path: string, from: string, to: string): string => `*** Begin Patch\n*** Update File: ${path}\n@@\n-${from}\n+${to}\n*** End Patch\n`;

/** Paths are absolute where the client wants them so. */
export function handsOf(name: string, root: string): Hands {
  const at = (path: string): string => join(root, path);
  switch (name) {
    case "codex": return {
      name, read: (path) => call("exec_command", { cmd: `cat ${path}` }), edit: (path, from, to) => call("apply_patch", patch(path, from, to)),
      run: (command) => call("exec_command", { cmd: command, yield_time_ms: 60_000 }), operation: (operation, input) => call(operation, input),
    };
    case "claude": return {
      name, read: (path) => call("Read", { file_path: at(path) }), edit: (path, from, to) => call("Edit", { file_path: at(path), old_string: from, new_string: to }),
      run: (command) => call("Bash", { command }), operation: (operation, input) => call(`mcp__inspan__${operation}`, input),
    };
    case "gemini": return {
      name,
      read: (path) => call("read_file", { file_path: at(path) }),
      edit: (path, from, to) => call("replace", { file_path: at(path), instruction: "change it", old_string: from, new_string: to }),
      run: (command) => call("run_shell_command", { command }), operation: (operation, input) => call(`mcp_inspan_${operation}`, input),
    };
    case "opencode": return {
      name, read: (path) => call("read", { filePath: at(path) }), edit: (path, from, to) => call("edit", { filePath: at(path), oldString: from, newString: to }),
      run: (command) => call("bash", { command, description: "runs" }), operation: (operation, input) => call(`inspan_${operation}`, input),
    };
    case "pi": return {
      name, read: (path) => call("read", { path }), edit: (path, from, to) => call("edit", { path, edits: [{ oldText: from, newText: to }] }),
      run: (command) => call("bash", { command }), operation: (operation, input) => call(operation, input),
    };
    default: return {
      name, read: (path) => call("read_file", { path }), edit: (path, from, to) => call("apply_patch", { patch: patch(path, from, to).trimEnd() }),
      run: (command) => call("run", { command }), operation: (operation, input) => call(operation, input),
    };
  }
}

/** The driver of that name with its real client, as the command line makes it. */
export async function makeClientDriver(
  name: string,
  options: {
    readonly folder: string;
    readonly baseUrl: string;
    readonly env?: Readonly<Record<string, string>>;
    readonly agents?: Readonly<Record<string, unknown>>;
  },
): Promise<AgentDriver> {
  const env = { ...process.env, PATH: `${binPath}${delimiter}${process.env["PATH"] ?? ""}`, MODEL_KEY_OF_TEST: keyOfTest, ...options.env };
  const providers = createNodeProviders({ env, statePath: join(options.folder, "state"), version: "0.0.0" });
  const client = { model: "scripted", baseUrl: options.baseUrl, apiKeyEnv: "MODEL_KEY_OF_TEST", price: { inputUsd: 1, outputUsd: 10 } };
  const config = AgentsConfig.parse({
    builtin: { ...client, provider: "openai-compatible" },
    codex: client,
    claude: client,
    gemini: client,
    opencode: { ...client, path: opencodePath },
    pi: client,
    ...options.agents,
  });
  return createDriver(name, providers, config);
}

export const keyOfTest = "SECRET-KEY-OF-TEST-0123456789";
