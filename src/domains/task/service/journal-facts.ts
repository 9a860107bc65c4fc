// What the journal of a task says about claims of its author: words, runs, edits. Pure; the lines were written by the harness, their texts by the agent.
import type { AttestationFacts, AuthorWords, HarnessRecord } from "../../review/index.ts";

interface Line { readonly seq: number; readonly type: string; readonly data: Readonly<Record<string, unknown>> }

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

// An operation answers "fine" and tells the failure in its text.
const failureWords = /\b(fail|failed|no-evidence|missing)\b/i;

function recordOf(line: Line, tool: string, title: string): HarnessRecord {
  const isPassed = line.data["isError"] !== true;
  const output = textOf(line.data["output"]).slice(0, 2000);
  const words = `${tool} ${title}`;
  const kind = /journey/i.test(words) ? "journey" : /\bassert\b|_assert\b/i.test(words) ? "budget" : "command";
  return { kind, name: title === "" ? tool : title, isPassed: isPassed && (kind === "command" || !failureWords.test(output)), order: line.seq };
}

/** `reproduction` is the command that showed the fault: a valid head means that the harness saw it pass. */
export function readAttestationFacts(lines: readonly Line[], reproduction: string | undefined): AttestationFacts {
  const words: AuthorWords[] = [];
  const records: HarnessRecord[] = [];
  const edits: number[] = [];
  const started = new Map<string, { readonly tool: string; readonly title: string }>();
  for (const line of lines) {
    const { data, seq } = line;
    if (line.type === "event" && data["event"] === "validated" && reproduction !== undefined && lines.find((next) => next.seq === seq + 1)?.type !== "invalid")
      records.push({ kind: "test", name: reproduction, isPassed: true, order: seq });
    if (line.type === "finding-reply") words.push({ text: textOf(data["reason"]), order: seq });
    // What the harness itself played: the one kind of evidence that no words of an agent can stand for.
    if (line.type === "evidence" && data["role"] === "after") {
      const isPassed = data["status"] === "pass";
      if (data["status"] !== "unplayed") records.push({ kind: "journey", name: textOf(data["journey"]), isPassed, order: seq });
      if (typeof data["film"] === "string" || typeof data["since"] === "string") records.push({ kind: "video", name: textOf(data["journey"]), isPassed, order: seq });
    }
    if (line.type !== "agent") continue;
    switch (data["event"]) {
      case "message": words.push({ text: textOf(data["text"]), order: seq }); break;
      case "files-changed": edits.push(seq); break;
      case "tool-started": started.set(textOf(data["callId"]), { tool: textOf(data["tool"]), title: textOf(data["title"]) }); break;
      case "tool-finished": {
        const call = started.get(textOf(data["callId"]));
        records.push(recordOf(line, textOf(data["tool"]), call?.title ?? ""));
        break;
      }
      default:
    }
  }
  return { words, records, edits };
}
