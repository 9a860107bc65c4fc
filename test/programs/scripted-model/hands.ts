// How a scripted author reaches into the worktree: by the tools of the agent that asks. One set of verbs for all of them.
import { call, type Conversation, type ModelStep, type StepCall, type ToolResult } from "./conversation.ts";

export interface Hands {
  readonly tools: { readonly read: string; readonly list: string; readonly search: string; readonly patch: string; readonly run: string };
  /** The offered name of one of Inspan's operations. */
  operation(name: string): string;
  read(path: string): ModelStep;
  list(): ModelStep;
  search(words: string): ModelStep;
  /** The file sections of a patch, without its first and last line. */
  patch(sections: string, words?: string): ModelStep;
  run(command: string): ModelStep;
  /** An answer without line numbers. */
  plain(answer: string): string;
  /** Whether this call wrote the line. */
  wrote(result: ToolResult, line: string): boolean;
}

const whole = (sections: string): string => `*** Begin Patch\n${sections}\n*** End Patch`;

/** The line as a patch adds it: as it is, or escaped in JSON arguments. */
const patched = (result: ToolResult, line: string): boolean => result.arguments.includes(`+${line}`) || result.arguments.includes(JSON.stringify(`+${line}`).slice(1, -1));

const builtin = (operation: Hands["operation"]): Hands => ({
  tools: { read: "read_file", list: "list_files", search: "search", patch: "apply_patch", run: "run" },
  operation,
  read: (path) => call("read_file", { path }),
  list: () => call("list_files", {}),
  search: (words) => call("search", { pattern: words }),
  patch: (sections, words) => call("apply_patch", { patch: whole(sections) }, words === undefined ? {} : { text: words }),
  run: (command) => call("run", { command }),
  plain: (answer) => answer.split("\n").map((line) => line.replace(/^\s*\d+\| ?/, "")).join("\n"),
  wrote: patched,
});

// Codex has one tool for commands; the verbs are told apart by a comment at the end of the command, which its results are found by.
const codex = (operation: Hands["operation"]): Hands => {
  const exec = (verb: string, command: string) => call(`exec_command`, { cmd: `${command} # ${verb}` });
  return {
    tools: { read: "exec_command#read", list: "exec_command#list", search: "exec_command#search", patch: "apply_patch", run: "exec_command#run" },
    operation,
    read: (path) => exec("read", `cat ${path}`),
    list: () => exec("list", "git ls-files --cached --others --exclude-standard"),
    search: (words) => exec("search", `grep -rn ${words} src | sort`),
    patch: (sections, words) => call("apply_patch", whole(sections), words === undefined ? {} : { text: words }),
    run: (command) => exec("run", command),
    plain: (answer) => answer,
    wrote: patched,
  };
};

interface FileChange { readonly path: string; readonly added: string | undefined; readonly edits: readonly { readonly from: string; readonly to: string }[] }

/** Sections of a patch as files to write and texts to replace, for clients without a patch tool. */
function changesOf(sections: string): readonly FileChange[] {
  return sections.split(/^\*\*\* (?=Add File: |Update File: )/m).filter((part) => part !== "").map((part) => {
    const [head = "", ...lines] = part.replace(/\n$/, "").split("\n");
    const path = head.replace(/^(?:Add|Update) File: /, "");
    if (head.startsWith("Add")) return { path, added: lines.map((line) => `${line.slice(1)}\n`).join(""), edits: [] };
    const hunks = lines.join("\n").split(/^@@\n?/m).filter((hunk) => hunk !== "").map((hunk) => hunk.replace(/\n$/, "").split("\n"));
    const side = (hunk: readonly string[], other: string) => hunk.filter((line) => !line.startsWith(other)).map((line) => line.slice(1)).join("\n");
    return { path, added: undefined, edits: hunks.map((hunk) => ({ from: side(hunk, "+"), to: side(hunk, "-") })) };
  });
}

interface ShellClient {
  readonly shell: string;
  readonly patch: string;
  readonly readTool: string;
  read(path: string): StepCall;
  run(command: string): Readonly<Record<string, unknown>>;
  write(path: string, text: string): StepCall;
  edit(path: string, edits: FileChange["edits"]): readonly StepCall[];
  plain(answer: string): string;
}

