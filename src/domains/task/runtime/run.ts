// What one running task has at hand: its stores, its repository and the configuration of its base commit.
import type { Configuration } from "../../../base/config-section.ts";
import { configurationAt, type OperationContext, type Providers } from "../../../providers/index.ts";
import type { AgentDriver } from "../../agent/index.ts";
import type { SignalRecorder } from "../../feedback/runtime/index.ts";
import type { Commit, Repository } from "../../worktree/index.ts";
import type { TaskStore } from "../repo.ts";
import type { TaskNote, TaskState } from "../types/index.ts";

export interface TaskRun {
  readonly context: OperationContext;
  readonly providers: Providers;
  readonly repository: Repository;
  readonly store: TaskStore;
  readonly signals: SignalRecorder;
  /** By name; those that were found to be there, or are being asked. */
  readonly drivers: Map<string, Promise<AgentDriver>>;
  /** Where the base stood when a task was started here a moment ago; each is used once. */
  readonly bases: Map<string, { readonly ref: string; readonly commit: Commit; readonly treeBytes: Promise<number> }>;
  /** Writes journal lines outside of a state change, and tells them to whoever watches. */
  record(state: TaskState, records: readonly JournalLine[]): Promise<void>;
  /** inspan.yaml as it is at a commit: what defines checks, rules and reviewers never comes from the worktree. */
  configurationAt(commit: Commit): Promise<Configuration>;
}

/** The task as it is now, and how a note of the author becomes part of it. */
export interface Desk { current(): TaskState; note(note: Omit<TaskNote, "at">): Promise<void> }

export interface JournalLine { readonly type: string; readonly data: Readonly<Record<string, unknown>> }

/** Writes journal lines in the order in which callbacks hand them in. A line that cannot be written fails `settled`, never the process. */
export function createJournalQueue(run: TaskRun, state: TaskState): { push(line: JournalLine): void; settled(): Promise<void> } {
  let writing: Promise<void> = Promise.resolve();
  let failure: { readonly error: unknown } | undefined;
  return {
    push: (line) => { writing = writing.then(() => (failure ? undefined : run.record(state, [line]))).catch((error: unknown) => { failure = { error }; }); },
    settled: async () => {
      await writing;
      if (failure) throw failure.error;
    },
  };
}

/** A reader of inspan.yaml at commits, each read once. */
export function createConfigurationReader(context: OperationContext, repository: Repository): (commit: Commit) => Promise<Configuration> {
  const known = new Map<Commit, Configuration>();
  return async (commit) => {
    const cached = known.get(commit);
    if (cached) return cached;
    const configuration = await configurationAt(context, { cwd: repository.rootPath, commit });
    known.set(commit, configuration);
    return configuration;
  };
}
