// Reads what Codex tells of the login's limits: a warning for people, and when it is worth trying again. Pure.
import type { CodexTurnError, RateLimits } from "./protocol.ts";

const warnFromPercent = 90; // early enough to end a task in order

type Window = NonNullable<RateLimits["primary"]>;

const windowsOf = (limits: RateLimits): readonly Window[] => [limits.primary, limits.secondary].filter((window) => window !== undefined && window !== null);

const secondsMax = 8_640_000_000_000; // the last moment that a date can hold
const endOf = ({ resetsAt }: Window): number | undefined => (typeof resetsAt === "number" && resetsAt > 0 && resetsAt < secondsMax ? resetsAt * 1_000 : undefined);

function nameOf(window: Window): string {
  const minutes = window.windowDurationMins ?? 0;
  if (minutes <= 0) return "limit";
  if (minutes < 60) return `limit of ${minutes} minutes`;
  return minutes < 48 * 60 ? `limit of ${Math.round(minutes / 60)} hours` : `limit of ${Math.round(minutes / 1_440)} days`;
}

const renderEnd = (endMs: number | undefined): string => (endMs === undefined ? "" : `; it begins anew at ${new Date(endMs).toISOString()}`);

/** One line where a window is nearly used up; undefined otherwise. */
export function warnOfLimits(limits: RateLimits): string | undefined {
  const full = windowsOf(limits).filter((window) => window.usedPercent >= warnFromPercent);
  if (full.length === 0) return undefined;
  return full.map((window) => `${Math.round(window.usedPercent)} % of the login's ${nameOf(window)} are used${renderEnd(endOf(window))}`).join("; ");
}

/** Milliseconds until the window that is used up begins anew; undefined where the error is another one, or nobody said when. */
export function waitOfLimits(error: CodexTurnError | undefined, limits: RateLimits | undefined, nowMs: number): number | undefined {
  if (limits === undefined || (error?.codexErrorInfo !== "usageLimitExceeded" && error?.codexErrorInfo !== "rateLimitExceeded")) return undefined;
  const ends = windowsOf(limits).filter((window) => window.usedPercent >= 100).map(endOf).filter((endMs) => endMs !== undefined).map((endMs) => endMs - nowMs);
  return ends.length === 0 ? undefined : Math.max(0, ...ends);
}
