// Which ports an instance tries: the same for the same worktree as long as they are free, far from each other, below the ephemeral range. Pure.
import { fingerprint } from "../../../base/hash.ts";

/** Below Linux' ephemeral ports (32768), above those that people and databases use. */
const portMin = 20_000;
const portCount = 12_000;

/** Neighbours stay free: applications that find their port taken, or want a second one, count upwards. */
const portStep = 8;

/** Tries before giving up; with half of all places taken the chance to need more is one in a million millions. */
const portTriesMax = 40;

/** What to try, in order, each once; the same for the same `owner` (worktree, service and variable). */
export function portCandidates(owner: string, excluded: ReadonlySet<number>): readonly number[] {
  return Array.from({ length: portTriesMax }, (_, attempt) => portCandidate(owner, attempt)).filter((port) => !excluded.has(port));
}

function portCandidate(owner: string, attempt: number): number {
  const places = portCount / portStep;
  const start = Number(BigInt(`0x${fingerprint(owner)}`) % BigInt(places));
  // 7 and 1500 have no common divisor: all places come before one comes again.
  return portMin + ((start + attempt * 7) % places) * portStep;
}
