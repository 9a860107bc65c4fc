// From a request body of each wire to the one conversation form. Reads unknown JSON without trust; knows no HTTP server.
import { createHash } from "node:crypto";
import type { Conversation, ConversationMessage, WireName } from "./conversation.ts";

type Json = Readonly<Record<string, unknown>>;

// Headers by which clients name their conversation, best first.
const keyHeaders = ["x-inspan-session", "thread-id", "session-id", "session_id", "conversation_id", "x-claude-code-session-id"];

const asRecord = (value: unknown): Json => (typeof value === "object" && value !== null && !Array.isArray(value) ? value as Json : {}); // an object with unknown values
const asArray = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const asText = (value: unknown): string => (typeof value === "string" ? value : "");

/** Text of a content that is a string or a list of parts; parts without text count as nothing. */
function contentText(content: unknown): string {
  if (typeof content === "string") return content;
  return asArray(content).map((part) => asText(asRecord(part)["text"])).filter((words) => words !== "").join("\n");
}

function outputText(output: unknown): string {
  if (typeof output === "string") return output;
  const words = contentText(Array.isArray(output) ? output : asRecord(output)["content"]);
  return words === "" && output !== undefined ? JSON.stringify(output) : words;
}

interface Parsed { readonly system: string[]; readonly messages: ConversationMessage[]; readonly tools: string[]; readonly freeform: string[] }

function parseResponses(body: Json): Parsed {
  const parsed: Parsed = { system: [asText(body["instructions"])], messages: [], tools: [], freeform: [] };
  const input = body["input"];
  if (typeof input === "string") parsed.messages.push({ kind: "user", text: input });
  for (const item of asArray(input).map(asRecord)) {
    const callId = asText(item["call_id"]);
    switch (item["type"] ?? "message") {
      case "message": {
        const role = asText(item["role"]);
        const text = contentText(item["content"]);
        if (role === "system" || (role === "developer" && parsed.messages.length === 0)) parsed.system.push(text);
        else parsed.messages.push({ kind: role === "developer" || role === "assistant" ? role : "user", text });
        break;
      }
      case "function_call":
      case "custom_tool_call": {
        const namespace = asText(item["namespace"]);
        const name = asText(item["name"]);
        parsed.messages.push({ kind: "call", callId, tool: namespace === "" ? name : `${namespace}/${name}`, arguments: asText(item["arguments"] ?? item["input"]) });
        break;
      }
      case "function_call_output":
      case "custom_tool_call_output":
        parsed.messages.push({ kind: "result", callId, tool: "", text: outputText(item["output"]) });
        break;
      case "additional_tools": // the newest clients offer their tools as a part of the input
        addTools(parsed, item["tools"]);
        break;
      default: // reasoning and other items say nothing to a script
    }
  }
  addTools(parsed, body["tools"]);
  return parsed;
}

function addTools(parsed: Parsed, tools: unknown): void {
  for (const tool of asArray(tools).map(asRecord)) {
    const name = asText(tool["name"]);
    // The plain tools of the newest clients lie in the namespace "functions", which calls do not name.
    if (tool["type"] === "namespace" && name === "functions") addTools(parsed, tool["tools"]);
    else if (tool["type"] === "namespace") for (const inner of asArray(tool["tools"]).map(asRecord)) parsed.tools.push(`${name}/${asText(inner["name"])}`);
    else parsed.tools.push(name === "" ? asText(tool["type"]) : name);
    if (tool["type"] === "custom") parsed.freeform.push(name);
  }
}

function parseChat(body: Json): Parsed {
  const parsed: Parsed = { system: [], messages: [], tools: [], freeform: [] };
  for (const message of asArray(body["messages"]).map(asRecord)) {
    const text = contentText(message["content"]);
    const role = message["role"];
    if (role === "system" || (role === "developer" && parsed.messages.length === 0)) parsed.system.push(text);
    else if (role === "tool") parsed.messages.push({ kind: "result", callId: asText(message["tool_call_id"]), tool: "", text });
    else if (role === "assistant") {
      if (text !== "") parsed.messages.push({ kind: "assistant", text });
      for (const one of asArray(message["tool_calls"]).map(asRecord)) {
        const fn = asRecord(one["function"]);
        parsed.messages.push({ kind: "call", callId: asText(one["id"]), tool: asText(fn["name"]), arguments: asText(fn["arguments"]) });
      }
    } else parsed.messages.push({ kind: role === "developer" ? "developer" : "user", text });
  }
  for (const tool of asArray(body["tools"]).map(asRecord)) parsed.tools.push(asText(asRecord(tool["function"])["name"]));
  return parsed;
}

