// Turns what a client tells of its tool calls into the transcript's events, and decides on what it asks leave for. Pure.
import type { AgentEvent } from "../../types.ts";
import type { PermissionParams, ToolCall } from "./protocol.ts";

const editKinds: ReadonlySet<string> = new Set(["edit", "delete", "move"]);

/** The call with what was told later laid over what was told before. */
export function mergeCall(before: ToolCall | undefined, update: ToolCall): ToolCall {
  const told = Object.fromEntries(Object.entries(update).filter(([, value]) => value !== undefined && value !== null));
  return { ...before, ...told, toolCallId: update.toolCallId };
}

function claudeTool(call: ToolCall): string | undefined {
  const meta = call._meta?.["claudeCode"];
  return typeof meta === "object" && meta !== null && "toolName" in meta && typeof meta.toolName === "string" ? meta.toolName : undefined;
}

export function toolOf(call: ToolCall): string {
  return call.name ?? claudeTool(call) ?? call.kind ?? "tool";
}

export function startedEvent(call: ToolCall): AgentEvent {
  return { kind: "tool-started", callId: call.toolCallId, tool: toolOf(call), title: call.title ?? toolOf(call) };
}

function outputOf(call: ToolCall): string {
  const words = (call.content ?? []).flatMap((part) =>
    part.type === "content" && part.content?.text !== undefined
      ? [part.content.text]
      : part.type === "diff" && part.path !== undefined
        ? [`edited ${part.path}`]
        : [],
  );
  if (words.length > 0) return words.join("\n");
  return call.rawOutput === undefined ? "" : typeof call.rawOutput === "string" ? call.rawOutput : JSON.stringify(call.rawOutput);
}

/** Undefined while the call still runs. */
export function finishedEvent(call: ToolCall, durationMs: number): AgentEvent | undefined {
  if (call.status !== "completed" && call.status !== "failed") return undefined;
  return { kind: "tool-finished", callId: call.toolCallId, tool: toolOf(call), isError: call.status === "failed", output: outputOf(call), durationMs };
}

/** Paths that the call would edit, as sent; empty where it is no edit. */
export function editedPaths(call: ToolCall): readonly string[] {
  const diffs = (call.content ?? []).flatMap((part) => (part.type === "diff" && part.path !== undefined ? [part.path] : []));
  const isEdit = diffs.length > 0 || editKinds.has(call.kind ?? "") || /^(?:edit|write|multiedit|notebookedit|apply_patch|write_file|replace)$/i.test(toolOf(call));
  return isEdit ? [...new Set([...diffs, ...(call.locations ?? []).map((location) => location.path)])] : [];
}

/** The client's answer to a permission: the option of the wanted kind, the narrowest first; cancelled where none fits, which no client takes for a yes. */
export function answerPermission(
  params: PermissionParams,
  isAllowed: boolean,
): { readonly outcome: { readonly outcome: "selected"; readonly optionId: string } | { readonly outcome: "cancelled" } } {
  const wanted = isAllowed ? ["allow_once", "allow_always"] : ["reject_once", "reject_always"];
  const option = wanted.map((kind) => params.options.find((one) => one.kind === kind)).find((one) => one !== undefined);
  return { outcome: option === undefined ? { outcome: "cancelled" } : { outcome: "selected", optionId: option.optionId } };
}
