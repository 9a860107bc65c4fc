// Tells the author what holds for the files in play, each thing once a session: those that the prompt names, those that it edits.
import { messageOf } from "../../../base/errors.ts";
import type { PathContextReader } from "../../knowledge/runtime/index.ts";
import { changedPaths } from "../../worktree/runtime/index.ts";
import type { Worktree } from "../../worktree/index.ts";
import { editTokensMax, renderPlaceContext, startTokensMax } from "../service/context-text.ts";
import type { TaskState } from "../types/index.ts";
import type { TaskRun } from "./run.ts";

export interface PlaceTeller {
  /** For the beginning of a session; undefined where nothing is known. */
  atStart(state: TaskState): Promise<string | undefined>;
  /** For files that were just edited, what was not told yet. */
  afterEdit(paths: readonly string[]): Promise<string | undefined>;
}

type Reader = PathContextReader & Pick<typeof import("../../knowledge/runtime/index.ts"), "keyOf">;

// Every changed file of a long task would be all of the repository; the latest ones are what the author is at.
const changedMax = 20;

export function createPlaceTeller(run: TaskRun, worktree: Worktree): PlaceTeller {
  const known = new Set<string>();
  let opening: Promise<Reader | undefined> | undefined;
  // Rules as the base has them; documents as they lie in the worktree, read once.
  const read = async (): Promise<Reader> => {
    const { keyOf, openPathContext } = await import("../../knowledge/runtime/index.ts"); // loaded while the worktree was made
    return {
      ...(await openPathContext({
        ...run.context,
        cwd: worktree.path,
        callerPath: worktree.path,
        loadConfiguration: () => run.configurationAt(worktree.baseCommit),
      })),
      keyOf,
    };
  };
  const open = (): Promise<Reader | undefined> => (opening ??= read()
    .catch((error: unknown) => { run.providers.log.warn("task.context.unread", { message: messageOf(error) }); return undefined; })); // an author without it works all the same
  const tell = (reader: Reader, paths: readonly string[], tokensMax: number): string | undefined => {
    if (paths.length === 0) return undefined;
    const found = reader.of(paths, { tokensMax, known });
    for (const entry of [...found.guardrails, ...found.documents]) known.add(reader.keyOf(entry));
    return renderPlaceContext(paths, found);
  };
  return {
    atStart: async (state) => {
      const reader = await open();
      if (reader === undefined) return undefined;
      const changed =
        state.head === undefined || state.head === worktree.baseCommit
          ? []
          : (await changedPaths(run.providers.git, worktree.path, worktree.baseCommit)).map((entry) => entry.path).slice(0, changedMax);
      return tell(reader, [...new Set([...reader.namedIn(state.prompt), ...changed])], startTokensMax);
    },
    afterEdit: async (paths) => {
      const reader = await open();
      return reader && tell(reader, paths, editTokensMax);
    },
  };
}
