// A small author for tests of tasks: mends one of many files that subtract where they should add. Which one stands in the prompt ("Mend <name>").
// What a test wants done otherwise it says in a script of its own, before this one: `(conversation) => special(conversation) ?? tinyScript(conversation)`.
import { call, sinceText, text, type Conversation, type ModelStep, type Script } from "./conversation.ts";

export interface TinyView {
  /** The file to mend, from the prompt. */
  readonly name: string;
  /** The phase of the present turn, "reviewing" for a reviewer, "answering" for findings. */
  readonly phase: string;
  /** True where the turn goes on with one that was cut off. */
  readonly isResumed: boolean;
  /** Names of the tools that were called since the turn began, in order. */
  readonly called: readonly string[];
  /** What they answered. */
  readonly answers: readonly string[];
  readonly conversation: Conversation;
}

export function viewOf(conversation: Conversation): TinyView {
  const spoken = conversation.messages.flatMap((message) => (message.kind === "user" ? [message.text] : []));
  const isReviewer = conversation.system.includes("You are the reviewer");
  const turn = spoken.findLast((words) => words.includes("<phase>") || words.includes("Reviewers read your change")) ?? "";
  const since = sinceText(conversation, turn);
  return {
    name: /Mend (\w+)/.exec(spoken.join("\n"))?.[1] ?? "none",
    phase: isReviewer ? "reviewing" : turn.includes("Reviewers read your change") ? "answering" : /<phase>(\w+)<\/phase>/.exec(turn)?.[1] ?? "none",
    isResumed: turn.includes("<resumed>"),
    called: since.flatMap((message) => (message.kind === "call" ? [message.tool] : [])),
    answers: since.flatMap((message) => (message.kind === "result" ? [message.text] : [])),
    conversation,
  };
}

export const patch = (sections: string): ModelStep => call("apply_patch", { patch: `*** Begin Patch\n${sections}\n*** End Patch` });
export const testPath = (name: string): string => `test/${name}.test.mjs`;
export const testCommand = (name: string): string => `node ${testPath(name)}`;
export const addTest = (name: string): ModelStep =>
  patch(`*** Add File: ${testPath(name)}\n+import assert from "node:assert/strict";\n+import { add } from "../src/${name}.mjs";\n+assert.equal(add(2, 3), 5);`);
export const mend = (name: string): ModelStep => patch(`*** Update File: src/${name}.mjs\n@@\n-export const add = (a, b) => a - b;\n+export const add = (a, b) => a + b;`);
export const approve = text(JSON.stringify({ verdict: "approve", findings: [], rulings: [] }));

/** Plans, shows the fault by a test, mends it; approves as a reviewer. */
export const tinyScript: Script = (conversation) => {
  const { name, phase, called } = viewOf(conversation);
  switch (phase) {
    case "reviewing": return approve;
    case "planning": return called.includes("submit_plan") ? text("Planned.") : call("submit_plan", { summary: `Let ${name} add.`, steps: ["test", "mend"] });
    case "reproducing": {
      if (!called.includes("apply_patch") && !conversation.messages.some((message) => message.kind === "call" && message.arguments.includes(testPath(name)))) return addTest(name);
      return called.includes("reproduce") ? text("Shown.") : call("reproduce", { command: testCommand(name) });
    }
    case "implementing":
      return called.includes("apply_patch") || conversation.messages.some((message) => message.kind === "call" && message.arguments.includes("=> a + b"))
        ? text("Mended.")
        : mend(name);
    default: return text("There is nothing that I could do.");
  }
};
