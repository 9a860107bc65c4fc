// What follows from the checks that a forge reports for one head. Pure.
import type { ForgeConfig } from "../config.ts";
import type { ForgeCheck } from "../types.ts";

export type ChecksDecision =
  | { readonly kind: "passed"; readonly flakes: readonly ForgeCheck[] }
  /** Not all have reported. `missing` names required ones that nobody has started. */
  | { readonly kind: "wait"; readonly pending: readonly string[]; readonly missing: readonly string[] }
  /** Run these again once: each is a known flake, or failed in a way that says nothing about the change. */
  | { readonly kind: "rerun"; readonly checks: readonly ForgeCheck[] }
  | { readonly kind: "failed"; readonly checks: readonly ForgeCheck[] }
  /** The time is over and something never reported. */
  | { readonly kind: "silent"; readonly names: readonly string[] };

/** The last run of each check. Of two workflows with a job of one name neither speaks for the other. */
function latestOf(checks: readonly ForgeCheck[]): readonly ForgeCheck[] {
  const latest = new Map<string, ForgeCheck>();
  for (const check of checks) {
    const key = JSON.stringify([check.name, check.source]);
    const known = latest.get(key);
    const time = (one: ForgeCheck) => one.startedAt ?? one.completedAt ?? "";
    if (!known || time(check) >= time(known)) latest.set(key, check);
  }
  return [...latest.values()];
}

/**
 * `reruns` counts how often a check of this name was run again on this head; `today` is an ISO date. A quarantined flake never blocks until its day; a real failure
 * always does: only checks that inspan.yaml lists count as flakes, and one that fails twice after that day is a failure like any other.
 */
export function decideChecks(options: {
  readonly checks: readonly ForgeCheck[]; readonly head: string; readonly config: Pick<ForgeConfig, "checks" | "flakes">; readonly today: string; readonly isTimeOver: boolean;
  readonly reruns: ReadonlyMap<string, number>;
}): ChecksDecision {
  const { head, config, today, isTimeOver, reruns } = options;
  const isRequired = (name: string): boolean => config.checks.length === 0 || config.checks.includes(name);
  const latest = latestOf(options.checks.filter(({ commit, name }) => commit === head && !name.startsWith("inspan/")));
  const flakeOf = (name: string) => config.flakes.find(({ check }) => check === name);
  const isQuarantined = (name: string): boolean => { const flake = flakeOf(name); return flake !== undefined && today <= flake.until; };
  const failed = latest.filter(({ status, name }) => (status === "failed" || status === "timed-out" || status === "cancelled") && isRequired(name));
  const again = failed.filter((check) => check.canRerun && (reruns.get(check.name) ?? 0) === 0 && (flakeOf(check.name) !== undefined || check.status === "cancelled"));
  const real = failed.filter((check) => !again.includes(check) && !isQuarantined(check.name));
  if (real.length > 0) return { kind: "failed", checks: real };
  if (again.length > 0) return { kind: "rerun", checks: again };
  const pending = latest.filter(({ status, name }) => status === "pending" && isRequired(name) && !isQuarantined(name)).map(({ name }) => name);
  const missing = config.checks.filter((name) => !isQuarantined(name) && !latest.some((check) => check.name === name));
  if (pending.length === 0 && missing.length === 0) return { kind: "passed", flakes: failed.filter(({ name }) => isQuarantined(name)) };
  return isTimeOver ? { kind: "silent", names: [...new Set([...missing, ...pending])].sort() } : { kind: "wait", pending, missing };
}
