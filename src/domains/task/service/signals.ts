// Which events of a task are feedback worth keeping. Pure.
import { onceOfComment, type Signal } from "../../feedback/index.ts";
import type { TaskEvent, TaskState } from "../types/index.ts";

type Kept = { readonly signal: Signal; readonly once: string };

function holdSignal(before: TaskState, after: TaskState, event: TaskEvent): readonly Kept[] {
  if (after.status !== "held" || before.status === "held" || !after.hold) return [];
  if (after.group?.isWaiting === true) return []; // for others of its group, not for a person
  const { hold, id, head } = after;
  const kind = hold.reason === "paused" || hold.reason === "takeover" ? "interruption" : hold.reason === "outside" ? "exception" : "hold";
  return [
    {
      signal: {
        kind,
        title: hold.question,
        text: hold.detail,
        link: `task ${id}`,
        cause: `hold:${hold.reason}:${after.phase}`,
        taskId: id,
        ...(head ? { commit: head } : {}),
      },
      once: `${id}:hold:${event.at}`,
    },
  ];
}

export function signalsOf(before: TaskState, after: TaskState, event: TaskEvent): readonly Kept[] {
  const held = holdSignal(before, after, event);
  const at = { taskId: before.id, ...(before.head ? { commit: before.head } : {}) };
  switch (event.kind) {
    case "reviewed": return [...held, ...event.findings.filter((finding) => finding.firstRound === event.round.round).map((finding): Kept => ({
      signal: {
        kind: "review-comment",
        title: `${finding.priority} ${finding.title}`,
        text: `${finding.detail}\n${finding.suggestion}`,
        link: finding.line ? `${finding.file}:${finding.line}` : finding.file,
        cause: `review:${finding.reviewer}:${finding.title.toLowerCase()}`,
        ...at,
      },
      once: `${before.id}:finding:${finding.id}`,
    }))];
    case "feedback": return [...held, ...event.findings.filter((finding) => finding.source !== undefined && finding.state === "open").map((finding): Kept => ({
      signal: {
        kind: "review-comment",
        title: finding.title,
        text: finding.detail,
        link: finding.evidence,
        cause: `comment:${finding.reviewer}:${finding.title.toLowerCase()}`,
        ...at,
      },
      once: onceOfComment(finding.evidence, `${before.id}:comment:${finding.source?.comment ?? finding.id}`),
    }))];
    case "checked": return [...held, ...event.results.filter((result) => result.status !== "passed").map((result): Kept => ({
      signal: {
        kind: "failed-check",
        title: `${result.name}: ${result.status}`,
        text: result.log,
        link: before.pullRequest?.url ?? `task ${before.id}`,
        cause: `check:${result.name}`,
        ...at,
      },
      once: `${before.id}:check:${result.name}:${before.head ?? ""}`,
    }))];
    case "validated": return [...held, ...event.failures.filter((failure) => failure.channel === "finding").map((failure): Kept => ({
      signal: { kind: "hook-finding", title: failure.title, text: failure.text, link: `task ${before.id}`, cause: `validate:${failure.title}`, ...at },
      once: `${before.id}:validate:${failure.title}:${before.head ?? ""}`,
    }))];
    case "message":
      return [
        ...held,
        {
          signal: { kind: "interruption", title: "A person spoke to the agent", text: event.text, link: `task ${before.id}`, cause: "message", ...at },
          once: `${before.id}:message:${event.at}`,
        },
      ];
    default: return held;
  }
}

const stepCharsMax = 300;

/** An interruption with the agent's last steps: what somebody said means little without what they saw. */
export function withWhatCameBefore(signal: Signal, records: readonly { readonly data: Readonly<Record<string, unknown>> }[]): Signal {
  const steps = records.map(
    ({ data }) =>
      `- ${["event", "title", "text", "output"]
        .flatMap((key) => (typeof data[key] === "string" && data[key] !== "" ? [data[key]] : []))
        .join(": ")
        .replaceAll(/\s+/g, " ")
        .slice(0, stepCharsMax)}`,
  );
  return steps.length === 0 ? signal : { ...signal, text: `${signal.text}\n\nBefore it:\n${steps.join("\n")}` };
}
