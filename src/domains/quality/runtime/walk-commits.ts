// Grades commits one after the other without checking any out: from one to the next only what differs is read, and what was found about the rest stays.
import { join } from "node:path";
import { messageOf } from "../../../base/errors.ts";
import type { OperationContext } from "../../../providers/index.ts";
import { ownFiles, sourcesOf } from "../../lint/runtime/index.ts";
import { type CommitFiles, createCommitFiles } from "../repo/commit-files.ts";
import { readBlobs, readSizes, readTree, readTreeChanges, type TreeChange, type TreesPort } from "../repo/commit-trees.ts";
import type { GradeRecord } from "../types/index.ts";
import { assess } from "./assess.ts";
import { type Churn, readChurn } from "./signals.ts";

/** Contents of so many commits are read at once: one process for them, and not all of a year in memory. */
const windowCommits = 50;
/** What is larger is no manifest, and no source that is looked at; it is read when somebody asks for it. */
const aheadBytesMax = 2 * 1024 * 1024;
/** Beside sources: what configures them, and documents. The rest is read when somebody asks for it. */
const usuallyRead = /\.(?:md|json|jsonc|ya?ml|toml|cfg|mod|work|sum|gradle|properties|xml|info)$|(?:^|\/)(?:\.gitignore|package\.json|LICENSE)$/;
/** Of files that ask for more files: a link to a link, a manifest that names another. */
const attemptsMax = 5;

export interface WalkOptions {
  readonly context: OperationContext;
  readonly rootPath: string;
  /** State of this repository's grades. */ readonly folder: string;
  /** Oldest first. */ readonly commits: readonly { readonly commit: string; readonly committedAt: string }[];
}
export type Walked = { readonly kind: "graded"; readonly record: GradeRecord } | { readonly kind: "failed"; readonly commit: string; readonly why: string };

export async function* walkCommits({ context, rootPath, folder, commits }: WalkOptions): AsyncGenerator<Walked> {
  const [first] = commits;
  if (first === undefined) return;
  const { providers, signal } = context;
  const port: TreesPort = { git: providers.git, random: providers.random, rootPath, signal };
  const churn = await readChurn({ providers, rootPath }, commits, signal);
  const [tree, changes] = await Promise.all([readTree(port, first.commit), readTreeChanges(port, commits.map(({ commit }) => commit))]);
  const changesOf = (commit: string): Iterable<TreeChange> => (commit === first.commit ? tree : changes.get(commit) ?? []);
  const contents = new Contents(port);
  const view = createCommitFiles({
    disk: providers.files,
    rootPath: join(folder, "tree"),
    memoryPath: join(folder, "memory"),
    sizeOf: (object) => contents.sizeOf(object),
    contentOf: (object) => contents.get(object),
  });
  for (let start = 0; start < commits.length; start += windowCommits) {
    const window = commits.slice(start, start + windowCommits);
    const coming = window.flatMap(({ commit }) => [...changesOf(commit)]);
    await contents.readAhead(coming, view);
    for (const { commit, committedAt } of window) {
      signal.throwIfAborted();
      view.apply(changesOf(commit));
      yield await gradeCommit({ context, folder, view, contents, churn, commit, committedAt });
    }
    if (commits.length > windowCommits) context.progress(`graded ${Math.min(start + windowCommits, commits.length)} of ${commits.length} commits`);
  }
}

interface Walk {
  readonly context: OperationContext;
  readonly folder: string;
  readonly view: CommitFiles;
  readonly contents: Contents;
  readonly churn: Churn | undefined;
  readonly commit: string;
  readonly committedAt: string;
}

async function gradeCommit({ context, folder, view, contents, churn, commit, committedAt }: Walk): Promise<Walked> {
  const providers = { ...context.providers, files: view.files };
  const goBack = view.remember();
  for (let attempt = 1; ; attempt++) {
    const answer = await assess({
      context: { ...context, providers },
      rootPath: join(folder, "tree"),
      statePath: join(folder, "memory"),
      commit,
      committedAt,
      churn,
      listing: ownFiles(view.paths()),
    })
      .then(({ record }): Walked => ({ kind: "graded", record }), (error: unknown): Walked => {
        context.signal.throwIfAborted();
        return { kind: "failed", commit, why: messageOf(error).split("\n")[0] ?? "" }; // one commit that cannot be read does not end a year
      });
    const missed = view.takeMissed();
    if (missed.length === 0) return answer;
    if (attempt === attemptsMax) return { kind: "failed", commit, why: `it asks for ${missed.length} more files after each look` };
    // Somebody was told that a file is not there: with it at hand everything about this commit is said again.
    goBack();
    await contents.read(missed);
  }
}

/** Contents of objects, as far as they are needed soon. */
class Contents {
  readonly #port: TreesPort;
  readonly #sizes = new Map<string, number>();
  #held = new Map<string, Uint8Array>();

  constructor(port: TreesPort) { this.#port = port; }

  sizeOf(object: string): number | undefined { return this.#sizes.get(object); }
  get(object: string): Uint8Array | undefined { return this.#held.get(object); }

  /** What these changes bring and is usually read; what neither the commit nor they hold is let go. */
  async readAhead(changes: readonly TreeChange[], view: CommitFiles): Promise<void> {
    const objects = new Set(changes.flatMap(([, entry]) => (entry === undefined ? [] : [entry.object])));
    for (const [object, size] of await readSizes(this.#port, [...objects].filter((object) => !this.#sizes.has(object)))) this.#sizes.set(object, size);
    const standing = new Set(view.paths().flatMap((path) => view.entry(path)?.object ?? []));
    this.#held = new Map([...this.#held].filter(([object]) => standing.has(object) || objects.has(object)));
    const sources = new Set(await sourcesOf(changes.map(([path]) => path)));
    const wanted = new Set(changes.flatMap(([path, entry]) => {
      if (entry === undefined || !(sources.has(path) || usuallyRead.test(path)) || this.#held.has(entry.object)) return [];
      const size = this.#sizes.get(entry.object);
      return size === undefined || size > aheadBytesMax ? [] : [entry.object];
    }));
    await this.read([...wanted]);
  }

  async read(objects: readonly string[]): Promise<void> {
    for (const [object, bytes] of await readBlobs(this.#port, objects, this.#sizes)) this.#held.set(object, bytes);
  }
}
