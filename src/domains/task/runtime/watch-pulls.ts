// `inspan pr watch`: one look at all pull requests of the tasks and at the base, again and again: questions are asked there, answers of people resume the task, and
// a base that became red gets a revert. A few requests a look, however many pull requests are open.
import { isAbort, messageOf } from "../../../base/errors.ts";
import type { OperationContext } from "../../../providers/index.ts";
import { answerEffect, forgeSection } from "../../forge/index.ts";
import { findAnswers, markerOf, trailerTaskOf, type FoundAnswer, type PullRequest } from "../../pull-request/index.ts";
import { openPullRequests, watchBase, type BaseWatch, type PullRequests } from "../../pull-request/runtime/index.ts";
import { isAsking, isHeardBy, questionEffect, renderQuestion } from "../service/hold-talk.ts";
import { isLeftOpen } from "../service/landing.ts";
import { isAtRest } from "../service/transition.ts";
import type { TaskState } from "../types/index.ts";
import { resumeWithGroup } from "./group.ts";
import { cancelAtRest, runTask } from "./start.ts";
import { wakeTasks, type Woken } from "./wake.ts";
import { livingRunner, openTasks, type OpenTasks } from "./watch.ts";

// More tasks than this are history; a held one among them was left by everybody.
const tasksMax = 1_000;
// Comments of people who may not decide, remembered so that nobody asks the forge about them again.
const refusedMax = 10_000;

export interface PullWatchOptions {
  /** One look, then whatever it set going. */
  readonly isOnce: boolean;
  readonly minutes: number;
  /** Tasks that go on at the same time. */
  readonly atOnce: number;
  readonly isUnsandboxedAllowed: boolean;
}

export interface PullWatchEnd {
  readonly looks: number;
  readonly asked: readonly string[];
  readonly answered: readonly { readonly taskId: string; readonly by: string; readonly outcome: string }[];
  /** Tasks that had ended with their pull request open, and why they were taken up again. */
  readonly woken: readonly Woken[];
  readonly base: BaseWatch | undefined;
  /** Looks that failed, with the last reason: a forge that is down is looked at again. */
  readonly failures: number;
  readonly lastFailure: string | undefined;
}

interface Watcher {
  readonly context: OperationContext;
  readonly tasks: OpenTasks;
  readonly pullRequests: PullRequests;
  readonly options: PullWatchOptions;
  readonly running: Map<string, Promise<void>>;
  readonly refused: Set<string>;
  readonly asked: string[];
  readonly answered: { taskId: string; by: string; outcome: string }[];
  readonly woken: Woken[];
}

type Asking = TaskState & { readonly pullRequest: PullRequest };

/** Goes on with the task in this process; its end is told, its failure never ends the watch. */
function goOn(watcher: Watcher, state: Asking, { word, command }: FoundAnswer): void {
  runAside(watcher, state, word.author, async () => {
    if (command.kind === "cancel") { await cancelAtRest(watcher.tasks, state); return "cancelled"; }
    const { result } = await resumeWithGroup(watcher.context, {
      id: state.id,
      ...(command.kind === "answer" ? { answer: command.text } : {}),
      comment: word.id,
      isUnsandboxedAllowed: watcher.options.isUnsandboxedAllowed,
    });
    return result.isStopped ? "stopped" : result.state.status;
  });
}

/** What a watch had set going when it was killed: an answer on the pull request, or the repair of a red base. Whoever else started a task goes on with it. */
async function isLeftBehind({ tasks, running }: Watcher, state: TaskState): Promise<boolean> {
  const isOurs = (state.heard ?? []).length > 0 || state.wokenBy !== undefined || isRepair(state);
  return isOurs && !isAtRest(state) && !running.has(state.id) && (await livingRunner(tasks, state.id)) === undefined;
}

function runAside(watcher: Watcher, state: TaskState, by: string, work: () => Promise<string>): void {
  const { context } = watcher;
  const told = work().catch((error: unknown) => { context.providers.log.warn("watch.resume.failed", { taskId: state.id, error: messageOf(error) }); return `failed: ${messageOf(error).split("\n")[0] ?? ""}`; }).then((outcome) => {
    watcher.answered.push({ taskId: state.id, by, outcome });
    context.emit({ type: "rested", taskId: state.id, outcome });
    context.progress(`task ${state.id}: ${outcome}`);
  }).finally(() => watcher.running.delete(state.id));
  watcher.running.set(state.id, told);
}

