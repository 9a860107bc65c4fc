// A hold as a comment on the pull request: the question with options and evidence, and how it is answered there. Pure.
import { fingerprint } from "../../../base/hash.ts";
import { boundText } from "../../../base/text.ts";
import type { TaskState } from "../types/index.ts";

// A comment is read on a screen; the whole evidence lies in the task.
const detailCharsMax = 3_000;

/** True where a task waits for somebody who may not know it: not where a person paused it, works in its worktree, or where it waits for others of its group. */
export function isAsking(state: TaskState): boolean {
  return (
    state.status === "held" &&
    state.hold !== undefined &&
    state.hold.reason !== "paused" &&
    state.hold.reason !== "takeover" &&
    state.group?.isWaiting !== true &&
    state.pullRequest !== undefined &&
    state.mergeCommit === undefined
  );
}

/** Names this very hold: the same question asked again later is another one. */
export function questionEffect(state: TaskState): string {
  return `hold:${fingerprint(`${state.hold?.question ?? ""}\0${state.timeline.at(-1)?.endedAt ?? ""}`).slice(0, 12)}`;
}

const line = (text: string): string => text.replaceAll(/\s+/g, " ").trim();

export function renderQuestion(state: TaskState): string {
  const { hold } = state;
  if (!hold) return "";
  const isWord = hold.reason === "policy";
  return [
    `### The task waits for a person (${hold.reason})`, boundText(hold.question, detailCharsMax),
    ...(hold.options.length === 0 ? [] : [hold.options.map((option) => `- ${line(option)}`).join("\n")]),
    ...(hold.detail.trim() === ""
      ? []
      : [`<details><summary>Evidence</summary>\n\n\`\`\`\`\n${boundText(hold.detail.replaceAll("````", "'''"), detailCharsMax)}\n\`\`\`\`\n\n</details>`]),
    isWord
      ? "Whoever may push here answers with a comment that begins with `/inspan answer`, then the word itself; or with `/inspan cancel`."
      : "Whoever may push here answers with a comment that begins with `/inspan answer`, then the answer; with a reply that quotes this; with `/inspan resume`, or `/inspan cancel`.",
    `On the machine of the task: \`inspan task answer ${state.id} "…"\`.`,
  ].join("\n\n");
}

/** True where this hold moves for this answer: what a policy holds back needs the word itself. */
export function isHeardBy(state: TaskState, answer: string | undefined): boolean {
  if (state.hold?.reason !== "policy") return true;
  if (state.planGate === "asked") return answer !== undefined && answer.trim() !== "";
  return /^\W*merge\b/i.test(answer ?? "");
}
