// How a scripted author reaches into the worktree: by the built-in agent's tools, or by Codex's. One set of verbs for both.
import { call, type Conversation, type ModelStep } from "./conversation.ts";

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
}

const whole = (sections: string): string => `*** Begin Patch\n${sections}\n*** End Patch`;

const builtin = (operation: Hands["operation"]): Hands => ({
  tools: { read: "read_file", list: "list_files", search: "search", patch: "apply_patch", run: "run" },
  operation,
  read: (path) => call("read_file", { path }),
  list: () => call("list_files", {}),
  search: (words) => call("search", { pattern: words }),
  patch: (sections, words) => call("apply_patch", { patch: whole(sections) }, words === undefined ? {} : { text: words }),
  run: (command) => call("run", { command }),
  plain: (answer) => answer.split("\n").map((line) => line.replace(/^\s*\d+\| ?/, "")).join("\n"),
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
  };
};

/** By what is offered: `exec_command` is Codex's. */
export function handsFor(conversation: Conversation): Hands {
  const operation = (name: string) => conversation.toolsOffered.find((tool) => tool === name || tool.endsWith(`/${name}`) || tool.endsWith(`__${name}`)) ?? name;
  return conversation.toolsOffered.includes("exec_command") ? codex(operation) : builtin(operation);
}