function parseMessages(body: Json): Parsed {
  const parsed: Parsed = { system: [contentText(body["system"])], messages: [], tools: [], freeform: [] };
  for (const message of asArray(body["messages"]).map(asRecord)) {
    const kind = message["role"] === "assistant" ? "assistant" : "user";
    const content = message["content"];
    if (typeof content === "string") parsed.messages.push({ kind, text: content });
    for (const part of asArray(content).map(asRecord)) {
      if (part["type"] === "text") parsed.messages.push({ kind, text: asText(part["text"]) });
      if (part["type"] === "tool_use") parsed.messages.push({ kind: "call", callId: asText(part["id"]), tool: asText(part["name"]), arguments: JSON.stringify(part["input"]) });
      if (part["type"] === "tool_result") parsed.messages.push({ kind: "result", callId: asText(part["tool_use_id"]), tool: "", text: outputText(part["content"]) });
    }
  }
  for (const tool of asArray(body["tools"]).map(asRecord)) parsed.tools.push(asText(tool["name"]));
  return parsed;
}

function parseGemini(body: Json): Parsed {
  const parsed: Parsed = { system: [contentText(asRecord(body["systemInstruction"])["parts"])], messages: [], tools: [], freeform: [] };
  let callCount = 0;
  let resultCount = 0;
  for (const content of asArray(body["contents"]).map(asRecord)) {
    const kind = content["role"] === "model" ? "assistant" : "user";
    for (const part of asArray(content["parts"]).map(asRecord)) {
      const call = asRecord(part["functionCall"]);
      const answer = asRecord(part["functionResponse"]);
      // Calls and answers have an id, or come in the same order.
      if (part["functionCall"] !== undefined)
        parsed.messages.push({
          kind: "call",
          callId: asText(call["id"]) || `#${++callCount}`,
          tool: asText(call["name"]),
          arguments: JSON.stringify(call["args"] ?? {}),
        });
      else if (part["functionResponse"] !== undefined) parsed.messages.push({ kind: "result", callId: asText(answer["id"]) || `#${++resultCount}`, tool: asText(answer["name"]), text: geminiText(answer["response"]) });
      else if (part["text"] !== undefined) parsed.messages.push({ kind, text: asText(part["text"]) });
    }
  }
  for (const tool of asArray(body["tools"]).map(asRecord).flatMap((entry) => asArray(entry["functionDeclarations"]).map(asRecord))) parsed.tools.push(asText(tool["name"]));
  return parsed;
}

function geminiText(response: unknown): string {
  const record = asRecord(response);
  const words = ["output", "error", "content"].map((key) => asText(record[key])).filter((text) => text !== "").join("\n");
  return words === "" ? JSON.stringify(response) : words;
}

const parsers: Readonly<Record<WireName, (body: Json) => Parsed>> = { responses: parseResponses, chat: parseChat, messages: parseMessages, gemini: parseGemini };

/** One request as a conversation; missing or odd parts of the body become empty ones. */
export function normaliseRequest(wire: WireName, body: unknown, headers: Readonly<Record<string, string>>): Conversation {
  const request = asRecord(body);
  const parsed = parsers[wire](request);
  const system = parsed.system.filter((part) => part !== "").join("\n\n");
  const callOf = new Map(parsed.messages.flatMap((message) => (message.kind === "call" ? [[message.callId, message] as const] : [])));
  const messages = parsed.messages.map((message) => (message.kind === "result" ? { ...message, tool: callOf.get(message.callId)?.tool ?? "" } : message));
  const users = messages.flatMap((message) => (message.kind === "user" ? [message.text] : []));
  const named = keyHeaders.map((name) => headers[name]).find((value) => value !== undefined && value !== "");
  return {
    wire, system, messages, headers,
    key: named ?? createHash("sha256").update(`${system}\n${users[0] ?? ""}`).digest("hex").slice(0, 16),
    model: asText(request["model"]),
    toolsOffered: parsed.tools,
    freeformTools: parsed.freeform,
    lastUserText: users.at(-1) ?? "",
    toolResults: messages.flatMap((message) =>
      message.kind === "result"
        ? [{ callId: message.callId, tool: message.tool, arguments: callOf.get(message.callId)?.arguments ?? "", text: message.text }]
        : [],
    ),
  };
}
