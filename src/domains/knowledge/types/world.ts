// What rules may know besides a document's own facts. Questions that need the disk or git are answered in rounds: a rule asks, gets
// "unknown" at first, and is run again with the answers, so that it stays a pure function of values.
import type { DocFacts, UnreadDocument } from "./document.ts";

export type Answer = "yes" | "no" | "unknown";

export interface Commands {
  /** Scripts of all package.json files. */
  readonly scripts: ReadonlySet<string>;
  /** Programs that packages bring: names of dependencies, and of `bin` entries. */
  readonly programs: ReadonlySet<string>;
  readonly makeTargets: ReadonlySet<string>;
  readonly justRecipes: ReadonlySet<string>;
  readonly hasManifest: boolean;
  readonly hasMakefile: boolean;
  readonly hasJustfile: boolean;
  /** True where a makefile makes its targets by patterns or from other files, so that a name proves nothing. */
  readonly isMakeOpen: boolean;
  readonly isJustOpen: boolean;
}

export interface Questions {
  /** Is this path on the disk, or would git ignore it (and somebody generate it)? */
  isOutside(path: string): Answer;
  /** Is the name nowhere in the sources, though it was there when the document was last changed or verified? The commit of that time. */
  lostSymbol(file: string, name: string, verifiedAt: string | undefined): string | undefined;
  /** What changed since a commit in the files that these globs match; undefined while unknown. */
  changesSince(commit: string, covers: readonly string[]): Changes | undefined;
  /** The last commit of a file; undefined while unknown or where there is none. */
  lastCommit(file: string): string | undefined;
}

export type Changes =
  | { readonly kind: "changed"; readonly interfaces: readonly string[]; readonly bodies: readonly string[] }
  | { readonly kind: "commit-unknown" };

export interface ReferenceText { readonly file: string; /** Its first lines. */ readonly head: string }

export interface Subject {
  /** Documents whose findings are wanted; what the rest says still counts. */
  readonly isWanted: (file: string) => boolean;
  readonly docs: readonly DocFacts[];
  readonly unread: readonly UnreadDocument[];
  readonly commands: Commands;
  /** Texts from elsewhere, below the folder of references. */
  readonly references: readonly ReferenceText[];
  readonly ask: Questions;
  /** YYYY-MM-DD. */
  readonly today: string;
  /** The last commit, for what a fix writes; undefined where there is none. */
  readonly head: string | undefined;
}
