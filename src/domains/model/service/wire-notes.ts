// Adds what the harness has to say to a model request on its way: each note is bound to the answer of one tool call and stands there in every
// later request too, so that history and prompt cache stay whole. The guard and the voice of a person for clients without hooks. Pure.
import type { WireName } from "../types.ts";
import { asList, asRecord } from "../../../base/json.ts";
import type { JsonRecord } from "../../../base/json.ts";

type Mutable = Record<string, unknown>;

/** A tool's answer in a request body: its stable key, and how a text is put behind it. */
interface ToolAnswer { readonly key: string; append(text: string): void }

const mutable = (record: JsonRecord): Mutable => record as Mutable; // parsed here and by nobody else: ours to change

/** Puts a text behind content that is a string or a list of parts. */
function appendTo(holder: Mutable, field: string, part: (text: string) => unknown, text: string): void {
  const content = holder[field];
  if (Array.isArray(content)) holder[field] = [...asList(content), part(text)];
  else holder[field] = typeof content === "string" && content !== "" ? `${content}\n\n${text}` : text;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function responsesAnswers(body: JsonRecord): ToolAnswer[] {
  return asList(body["input"]).flatMap((item) => {
    const record = asRecord(item);
    if (record === undefined || !/^(?:function|custom_tool)_call_output$/.test(textOf(record["type"]))) return [];
    return [{ key: textOf(record["call_id"]), append: (text: string) => appendTo(mutable(record), "output", (words) => ({ type: "input_text", text: words }), text) }];
  });
}

function chatAnswers(body: JsonRecord): ToolAnswer[] {
  return asList(body["messages"]).flatMap((message) => {
    const record = asRecord(message);
    if (record?.["role"] !== "tool") return [];
    return [{ key: textOf(record["tool_call_id"]), append: (text: string) => appendTo(mutable(record), "content", (words) => ({ type: "text", text: words }), text) }];
  });
}

function messagesAnswers(body: JsonRecord): ToolAnswer[] {
  return asList(body["messages"]).flatMap((message) => asList(asRecord(message)?.["content"]).flatMap((part) => {
    const record = asRecord(part);
    if (record?.["type"] !== "tool_result") return [];
    return [{ key: textOf(record["tool_use_id"]), append: (text: string) => appendTo(mutable(record), "content", (words) => ({ type: "text", text: words }), text) }];
  }));
}

/** Gemini's answers need no id: where there is none, their number in the conversation is the key, which stays while the history grows. */
function geminiAnswers(body: JsonRecord): ToolAnswer[] {
  let count = 0;
  return asList(body["contents"]).flatMap((content) => asList(asRecord(content)?.["parts"]).flatMap((part) => {
    const answer = asRecord(asRecord(part)?.["functionResponse"]);
    if (answer === undefined) return [];
    count += 1;
    const key = textOf(answer["id"]) || `#${count}`;
    return [{
      key,
      append: (text: string) => {
        const response = mutable(asRecord(answer["response"]) ?? {});
        const field = ["output", "error", "content"].find((name) => typeof response[name] === "string") ?? "output";
        appendTo(response, field, (words) => ({ text: words }), text);
        mutable(answer)["response"] = response;
      },
    }];
  }));
}

const readers: Readonly<Record<WireName, (body: JsonRecord) => ToolAnswer[]>> = {
  responses: responsesAnswers,
  chat: chatAnswers,
  messages: messagesAnswers,
  gemini: geminiAnswers,
};

/** Key of the last tool answer of a request; undefined where there is none (a first request, or a side request without history). */
export function lastToolAnswer(wire: WireName, body: unknown): string | undefined {
  const record = asRecord(body);
  const key = record === undefined ? undefined : readers[wire](record).at(-1)?.key;
  return key === "" ? undefined : key;
}

/** Puts each note behind the answer that it belongs to. Changes `body`, which must be freshly parsed; true where something was added. */
export function addNotes(wire: WireName, body: unknown, notes: ReadonlyMap<string, string>): boolean {
  const record = asRecord(body);
  if (record === undefined || notes.size === 0) return false;
  let isChanged = false;
  for (const answer of readers[wire](record)) {
    const note = notes.get(answer.key);
    if (note === undefined) continue;
    answer.append(note);
    isChanged = true;
  }
  return isChanged;
}

/** Asks a streaming Chat Completions server for its counts, where the client did not. Changes `body` as above; true where it did. */
export function askForUsage(wire: WireName, body: unknown): boolean {
  const record = asRecord(body);
  if (wire !== "chat" || record?.["stream"] !== true) return false;
  const options = asRecord(record["stream_options"]);
  if (options?.["include_usage"] === true) return false;
  mutable(record)["stream_options"] = { ...options, include_usage: true };
  return true;
}
