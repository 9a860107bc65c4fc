// Which merge brought an error: versions that had it, versions that ran without it, and the changes between. Pure.
import { fingerprint } from "../../../base/hash.ts";
import { termsOf } from "../../feedback/index.ts";

/** One error as a running instance told it. */
export interface ErrorEvent {
  readonly kind: "span" | "log" | "alert";
  readonly service: string;
  /** Type of the exception, name of the span, of the alert. */
  readonly what: string;
  readonly message: string;
  /** The commit that ran, where the instance says it and it is known here. */
  readonly commit: string | undefined;
  /** ISO 8601. */
  readonly at: string;
  readonly link: string;
  /** It came by a webhook and is a signal already. */
  readonly isTold?: boolean;
}

export interface ErrorGroup {
  readonly isTold: boolean;
  readonly key: string;
  readonly service: string;
  readonly what: string;
  readonly message: string;
  readonly count: number;
  readonly firstAt: string;
  readonly lastAt: string;
  readonly commits: readonly string[];
  readonly link: string;
  readonly kind: ErrorEvent["kind"];
}

const groupsMax = 100;
const suspectsMax = 20;

/** Same service, same kind of thing, same words: one error. The most frequent first. */
export function groupErrors(events: readonly ErrorEvent[]): readonly ErrorGroup[] {
  const groups = new Map<string, ErrorEvent[]>();
  for (const event of events) {
    const words = event.kind === "log" ? [...termsOf(event.message)].slice(0, 12).join(" ") : event.what;
    const key = fingerprint(`${event.service}\0${event.kind === "alert" ? "alert" : ""}\0${words}`).slice(0, 12);
    const known = groups.get(key);
    if (known === undefined) groups.set(key, [event]); else known.push(event);
  }
  return [...groups].map(([key, own]): ErrorGroup => {
    const sorted = [...own].sort((left, right) => (left.at < right.at ? -1 : 1));
    const [first] = sorted;
    return {
      key,
      service: first?.service ?? "",
      what: first?.what ?? "",
      message: first?.message ?? "",
      kind: first?.kind ?? "span",
      count: own.length,
      firstAt: first?.at ?? "",
      lastAt: sorted.at(-1)?.at ?? "",
      isTold: own.every(({ isTold }) => isTold === true), commits: [...new Set(sorted.flatMap(({ commit }) => commit ?? []))], link: first?.link ?? "",
    };
  }).sort((left, right) => right.count - left.count || (left.firstAt < right.firstAt ? -1 : 1)).slice(0, groupsMax);
}

export interface Merged { readonly commit: string; readonly at: string; readonly subject: string; readonly files: readonly string[] }
export interface Blame {
  /** `version`: by the versions that ran; `time`: by the last merge before it was first seen; `unmerged`: only seen in what is not merged; `unknown`: nothing ties it to a change. */
  readonly by: "version" | "time" | "unmerged" | "unknown";
  /** The likeliest first. */
  readonly suspects: readonly Merged[];
  /** One change, and nothing else that could be it. */
  readonly isCertain: boolean;
  readonly reason: string;
}

/**
 * `history` is the base's first-parent line, newest first. `healthy` are commits that ran the same service without this error.
 * A commit that is not on the line is one of a branch.
 */
export function blameGroup(group: ErrorGroup, world: { readonly history: readonly Merged[]; readonly healthy: readonly string[] }): Blame {
  const { history } = world;
  const positionOf = (commit: string) => history.findIndex((one) => one.commit === commit);
  const bad = group.commits.map(positionOf).filter((at) => at >= 0);
  if (group.commits.length > 0 && bad.length === 0) return { by: "unmerged", suspects: [], isCertain: false, reason: "only seen in commits that are not on the base" };
  if (bad.length > 0) {
    // Further back is older: the oldest version that has it, and the newest that is older and ran without it.
    const firstBad = Math.max(...bad);
    const older = world.healthy.map(positionOf).filter((at) => at > firstBad);
    const lastGood = older.length === 0 ? undefined : Math.min(...older);
    const range = history.slice(firstBad, lastGood ?? firstBad + 1);
    const name = (at: number) => history[at]?.commit.slice(0, 10) ?? "";
    const { suspects, isByFile } = rank(range, group);
    return {
      by: "version", suspects: suspects.slice(0, suspectsMax), isCertain: lastGood !== undefined && (suspects.length === 1 || isByFile),
      reason:
        lastGood === undefined
          ? `seen at ${name(firstBad)}; no earlier version of ${group.service} was seen without it`
          : `seen at ${name(firstBad)}, not at ${name(lastGood)}`,
    };
  }
  const before = history.find(({ at }) => Date.parse(at) <= Date.parse(group.firstAt));
  return before === undefined
    ? { by: "unknown", suspects: [], isCertain: false, reason: "no merge lies before it" }
    : {
        by: "time",
        suspects: [before],
        isCertain: false,
        reason: `the instance names no version; ${before.commit.slice(0, 10)} was the last merge before it was first seen`,
      };
}

/** Changes that touch a file that the error names come first; one alone is it. */
function rank(range: readonly Merged[], { message, what }: ErrorGroup): { readonly suspects: readonly Merged[]; readonly isByFile: boolean } {
  const text = `${what}\n${message}`;
  const named = range.filter(({ files }) => files.some((file) => text.includes(file) || (file.includes("/") && text.includes(`/${file.split("/").slice(-2).join("/")}`))));
  return { suspects: [...named, ...range.filter((one) => !named.includes(one))], isByFile: named.length === 1 };
}

export function renderRegression(group: ErrorGroup, blame: Blame): string {
  return [
    `${group.what} in ${group.service}: ${group.count} times from ${group.firstAt.slice(0, 19)} to ${group.lastAt.slice(0, 19)}`,
    group.message.slice(0, 1_500),
    "",
    `${blame.reason}.`,
    ...blame.suspects.slice(0, 5).map(({ commit, subject, at }) => `- ${commit.slice(0, 10)} ${at.slice(0, 10)} ${subject}`),
  ].join("\n");
}
