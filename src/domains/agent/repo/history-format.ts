// What a session's history consists of, its lines on disk, and how a torn history becomes whole again. Pure; knows no file and no provider.
import { z } from "zod";

const ProviderData = z.record(z.string(), z.record(z.string(), z.unknown()));

/** Provider data (sealed reasoning, signatures) goes back to the same provider with the part it came with. */
export const AssistantPart = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("text"), text: z.string(), providerData: ProviderData.optional() }),
  z.object({ kind: z.literal("reasoning"), text: z.string(), providerData: ProviderData.optional() }),
  z.object({ kind: z.literal("call"), callId: z.string(), tool: z.string(), input: z.record(z.string(), z.unknown()), providerData: ProviderData.optional() }),
]);
export type AssistantPart = z.infer<typeof AssistantPart>;

export const HistoryEntry = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("session"), version: z.literal(1), id: z.string(), label: z.string(), startedAt: z.string() }),
  z.object({ kind: z.literal("user"), text: z.string() }),
  z.object({ kind: z.literal("assistant"), parts: z.array(AssistantPart) }),
  z.object({ kind: z.literal("result"), callId: z.string(), tool: z.string(), text: z.string(), isError: z.boolean() }),
]);
export type HistoryEntry = z.infer<typeof HistoryEntry>;

export const interruptedAnswer = "interrupted: this call was cut off before it answered; it may have done part of its work. Look before you repeat it.";

export function renderHistoryLine(entry: HistoryEntry): string {
  return `${JSON.stringify(entry)}\n`;
}

export interface ParsedHistory {
  readonly entries: readonly HistoryEntry[];
  /** The text ends in a half-written line, which is left out of `entries`. */
  readonly isTorn: boolean;
}

/** Entries up to the first line that is none (a crash tears only the last one). Undefined where a broken line is followed by whole ones: that is not a crash. */
export function parseHistory(text: string): ParsedHistory | undefined {
  const lines = text.split("\n");
  const rest = lines.pop() ?? "";
  const entries: HistoryEntry[] = [];
  for (const [index, line] of lines.entries()) {
    const entry = parseLine(line);
    if (entry === undefined) return index === lines.length - 1 && rest === "" ? { entries, isTorn: true } : undefined;
    entries.push(entry);
  }
  return { entries, isTorn: rest !== "" };
}

function parseLine(line: string): HistoryEntry | undefined {
  try { return HistoryEntry.safeParse(JSON.parse(line)).data; } catch { return undefined; } // no JSON: the caller decides what a broken line means
}

/** Answers for calls that have none, in the order of the calls; to be appended before anything else. */
export function answersForInterruptedCalls(entries: readonly HistoryEntry[]): readonly HistoryEntry[] {
  const lastAssistant = entries.findLastIndex((entry) => entry.kind === "assistant");
  const assistant = entries[lastAssistant];
  if (assistant?.kind !== "assistant") return [];
  const answered = new Set(entries.slice(lastAssistant + 1).flatMap((entry) => (entry.kind === "result" ? [entry.callId] : [])));
  return assistant.parts.flatMap((part) => (part.kind === "call" && !answered.has(part.callId)
    ? [{ kind: "result", callId: part.callId, tool: part.tool, text: interruptedAnswer, isError: true } as const] : []));
}
