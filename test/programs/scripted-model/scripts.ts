// Scripts that the program can play by name. A script is pure: content in, step out.
import type { Script } from "./conversation.ts";
import { call, text } from "./conversation.ts";

/** Repeats what it was told: shows that wires and keys work. */
const echo: Script = (conversation) => text(`You said: ${conversation.lastUserText}`);

/** Runs one command where a tool for it is offered, then says what came of it. */
const runOnce: Script = (conversation) => {
  const result = conversation.toolResults.at(-1);
  if (result !== undefined) return text(`The command said: ${result.text}`);
  if (conversation.toolsOffered.includes("run")) return call("run", { command: "git log --oneline -1" });
  return conversation.toolsOffered.includes("exec_command") ? call("exec_command", { cmd: "git log --oneline -1" }) : text("There is no tool to run a command.");
};

export const scripts: ReadonlyMap<string, Script> = new Map([["echo", echo], ["run-once", runOnce]]);
