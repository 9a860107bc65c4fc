// How the authors of the demo read what they are told: fences by their channel, calls of a turn by their verb.
import { sinceText, type Conversation, type ToolResult } from "./conversation.ts";
import type { Hands } from "./hands.ts";

/** The text of all untrusted blocks of a channel in these words. */
export function blocksOf(words: string, channel: string): string {
  return [...words.matchAll(/<untrusted source="([^"]*)">\n?([\s\S]*?)<\/untrusted>/g)].filter((match) => match[1]?.startsWith(channel)).map((match) => match[2] ?? "").join("\n");
}

/** What was called and answered since these words were said to the author. */
export function turnOf(conversation: Conversation, words: string): readonly ToolResult[] {
  const ids = new Set(sinceText(conversation, words).flatMap((message) => (message.kind === "result" ? [message.callId] : [])));
  return conversation.toolResults.filter((result) => ids.has(result.callId));
}

/** Results of one verb: by the names of its tools; those of a shell are told apart by the comment that `hands` puts behind each command. */
export function answerOf(turn: readonly ToolResult[], hands: Hands, verb: keyof Hands["tools"]): readonly ToolResult[] {
  const [tools = "", mark] = hands.tools[verb].split("#");
  return turn.filter((result) => tools.split("|").includes(result.tool) && (mark === undefined || result.arguments.includes(`# ${mark}`)));
}
