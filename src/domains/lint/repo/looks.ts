// What resolution asked the disk beside the list of files (installed packages, ignored files, links), so that a later check can ask the same again.
import type { Files } from "../../../providers/index.ts";
import { stampText } from "./stamps.ts";

/** More questions cost more than deciding anew. */
const looksMax = 20_000;

/** Question and answer as text; paths are absolute. */
export type Look = readonly [question: "facts" | "real" | "read", path: string, answer: string];

export interface Looks {
  /** The same disk; each question is written down. */
  readonly disk: Files["now"];
  /** Undefined where there were too many to ask again. */
  all(): readonly Look[] | undefined;
  /** The questions whose answers were texts: manifests. */
  texts(): Iterable<Look>;
}

export function recordLooks(disk: Files["now"]): Looks {
  const looks = new Map<string, Look>();
  const texts = new Map<string, Look>();
  const note = (question: Look[0], path: string, answer: string) => { if (looks.size <= looksMax) looks.set(`${question} ${path}`, [question, path, answer]); };
  return {
    disk: {
      facts(path) { const facts = disk.facts(path); note("facts", path, facts?.kind ?? ""); return facts; },
      realPath(path) { const real = disk.realPath(path); note("real", path, real ?? ""); return real; },
      readRegular(path, bytesMax) { const found = disk.readRegular(path, bytesMax); note("read", path, readAnswer(disk, path)); texts.set(path, ["read", path, readAnswer(disk, path)]); return found; },
    },
    texts: () => texts.values(),
    all: () => (looks.size > looksMax ? undefined : [...looks.values()]),
  };
}

export function isAnswerSame(disk: Files["now"], [question, path, answer]: Look): boolean {
  switch (question) {
    case "facts": return (disk.facts(path)?.kind ?? "") === answer;
    case "real": return (disk.realPath(path) ?? "") === answer;
    case "read": return readAnswer(disk, path) === answer;
  }
}

function readAnswer(disk: Files["now"], path: string): string {
  const facts = disk.facts(path);
  return facts === undefined ? "" : stampText(facts);
}
