// Turns what Codex tells into the transcript's events: bounded, without duplicates. Pure; the turn redacts them.
import { boundText } from "../../../../base/text.ts";
import type { AgentEvent } from "../../types.ts";
import type { CodexItem } from "./protocol.ts";

const messageCharsMax = 20_000; // an agent that prints a whole file as its answer would fill the transcript
const outputCharsMax = 4_000; // the model saw the whole; the transcript is for people
const titleCharsMax = 160;

function titleOf(item: CodexItem): { readonly tool: string; readonly title: string } | undefined {
  switch (item.type) {
    case "commandExecution": return { tool: "exec_command", title: item.command };
    case "fileChange": return { tool: "apply_patch", title: item.changes.map((change) => change.path).join(", ") };
    case "dynamicToolCall": return { tool: item.tool, title: item.tool };
    case "mcpToolCall": return { tool: `${item.server}/${item.tool}`, title: `${item.server}/${item.tool}` };
    default: return undefined;
  }
}

function outputOf(item: CodexItem): { readonly text: string; readonly isError: boolean } {
  switch (item.type) {
    case "commandExecution": return { text: item.aggregatedOutput ?? "", isError: item.status !== "completed" || (item.exitCode ?? 0) !== 0 };
    case "dynamicToolCall": return { text: (item.contentItems ?? []).map((part) => part.text ?? "").join("\n"), isError: item.success === false || item.status === "failed" };
    case "fileChange": return { text: item.status, isError: item.status !== "completed" };
    case "mcpToolCall": return { text: item.status, isError: item.status === "failed" };
    default: return { text: "", isError: false };
  }
}

export function eventOfStartedItem(item: CodexItem): AgentEvent | undefined {
  const named = titleOf(item);
  if (named === undefined) return undefined;
  return { kind: "tool-started", callId: item.id, tool: named.tool, title: boundText(named.title, titleCharsMax) };
}

/** `durationMs` is taken from the item itself where it tells one. */
export function eventOfCompletedItem(item: CodexItem, durationMs: number): AgentEvent | undefined {
  if (item.type === "agentMessage") return item.text === "" ? undefined : { kind: "message", text: boundText(item.text, messageCharsMax) };
  if (item.type === "reasoning") {
    const text = [...item.summary, ...item.content].join("\n");
    return text === "" ? undefined : { kind: "reasoning", text: boundText(text, messageCharsMax) };
  }
  const named = titleOf(item);
  if (named === undefined) return undefined;
  const { text, isError } = outputOf(item);
  const told = "durationMs" in item ? item.durationMs : undefined;
  return { kind: "tool-finished", callId: item.id, tool: named.tool, isError, output: boundText(text, outputCharsMax), durationMs: typeof told === "number" ? told : durationMs };
}