/** Clients with a shell, an edit and a write tool. Their shell's verbs are told apart as Codex's are; a section of a patch is a call of its own. */
const shellClient = (operation: Hands["operation"], client: ShellClient): Hands => {
  const exec = (verb: string, command: string) => call(client.shell, client.run(`${command} # ${verb}`));
  return {
    tools: { read: client.readTool, list: `${client.shell}#list`, search: `${client.shell}#search`, patch: client.patch, run: `${client.shell}#run` },
    operation,
    read: (path) => ({ kind: "calls", calls: [client.read(path)] }),
    list: () => exec("list", "git ls-files --cached --others --exclude-standard"),
    search: (words) => exec("search", `grep -rn ${words} src | sort`),
    patch: (sections, words) => ({
      kind: "calls", ...(words === undefined ? {} : { text: words }),
      calls: changesOf(sections).flatMap(({ path, added, edits }) => (added === undefined ? client.edit(path, edits) : [client.write(path, added)])),
    }),
    run: (command) => exec("run", command),
    plain: (answer) => client.plain(answer),
    wrote: (result, line) => result.arguments.includes(JSON.stringify(line).slice(1, -1)),
  };
};

/** The worktree, for clients that want absolute paths: all of them tell it to their model. */
function rootOf(conversation: Conversation): string {
  const words = [conversation.system, ...conversation.messages.map((message) => ("text" in message ? message.text : ""))].join("\n");
  const found = /(?:working directory|workspace director(?:y|ies))[^/\n]*\n?[^/\n]*(\/[^\s`'"<]+)/i.exec(words)?.[1];
  if (found === undefined) throw new Error(`BUG: expected the client to name its folder: ${words.slice(0, 4_000)}`);
  return found.replace(/[.,]$/, "");
}

function absolute(conversation: Conversation): (path: string) => string {
  let root: string | undefined;
  return (path) => `${(root ??= rootOf(conversation))}/${path}`;
}

function claude(operation: Hands["operation"], at: (path: string) => string): Hands {
  return shellClient(operation, {
    shell: "Bash", patch: "Edit|Write", readTool: "Read",
    read: (path) => ({ tool: "Read", arguments: { file_path: at(path) } }),
    run: (command) => ({ command }),
    write: (path, text) => ({ tool: "Write", arguments: { file_path: at(path), content: text } }),
    edit: (path, edits) => edits.map(({ from, to }) => ({ tool: "Edit", arguments: { file_path: at(path), old_string: from, new_string: to } })),
    plain: (answer) => answer.split("\n").map((line) => line.replace(/^\s*\d+(?:→|\t)/, "")).join("\n"),
  });
}

function gemini(operation: Hands["operation"], at: (path: string) => string): Hands {
  return shellClient(operation, {
    shell: "run_shell_command", patch: "replace|write_file", readTool: "read_file",
    read: (path) => ({ tool: "read_file", arguments: { file_path: at(path) } }),
    run: (command) => ({ command }),
    write: (path, text) => ({ tool: "write_file", arguments: { file_path: at(path), content: text } }),
    edit: (path, edits) => edits.map(({ from, to }) => ({ tool: "replace", arguments: { file_path: at(path), instruction: "change it", old_string: from, new_string: to } })),
    plain: (answer) => answer,
  });
}

function opencode(operation: Hands["operation"], at: (path: string) => string): Hands {
  return shellClient(operation, {
    shell: "bash", patch: "edit|write", readTool: "read",
    read: (path) => ({ tool: "read", arguments: { filePath: at(path) } }),
    run: (command) => ({ command, description: "runs" }),
    write: (path, text) => ({ tool: "write", arguments: { filePath: at(path), content: text } }),
    edit: (path, edits) => edits.map(({ from, to }) => ({ tool: "edit", arguments: { filePath: at(path), oldString: from, newString: to } })),
    plain: (answer) => answer.split("\n").map((line) => line.replace(/^\s*\d+(?:\| ?|: ?)/, "")).join("\n"),
  });
}

const pi = (operation: Hands["operation"]): Hands => shellClient(operation, {
  shell: "bash", patch: "edit|write", readTool: "read",
  read: (path) => ({ tool: "read", arguments: { path } }),
  run: (command) => ({ command }),
  write: (path, text) => ({ tool: "write", arguments: { path, content: text } }),
  edit: (path, edits) => [{ tool: "edit", arguments: { path, edits: edits.map(({ from, to }) => ({ oldText: from, newText: to })) } }],
  plain: (answer) => answer,
});

/** By what is offered: the names of a client's own tools tell which it is. */
export function handsFor(conversation: Conversation): Hands {
  const { toolsOffered } = conversation;
  const operation = (name: string) => toolsOffered.find((tool) => tool === name || tool.endsWith(`/${name}`) || tool.endsWith(`_${name}`)) ?? name;
  const has = (name: string): boolean => toolsOffered.includes(name);
  if (has("exec_command")) return codex(operation);
  if (has("Bash")) return claude(operation, absolute(conversation));
  if (has("run_shell_command")) return gemini(operation, absolute(conversation));
  if (has("bash")) return has("glob") || has("todowrite") ? opencode(operation, absolute(conversation)) : pi(operation);
  return builtin(operation);
}
