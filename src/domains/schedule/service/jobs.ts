// Ready-made jobs for any repository, a plain library too: what an author is told. Pure.
import { fenceUntrusted } from "../../../base/text.ts";

export interface Outdated { readonly name: string; readonly current: string; readonly wanted: string; readonly latest: string }

const fieldOf = (value: unknown, name: string): unknown => (typeof value === "object" && value !== null ? Object.entries(value).find(([key]) => key === name)?.[1] : undefined);

/** The version of a direct dependency in package-lock.json, of version 1 too; undefined where it has none. */
export function lockedVersion(lock: unknown, name: string): string | undefined {
  const found = fieldOf(fieldOf(fieldOf(lock, "packages"), `node_modules/${name}`), "version") ?? fieldOf(fieldOf(fieldOf(lock, "dependencies"), name), "version");
  return typeof found === "string" ? found : undefined;
}

/**
 * `npm outdated --json`: what its ranges allow first, then what is newer; undefined where the text is none.
 * Nothing is installed in a fresh checkout, and npm names no `current` then: the lock file says it.
 */
export function readOutdated(value: unknown, lock: unknown): readonly Outdated[] | undefined {
  if (typeof value !== "object" || value === null || "error" in value) return undefined;
  return Object.entries(value).flatMap(([name, entry]): Outdated[] => {
    const one: unknown = Array.isArray(entry) ? entry[0] : entry;
    const current = fieldOf(one, "current") ?? lockedVersion(lock, name), wanted = fieldOf(one, "wanted"), latest = fieldOf(one, "latest");
    return current === undefined || wanted === undefined || latest === undefined ? [] : [{ name, current: String(current), wanted: String(wanted), latest: String(latest) }];
  }).filter(({ current, wanted, latest }) => current !== wanted || current !== latest).sort((left, right) => Number(left.current === left.wanted) - Number(right.current === right.wanted) || (left.name < right.name ? -1 : 1));
}

export function updatePrompt({ name, current, wanted, latest }: Outdated): string {
  const target = current === wanted ? latest : wanted;
  return [
    `Update the dependency ${name} from ${current} to ${target}`, "",
    `Change the manifest and the lock file so that ${name} is at ${target}, and nothing else. Where its changes break the build or a test, adapt the code in the smallest way; where that takes more than a few lines, say so instead of forcing it.`,
    "This is a tooling change: hand in the plan with noReproductionReason.",
  ].join("\n");
}

/** For managers whose newest versions the harness does not ask for itself. */
export function updatesPrompt(manifests: readonly string[]): string {
  return [
    "Update one outdated dependency", "",
    `The manifests are ${manifests.slice(0, 10).join(", ")}. Find one direct dependency that is behind within its own major version, change manifest and lock file, and nothing else. If all are up to date, ask the person whether to stop; do not invent a change.`,
    "This is a tooling change: hand in the plan with noReproductionReason.",
  ].join("\n");
}

export interface FlakyCheck { readonly name: string; readonly statuses: readonly string[]; readonly log: string }

export function flakyPrompt(flaky: FlakyCheck): string {
  return [
    `Make the check ${flaky.name} give the same answer each time`, "",
    `The harness ran it ${flaky.statuses.length} times on one commit, and it ended as ${flaky.statuses.join(", ")}. The end of a run that failed:`, "",
    fenceUntrusted("ci-log", flaky.log), "",
    "Find what the test depends on besides the code (time, order, ports, files, chance, another test) and take that away. Do not delete, skip or weaken a test, and add no retry.",
    "A flake cannot be shown by one failing run: hand in the plan with noReproductionReason.",
  ].join("\n");
}
