// What was learned about documents and old commits at earlier checks: facts by what the disk says of a file, answers of git by commit. One value, kept by whoever runs the check.
import type { Files } from "../../../providers/index.ts";
import type { DocFacts } from "../types/document.ts";

/** Facts of more documents would make reading them as slow as parsing. */
const documentsMax = 20_000;
/** Commits that documents were last changed at; of long ago nobody asks again. */
const commitsMax = 200;
/** A file that was written so lately may be written again without another time. */
const racyMs = 2_000;

type Stamp = NonNullable<ReturnType<Files["now"]["facts"]>>;

export interface KeptDocuments {
  factsOf(file: string, stamp: Stamp): DocFacts | undefined;
  putFacts(file: string, stamp: Stamp, facts: DocFacts): void;
  /** The commit that changed a file last, as of this head; undefined where it is not known. */
  lastCommitOf(head: string, file: string): LastCommit | undefined;
  putLastCommit(head: string, file: string, commit: LastCommit): void;
  /** Whether a name stood in the files of a commit; undefined where it is not known. */
  wasNamedAt(commit: string, name: string): boolean | undefined;
  putNamedAt(commit: string, name: string, wasNamed: boolean): void;
  /** Undefined where nothing has been learned since. */
  value(): unknown;
}

export interface LastCommit { readonly commit: string; readonly date: string }

/** As it is stored, behind a checksum: it is given back as it was written, by the same program. */
interface Stored {
  readonly documents: readonly (readonly [file: string, stamp: string, facts: DocFacts])[];
  readonly head: string;
  readonly commits: readonly (readonly [file: string, commit: LastCommit])[];
  readonly names: readonly (readonly [commit: string, names: readonly (readonly [name: string, wasNamed: boolean])[]])[];
}

/** `value` as `value()` gave it; `nowMs` since 1970. */
export function openKeptDocuments(value: unknown, nowMs: number): KeptDocuments {
  const stored = value === undefined ? { documents: [], head: "", commits: [], names: [] } : value as Stored; // see Stored
  const documents = new Map(stored.documents.map(([file, stamp, facts]) => [file, { stamp, facts }]));
  const asked = new Map<string, { readonly stamp: string; readonly facts: DocFacts }>();
  const names = new Map(stored.names.map(([commit, list]) => [commit, new Map(list)]));
  let head = stored.head;
  let commits = new Map<string, LastCommit>(stored.commits);
  let isChanged = false;
  const atHead = (now: string): void => { if (now !== head) { head = now; commits = new Map(); } };
  return {
    factsOf(file, stamp) {
      const found = documents.get(file);
      if (found?.stamp !== textOf(stamp)) return undefined;
      asked.set(file, found);
      return found.facts;
    },
    putFacts(file, stamp, facts) {
      if (Math.max(stamp.modifiedMs, stamp.changedMs) > nowMs - racyMs) return;
      isChanged = true;
      asked.set(file, { stamp: textOf(stamp), facts });
    },
    lastCommitOf(now, file) { atHead(now); return commits.get(file); },
    putLastCommit(now, file, commit) { atHead(now); commits.set(file, commit); isChanged = true; },
    wasNamedAt: (commit, name) => names.get(commit)?.get(name),
    putNamedAt(commit, name, wasNamed) {
      const known = names.get(commit) ?? new Map<string, boolean>();
      names.delete(commit);
      names.set(commit, known.set(name, wasNamed));
      isChanged = true;
    },
    value() {
      if (!isChanged) return undefined;
      const kept: Stored = {
        documents: [...new Map([...documents, ...asked])].slice(-documentsMax).map(([file, one]) => [file, one.stamp, one.facts]), head, commits: [...commits],
        names: [...names].slice(-commitsMax).map(([commit, list]) => [commit, [...list]]),
      };
      return kept;
    },
  };
}

function textOf(stamp: Stamp): string {
  return `${stamp.sizeBytes} ${stamp.modifiedMs} ${stamp.changedMs} ${stamp.inode}`;
}
