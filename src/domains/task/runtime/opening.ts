// Begins what every task asks of git while the rest of the program is still being loaded: which repository, where its base stands, and what of
// the person's checkout the base lacks.
import type { OperationContext } from "../../../providers/index.ts";
import type { AgentDriver } from "../../agent/index.ts";
import type { Commit, Repository } from "../../worktree/index.ts";
import { openRepository, readTreeBytes, refreshBase } from "../../worktree/runtime/index.ts";
import { describeOutsideBase } from "./outside-base.ts";

export interface Opening {
  readonly repository: Promise<Repository>;
  /** The base, freshly fetched. */
  readonly base: Promise<{ readonly ref: string; readonly commit: Commit }>;
  /** What the base's files hold: whether a worktree has room. */
  readonly treeBytes: Promise<number>;
  /** A warning of what the task will not see. */
  readonly outside: Promise<string | undefined>;
}

// An answer of a process is read in a few turns of the event loop: its pipes, its end, what it left. A turn without news costs microseconds.
const turnsForAnswer = 12;

async function readAnswers(): Promise<void> {
  for (let turn = 0; turn < turnsForAnswer; turn++) await new Promise<void>((resolve) => { setImmediate(resolve); });
}

/**
 * The rest of the program, loaded while git works. Loading lets no event loop turn, so it is taken in parts: between them, what git has
 * answered leads to its next question. Rejects as `opening.repository` does.
 */
export async function loadBesides(opening: Opening): Promise<typeof import("./index.ts")> {
  await opening.repository;
  await Promise.all([import("../../lint/index.ts"), import("../../review/index.ts"), import("../../feedback/runtime/index.ts")]); // about half of it
  await readAnswers();
  return import("./index.ts");
}

/** By then git checks files out, in a process of its own; a load before it would only hold its start up. */
const checkoutBegunMs = 40;

/** What the first turn needs, loaded while git makes the worktree. Never rejects: what is missing is told by whoever needs it. */
export async function loadForTurn({ providers: { clock } }: OperationContext, driver: AgentDriver, signal: AbortSignal): Promise<void> {
  try {
    await clock.sleep(checkoutBegunMs, signal);
    await Promise.all([driver.load?.(), import("../../knowledge/runtime/index.ts")]);
  } catch { /* stopped, or told later */ }
}

/** Never throws: what fails is told to whoever awaits it. */
export function beginOpening(context: OperationContext, known?: Repository): Opening {
  const { providers: { git }, signal } = context;
  const repository = known === undefined ? openRepository(context) : Promise.resolve(known);
  const base = repository.then((found) => refreshBase(git, found, signal));
  const outside = repository.then(({ rootPath }) => describeOutsideBase(git, rootPath, base, signal));
  const treeBytes = Promise.all([repository, base]).then(([found, { commit }]) => readTreeBytes(git, found, commit));
  void Promise.allSettled([repository, base, outside, treeBytes]);
  return { repository, base, outside, treeBytes };
}
