// A session's history and tools in the form that the provider packages' models take. Pure; knows no wire and no answer.
import type { HistoryEntry } from "../../repo/history-format.ts";
import type { ModelCallOptions, PreparedModel } from "./model.ts";

export interface ToolOffer { readonly name: string; readonly description: string; readonly inputSchema: Readonly<Record<string, unknown>> }

type Message = ModelCallOptions["prompt"][number];
type ProviderOptions = NonNullable<Message["providerOptions"]>;

function renderParts(entry: Extract<HistoryEntry, { kind: "assistant" }>): Extract<Message, { role: "assistant" }>["content"] {
  return entry.parts.map((part) => {
    const data = part.providerData === undefined ? {} : { providerOptions: part.providerData as ProviderOptions }; // written by the same package; it is plain JSON
    return part.kind === "call" ? { type: "tool-call", toolCallId: part.callId, toolName: part.tool, input: part.input, ...data } : { type: part.kind, text: part.text, ...data };
  });
}

/** Instructions and entries; neighbouring results become one message. A cache mark stands on the instructions and on the last message. */
export function renderPrompt(instructions: string, entries: readonly HistoryEntry[], cacheMark: PreparedModel["cacheMark"]): ModelCallOptions["prompt"] {
  const messages: Message[] = [];
  for (const entry of entries) {
    if (entry.kind === "user") messages.push({ role: "user", content: [{ type: "text", text: entry.text }] });
    if (entry.kind === "assistant") messages.push({ role: "assistant", content: renderParts(entry) });
    if (entry.kind === "result") {
      const part = { type: "tool-result", toolCallId: entry.callId, toolName: entry.tool, output: { type: entry.isError ? "error-text" : "text", value: entry.text } } as const;
      const last = messages.at(-1);
      if (last?.role === "tool") last.content.push(part);
      else messages.push({ role: "tool", content: [part] });
    }
  }
  const system: Message = { role: "system", content: instructions };
  if (cacheMark !== undefined) for (const message of new Set([system, messages.at(-1) ?? system])) message.providerOptions = { ...cacheMark };
  return [system, ...messages];
}

export function renderTools(tools: readonly ToolOffer[]): NonNullable<ModelCallOptions["tools"]> {
  return tools.map(({ name, description, inputSchema }) => ({ type: "function", name, description, inputSchema }));
}
