// Alerts and exceptions that came by a webhook or were pasted, as errors of running instances. Text is untrusted and only ever read. Pure.
import type { ErrorEvent } from "./regression.ts";

const unitMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
/** What nobody can read as a length of time is a day. */
const usualMs = 86_400_000;

/** 15m, 24h, 7d in milliseconds. */
export function sinceMsOf(since: string): number {
  const [, count, unit] = /^(\d{1,9})([smhdw])$/.exec(since.trim()) ?? [];
  return count === undefined || unit === undefined ? usualMs : Number(count) * (unitMs[unit] ?? 0);
}

export interface ToldSignal {
  readonly at: string;
  readonly title: string;
  readonly text: string;
  readonly link: string;
  readonly cause: string;
  readonly commit?: string | undefined;
}

/** Names that may be a commit, the likeliest first: a release `shop@1a2b3c4`, a label of an alert. */
export function versionsOf({ commit, text }: ToldSignal): readonly string[] {
  const label = /(?:^|\s)(?:version|revision|commit|service_version|release)=(\S{4,100})/.exec(text)?.[1];
  return [commit, commit?.split("@").at(-1), label].filter((one) => one !== undefined);
}

/** Undefined for what is neither an alert nor an exception of Sentry's form. */
export function toldError(signal: ToldSignal, commit: string | undefined): ErrorEvent | undefined {
  const { cause, title, text, at, link } = signal;
  const label = (names: string) => new RegExp(`(?:^|\\s)(?:${names})=(\\S{1,100})`).exec(text)?.[1];
  const more = { message: text.slice(0, 2_000), commit, at, link, isTold: true };
  if (cause.startsWith("alert:")) return { kind: "alert", service: label("service_name|service|job") ?? "", what: cause.slice("alert:".length), ...more };
  if (!cause.startsWith("exception:")) return undefined;
  const place = /^in (\S{1,200})/m.exec(text)?.[1];
  const type = title.split(":")[0] ?? title;
  return {
    kind: "span",
    service: signal.commit?.includes("@") === true ? (signal.commit.split("@")[0] ?? "") : "",
    what: place === undefined ? type : `${type} in ${place}`,
    ...more,
  };
}
