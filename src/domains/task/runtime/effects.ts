// Does what the state machine asks for, and says what came of it. Each can be repeated after a crash: it looks first.
import { dirname, join } from "node:path";
import { assertNever } from "../../../base/assert.ts";
import { InspanError } from "../../../base/errors.ts";
import { reviewSection, withDebt } from "../../review/index.ts";
import { copySection, setupSection, type Worktree } from "../../worktree/index.ts";
import {
  beginMerge,
  commitWorktree,
  conflictMarks,
  createWorktree,
  deleteBranch,
  findForbiddenContent,
  headCommitOf,
  refreshBase,
  releaseWorktree,
} from "../../worktree/runtime/index.ts";
import type { Effect, TaskState } from "../types/index.ts";
import { worktreeOf, type BareEvent, type EffectContext } from "./effect-context.ts";
import { readFeatureList, writeFeatureFile } from "./feature-file.ts";
import { loadForTurn } from "./opening.ts";
import type { TaskRun } from "./run.ts";

async function prepare({ run, driver, signal }: EffectContext, state: TaskState): Promise<BareEvent> {
  const base = run.bases.get(state.id) ?? (await refreshBase(run.providers.git, run.repository, signal));
  run.bases.delete(state.id);
  const configuration = await run.configurationAt(base.commit);
  void loadForTurn(driver);
  const worktree = await createWorktree({
    providers: run.providers, repository: run.repository, owner: state.id, title: state.title, base,
    copy: configuration.read(copySection), setup: configuration.read(setupSection), isUnsandboxedAllowed: state.isUnsandboxedAllowed, progress: run.context.progress, signal,
  });
  const features = state.features && (await readFeatureList(run, base.commit, state.features.path));
  return { kind: "prepared", worktree, ...(features ? { features } : {}) };
}

/** What the author left for later gets its line in the tracker, in the same commit as the answer. */
async function writeDebt(run: TaskRun, state: TaskState): Promise<void> {
  if (!state.review.findings.some((finding) => finding.state === "deferred")) return;
  const { path, baseCommit } = worktreeOf(state);
  const file = join(path, (await run.configurationAt(baseCommit)).read(reviewSection).debt);
  const { files } = run.providers;
  const text = withDebt(await files.readText(file), state.review.findings);
  if (text === undefined) return;
  await files.makeFolder(dirname(file));
  // A folder that the agent made a link would lead our write out of the worktree.
  const [root, folder] = [files.now.realPath(path), files.now.realPath(dirname(file))];
  if (root === undefined || folder === undefined || !`${folder}/`.startsWith(`${root}/`))
    throw new InspanError("DEBT_OUTSIDE", `Cannot write "${file}": it lies outside of the worktree, expected inside.`, {
      remedy: "mend review.debt in inspan.yaml, or remove the link",
    });
  await files.writeText(file, text);
}

async function commit({ run }: EffectContext, state: TaskState, message: string): Promise<BareEvent> {
  const { path, baseCommit } = worktreeOf(state);
  const forbidden = await findForbiddenContent(run.providers.git, run.providers.files, path, baseCommit);
  if (forbidden.length > 0)
    return {
      kind: "commit-refused",
      failures: [
        {
          channel: "harness",
          title: "the worktree holds what must not be committed",
          text: `Remove it or replace it by ordinary files:\n${forbidden.map((item) => `${JSON.stringify(item.path)}: ${item.reason}`).join("\n")}`,
        },
      ],
    };
  const marks = await conflictMarks(run.providers.git, path);
  if (marks.length > 0) return { kind: "commit-refused", failures: [{ channel: "test-output", title: "marks of a conflict are left", text: marks.slice(0, 50).join("\n") }] };
  await writeDebt(run, state);
  await writeFeatureFile(run, state);
  const before = await headCommitOf(run.providers.git, path);
  // A crash between commit and journal leaves the head moved already: it is told apart by what the state last knew.
  const made = await commitWorktree(run.providers.git, path, run.providers.secrets.redact(message));
  const head = made ?? before;
  return { kind: "committed", head, isChanged: head !== state.head };
}

/** Merges the base as it is now into the worktree; the commit comes after the author, or at once where nothing conflicts. */
async function update({ run, signal }: EffectContext, state: TaskState): Promise<BareEvent> {
  const base = await refreshBase(run.providers.git, run.repository, signal);
  return { kind: "updated", base: base.commit, conflicts: await beginMerge(run.providers.git, worktreeOf(state).path, base.commit) };
}

async function cleanUp({ run, author }: EffectContext, state: TaskState): Promise<BareEvent> {
  await author.dispose();
  const { rescueRef, deleted } = await releaseWorktree(run.providers, run.repository, state.id);
  if (rescueRef) await run.record(state, [{ type: "rescue", data: { ref: rescueRef } }]);
  await deleted;
  if (state.mergeCommit && state.worktree && state.head) await deleteBranch(run.providers.git, run.repository, { branch: state.worktree.branch, head: state.head });
  return { kind: "cleaned-up" };
}

/** A worktree that somebody removed by hand is made again from its branch; what was not committed in it is gone with it. */
async function restoreWorktree({ run, signal }: EffectContext, state: TaskState, worktree: Worktree): Promise<void> {
  if (await run.providers.files.facts(join(worktree.path, ".git"))) return;
  const configuration = await run.configurationAt(worktree.baseCommit);
  run.context.progress(`the worktree is gone; it is made again from ${worktree.branch}`);
  await createWorktree({
    providers: run.providers,
    repository: run.repository,
    owner: state.id,
    title: state.title,
    base: { ref: worktree.baseRef, commit: worktree.baseCommit },
    resume: state.head === undefined ? undefined : { branch: worktree.branch, headCommit: state.head },
    copy: configuration.read(copySection), setup: configuration.read(setupSection), isUnsandboxedAllowed: state.isUnsandboxedAllowed, progress: run.context.progress, signal,
  });
}

/** Executes one effect; what only a later one needs loads with it: a task begins without reviews, forges and checks. Rejects with an AbortError when the signal aborts, with an InspanError where the world is broken. */
export async function executeEffect(context: EffectContext, state: TaskState, effect: Effect): Promise<BareEvent> {
  if (state.worktree && effect.kind !== "prepare" && effect.kind !== "clean-up") await restoreWorktree(context, state, state.worktree);
  switch (effect.kind) {
    case "prepare": return prepare(context, state);
    case "turn": return context.author.runTurn(state, effect, context.signal);
    case "commit": return commit(context, state, effect.message);
    case "prove": return { kind: "proved", failures: await (await import("./prove.ts")).proveFeature(context.run, state, context.signal) };
    case "validate": return { kind: "validated", ...(await (await import("./validate.ts")).validateHead(context.run, state, context.signal)) };
    case "review": return (await import("./review.ts")).reviewTask(context.run, context.driver, state, context.signal);
    case "publish": return (await import("./land.ts")).publish(context, state);
    case "check": return (await import("./land.ts")).check(context, state);
    case "merge": return (await import("./land.ts")).merge(context, state);
    case "queue": return (await import("./land.ts")).mergeQueued(context, state);
    case "update": return update(context, state);
    case "clean-up": return cleanUp(context, state);
    default: return assertNever(effect);
  }
}