const isMoving = (state: TaskState, { command }: FoundAnswer): boolean => command.kind === "cancel" || isHeardBy(state, command.kind === "answer" ? command.text : undefined);

/** The first answer that moves the task, of somebody who may decide. What others said is remembered and never counts; whoever may decide is told why their word moves nothing. */
async function firstAnswer(watcher: Watcher, state: Asking, found: readonly FoundAnswer[]): Promise<FoundAnswer | undefined> {
  const { refused, pullRequests, context } = watcher;
  for (const answer of found) {
    const { word } = answer;
    const key = `${state.id}:${word.id}`;
    if (refused.has(key)) continue;
    const mayDecide = await pullRequests.mayDecide(word);
    if (mayDecide && isMoving(state, answer)) return answer;
    if (refused.size < refusedMax) refused.add(key);
    if (mayDecide)
      await pullRequests.say(state.pullRequest, {
        effect: answerEffect(word.id),
        thread: word.threadId,
        body: `@${word.author}: a policy holds this back, and only the word itself moves it (\`/inspan answer merge\`).`,
      });
    else context.progress(`task ${state.id}: ${word.author} may not decide here`);
  }
  return undefined;
}

async function hearTask(watcher: Watcher, state: Asking, words: Parameters<typeof findAnswers>[0]): Promise<void> {
  const { context, pullRequests, options } = watcher;
  const { pullRequest } = state;
  const question = markerOf(trailerTaskOf(pullRequest), questionEffect(state));
  if (!words.some((word) => word.isOurs && word.body.includes(question))) {
    await pullRequests.say(pullRequest, { effect: questionEffect(state), body: renderQuestion(state) });
    watcher.asked.push(state.id);
    context.emit({ type: "asked", taskId: state.id, pullRequest: pullRequest.id });
    return;
  }
  if (watcher.running.size >= options.atOnce) return; // in a later look
  const answer = await firstAnswer(watcher, state, findAnswers(words, question, state.heard ?? []));
  if (!answer) return;
  const { word, command } = answer;
  // Said before the task goes on: a watch that is killed in between says it once and hears the answer again.
  await pullRequests.say(pullRequest, {
    effect: answerEffect(word.id),
    thread: word.threadId,
    body: `Heard, @${word.author}: ${command.kind === "cancel" ? "the task is cancelled." : "the task goes on."}`,
  });
  context.emit({ type: "answered", taskId: state.id, by: word.author, command: command.kind });
  context.progress(`task ${state.id}: ${word.author} says ${command.kind}`);
  goOn(watcher, state, answer);
}

async function lookAtTasks(watcher: Watcher): Promise<void> {
  const listed = await watcher.tasks.store.list({ countMax: tasksMax });
  for (const { state } of listed) {
    if (watcher.running.size >= watcher.options.atOnce || !(await isLeftBehind(watcher, state))) continue;
    watcher.context.progress(`task ${state.id}: a killed watch left it, it goes on`);
    runAside(watcher, state, "watch", async () => {
      const { result } = await resumeWithGroup(watcher.context, { id: state.id, isUnsandboxedAllowed: watcher.options.isUnsandboxedAllowed });
      return result.isStopped ? "stopped" : result.state.status;
    });
  }
  const idle = listed.flatMap(({ state }) => (state.pullRequest && !watcher.running.has(state.id) ? [{ ...state, pullRequest: state.pullRequest }] : []));
  await wakeTasks(watcher, idle.filter(isLeftOpen));
  const held = idle.filter(isAsking);
  if (held.length === 0) return;
  const words = await watcher.pullRequests.readWords(held.map(({ pullRequest }) => pullRequest));
  for (const state of held) {
    const own = words.get(state.pullRequest.id);
    if (own) await hearTask(watcher, state, own);
  }
}

/** The first line of a repair's prompt names the commit: a task that bears it is there already, whatever became of it. */
const repairTitle = (names: string, branch: string, commit: string): string => `Mend ${names}: red on ${branch} since ${commit.slice(0, 10)}`;
const isRepair = ({ prompt }: TaskState): boolean => /^Mend [^\n]+: red on \S+ since [0-9a-f]{10} /.test(prompt);

