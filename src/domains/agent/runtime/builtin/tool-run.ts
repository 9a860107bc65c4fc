// The run tool: one shell command in the sandbox, its output fenced, and what it changed answered like an edit. Knows no model.
import { throwIfAborted } from "../../../../base/async.ts";
import { fenceUntrusted, renderDuration } from "../../../../base/text.ts";
import type { PreparedSandbox, ProcessResult, ProcessSpec } from "../../../../providers/index.ts";
import { z } from "zod";
import { answerEdit } from "./edit-answer.ts";
import { defineTool, refusal } from "./tool.ts";
import type { BuiltinTool, ToolOutcome, ToolScope } from "./tool.ts";

const timeoutSecondsDefault = 120; // long enough for a test suite, short enough that a hanging command is noticed
const timeoutSecondsMax = 1_800;
const outputCharsMax = 24_000; // about 6,000 tokens; failures stand at the end of an output
const pathsNamedMax = 50; // a command that writes more generates files, and naming them all helps nobody

const shells = ["/bin/bash", "/usr/bin/bash"];

async function findShell(scope: ToolScope): Promise<string> {
  for (const path of shells) if ((await scope.providers.files.realPath(path)) !== undefined) return path;
  return "/bin/sh";
}

interface SandboxedProcess { readonly command: readonly [string, ...string[]]; readonly env: Readonly<Record<string, string>>; readonly timeoutMs: number | undefined }

/** A process in the agent's sandbox: the worktree writable only in a writing session, .git never, an own home and temporary folder, no network but loopback. */
export async function prepareInSandbox({ command, env, timeoutMs }: SandboxedProcess, scope: ToolScope): Promise<PreparedSandbox> {
  const { providers, spec, workspace } = scope;
  const root = workspace.rootPath;
  const home = `${spec.sessionPath}/home`;
  const temporary = `${spec.sessionPath}/tmp`;
  for (const folder of [home, temporary]) await providers.files.makeFolder(folder);
  const gitFacts = await providers.files.facts(`${root}/.git`);
  const process: ProcessSpec = {
    command,
    cwd: root,
    // GIT_OPTIONAL_LOCKS: .git is read-only, and `git status` shall not fail because it cannot refresh the index.
    env: providers.processes.environment({
      HOME: home,
      TMPDIR: temporary,
      GIT_OPTIONAL_LOCKS: "0",
      GIT_TERMINAL_PROMPT: "0",
      GIT_PAGER: "cat",
      PAGER: "cat",
      TERM: "dumb",
      NO_COLOR: "1",
      ...env,
    }),
    timeoutMs,
    outputBytesMax: outputCharsMax * 4,
    signal: scope.signal,
  };
  const isWriting = spec.access === "write";
  const repository = await workspace.repositoryPaths(scope.signal);
  return providers.sandbox.prepare(process, {
    writable: [...(isWriting ? [root] : []), home, temporary],
    readable: [...(isWriting ? [] : [root]), ...repository],
    readOnly: isWriting && gitFacts !== undefined ? [`${root}/.git`] : [],
    network: "loopback",
  }, { isUnsandboxedAllowed: spec.isUnsandboxedAllowed });
}

function describeEnd(result: ProcessResult, timeoutSeconds: number): string {
  const after = `after ${renderDuration(result.durationMs)}`;
  switch (result.outcome) {
    case "exited": return result.exitCode === null ? `Ended by ${result.signal ?? "a signal"} ${after}.` : `Exit code ${result.exitCode} ${after}.`;
    case "timed-out": return `Stopped ${after}: the command did not end within ${timeoutSeconds} s. Give timeoutSeconds, or run less.`;
    case "idle": return `Stopped ${after}: the command was silent for too long.`;
    case "cancelled": return `Interrupted ${after}.`;
    case "not-started": return "The command could not be started.";
  }
}

function showOutput(result: ProcessResult): string {
  if (result.output.trim() === "") return "It wrote nothing.";
  const omitted = result.omittedBytes + Math.max(0, result.output.length - outputCharsMax);
  const note = omitted > 0 ? `[… about ${omitted} bytes before this left out …]\n` : "";
  return fenceUntrusted("command-output", `${note}${result.output.slice(-outputCharsMax)}`);
}

/** What the command changed in the worktree, answered as an edit; refused paths are named with their reason. */
async function answerChanges(scope: ToolScope): Promise<{ text: string; isRefused: boolean }> {
  const changes = await scope.workspace.changesSince(scope.signal);
  if (changes.kind === "unknown") {
    scope.emit({ kind: "warning", text: `Cannot tell what the command changed: ${changes.reason}` });
    return { text: "", isRefused: false };
  }
  if (changes.paths.length === 0) return { text: "", isRefused: false };
  const refusals = changes.paths.flatMap((path) => {
    const reason = scope.guard.refuse(path);
    return reason === undefined ? [] : [`The command changed "${path}", which may not be edited: ${reason} Undo this change.`];
  });
  const named = changes.paths.slice(0, pathsNamedMax);
  const more = changes.paths.length > named.length ? ` and ${changes.paths.length - named.length} more` : "";
  const findings = await answerEdit(changes.paths, scope);
  return {
    text: `\n\nFiles changed by the command: ${named.join(", ")}${more}.${refusals.length === 0 ? "" : `\n\n${refusals.slice(0, pathsNamedMax).join("\n")}`}${findings}`,
    isRefused: refusals.length > 0,
  };
}

async function runCommand(command: string, timeoutSeconds: number, scope: ToolScope): Promise<ToolOutcome> {
  const isWriting = scope.spec.access === "write";
  if (isWriting) await scope.workspace.noteState(scope.signal);
  const prepared = await prepareInSandbox({ command: [await findShell(scope), "-c", command], env: {}, timeoutMs: timeoutSeconds * 1_000 }, scope);
  let result: ProcessResult;
  try {
    throwIfAborted(scope.signal);
    result = await scope.providers.processes.run(prepared.spec);
  } finally { await prepared.dispose(); }
  const isError = result.outcome !== "exited" || result.exitCode !== 0;
  const told = scope.providers.secrets.redact(`${describeEnd(result, timeoutSeconds)}\n${showOutput(result)}`);
  if (!isWriting || scope.signal.aborted) return { text: told, isError };
  const changes = await answerChanges(scope);
  return { text: `${told}${changes.text}`, isError: isError || changes.isRefused };
}

export const runTool: BuiltinTool = defineTool({
  name: "run",
  description:
    "Runs a shell command in the worktree, in a sandbox: no network but loopback, nothing writable but the worktree (without .git) and the temporary folder. Processes that it leaves behind are ended. Answers with exit code and the end of the output.",
  input: z.object({
    command: z.string().min(1).max(20_000).describe("For the shell."),
    timeoutSeconds: z.number().int().min(1).max(timeoutSecondsMax).optional().describe(`At most ${timeoutSecondsMax}; ${timeoutSecondsDefault} unless told.`),
  }),
  execute: ({ command, timeoutSeconds = timeoutSecondsDefault }, scope) =>
    command.includes("\0") ? Promise.resolve(refusal("The command holds a NUL character.")) : runCommand(command, timeoutSeconds, scope),
});
