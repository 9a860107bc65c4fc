// What resolution asked the disk beside the list of files (installed packages, ignored files, links), so that a later check can ask the same again.
import type { Files } from "../../../providers/index.ts";
import { stampText } from "./stamps.ts";

/** More questions cost more than deciding anew. */
const looksMax = 20_000;

/** Question and answer as text; paths are absolute. */
export type Look = readonly [question: "facts" | "real" | "read" | "stamp" | "content", path: string, answer: string];

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
      readRegular(path, bytesMax) {
        const found = disk.readRegular(path, bytesMax);
        note("read", path, readAnswer(disk, path));
        texts.set(path, ["read", path, readAnswer(disk, path)]);
        return found;
      },
    },
    texts: () => texts.values(),
    all: () => (looks.size > looksMax ? undefined : [...looks.values()]),
  };
}

export function isAnswerSame(disk: Files["now"], [question, path, answer]: Look): boolean {
  switch (question) {
    case "facts": return (disk.facts(path)?.kind ?? "") === answer;
    case "real": return (disk.realPath(path) ?? "") === answer;
    case "read": case "stamp": return readAnswer(disk, path) === answer;
    case "content": return false; // asked by those who keep contents
  }
}

/**
 * The same files, and each path that was asked about and is not covered otherwise: what lies there is a question with its stamp as the
 * answer, a folder only that it is one, for its times change with whatever is written into it.
 */
export function recordFiles(files: Files, isCovered: (path: string) => boolean): { readonly files: Files; looks(): readonly Look[] | undefined } {
  const looks = new Map<string, Look>();
  const note = (path: string): void => {
    if (looks.size > looksMax || looks.has(path) || isCovered(path)) return;
    const facts = files.now.facts(path);
    looks.set(path, facts?.kind === "folder" ? ["facts", path, "folder"] : ["stamp", path, facts === undefined ? "" : stampText(facts)]);
    const real = facts?.kind === "link" ? files.now.realPath(path) : undefined;
    if (real !== undefined && real !== path) note(real);
  };
  return {
    files: {
      ...files,
      readText(path) { note(path); return files.readText(path); },
      readBytes(path) { note(path); return files.readBytes(path); },
      facts(path) { note(path); return files.facts(path); },
      list(path) { looks.set(path, ["stamp", path, readAnswer(files.now, path)]); return files.list(path); },
      now: {
        ...files.now,
        facts(path) { note(path); return files.now.facts(path); },
        readRegular(path, bytesMax) { note(path); return files.now.readRegular(path, bytesMax); },
      },
    },
    looks: () => (looks.size > looksMax ? undefined : [...looks.values()]),
  };
}

function readAnswer(disk: Files["now"], path: string): string {
  const facts = disk.facts(path);
  return facts === undefined ? "" : stampText(facts);
}