async function lookAtBase(watcher: Watcher): Promise<BaseWatch> {
  const { context, tasks: { run }, pullRequests, options } = watcher;
  const base = await watchBase(context, { repository: run.repository, pullRequests, isUnsandboxedAllowed: options.isUnsandboxedAllowed });
  if (base.kind !== "regression") return base;
  const { culprit, failed, pullRequest, revert } = base.regression;
  if (!base.isKnown) {
    context.emit({
      type: "regression",
      commit: culprit.commit,
      pullRequest: pullRequest?.id ?? null,
      revert: revert?.kind === "open" ? revert.pullRequest.id : null,
      checks: failed.map(({ name }) => name),
    });
    await run.signals.record(
      {
        kind: "revert",
        title: `The base is red since "${culprit.title}"`,
        text: failed.map(({ name, log }) => `${name}:\n${log}`).join("\n\n"),
        link: pullRequest?.url ?? culprit.commit,
        cause: `regression:${failed
          .map(({ name }) => name)
          .sort()
          .join(",")}`,
        ...(culprit.task === undefined ? {} : { taskId: culprit.task }),
        commit: culprit.commit,
      },
      `regression:${culprit.commit}`,
    );
  }
  if (revert?.kind === "conflict") await repair(watcher, { culprit, failed, pullRequest, paths: revert.paths });
  return base;
}

/** What cannot be taken back alone is mended, by one task. The log is others' text, so the whole prompt is shown as such. */
async function repair(
  watcher: Watcher,
  {
    culprit,
    failed,
    pullRequest,
    paths,
  }: {
    readonly culprit: { readonly commit: string; readonly title: string };
    readonly failed: readonly { readonly name: string; readonly log: string }[];
    readonly pullRequest: PullRequest | undefined;
    readonly paths: readonly string[];
  },
): Promise<void> {
  const { context, tasks, options } = watcher;
  const title = repairTitle(failed.map(({ name }) => name).join(", "), tasks.run.repository.baseBranch, culprit.commit);
  if (watcher.running.size >= options.atOnce || watcher.running.has(culprit.commit)) return; // in a later look
  if ((await tasks.store.list({ countMax: tasksMax })).some(({ state }) => state.prompt.startsWith(title))) return;
  const prompt = `${title} ("${culprit.title}"${pullRequest ? `, pull request ${pullRequest.id}` : ""})\n\nIt cannot be reverted alone, because later changes touch the same places (${paths.join(", ")}).\n\n${failed.map(({ name, log }) => `${name}:\n${log}`).join("\n\n")}`;
  const work = runTask(context, { prompt, source: "file", agent: {}, until: "merge", budget: {}, isUnsandboxedAllowed: options.isUnsandboxedAllowed })
    .then(
      ({ state }) => {
        watcher.answered.push({ taskId: state.id, by: "regression", outcome: state.status });
      },
      (error: unknown) => {
        context.providers.log.warn("watch.fix.failed", { error: messageOf(error) });
      },
    )
    .finally(() => watcher.running.delete(culprit.commit));
  watcher.running.set(culprit.commit, work);
}

/** Looks until the time is over or the signal aborts; what it resumed comes to rest before it returns. */
export async function watchPulls(context: OperationContext, options: PullWatchOptions): Promise<PullWatchEnd> {
  const { clock, log } = context.providers;
  const tasks = await openTasks(context);
  const { repository } = tasks.run;
  const configuration = await context.loadConfiguration(repository.rootPath);
  const pollMs = configuration.read(forgeSection).pollSeconds * 1000;
  const pullRequests = await openPullRequests({ providers: context.providers, repository, configuration, signal: context.signal });
  const watcher: Watcher = { context, tasks, pullRequests, options, running: new Map(), refused: new Set(), asked: [], answered: [], woken: [] };
  const untilMs = clock.monotonicMs() + options.minutes * 60_000;
  let looks = 0;
  let failures = 0;
  let lastFailure: string | undefined;
  let base: BaseWatch | undefined;
  try {
    for (;;) {
      context.signal.throwIfAborted();
      looks++;
      for (const look of [() => lookAtTasks(watcher), async () => { base = await lookAtBase(watcher); }]) {
        try { await look(); } catch (error) {
          if (isAbort(error) || context.signal.aborted || options.isOnce) throw error;
          failures++;
          lastFailure = messageOf(error);
          log.warn("watch.look.failed", { error: lastFailure });
          context.progress(lastFailure.split("\n")[0] ?? "");
        }
      }
      if (options.isOnce || clock.monotonicMs() + pollMs > untilMs) break;
      await clock.sleep(pollMs, context.signal);
    }
    await Promise.all(watcher.running.values());
    return { looks, asked: watcher.asked, answered: watcher.answered, woken: watcher.woken, base, failures, lastFailure };
  } finally {
    await Promise.allSettled(watcher.running.values());
    pullRequests.close();
    await tasks.close();
  }
}
