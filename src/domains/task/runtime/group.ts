// The tasks of one prompt over several repositories, brought to their common end: all merge in the order in which they were named, or none does. May be called again
// and again, by any process: where it stands lies in the tasks and at the remotes alone.
import { fingerprint } from "../../../base/hash.ts";
import { InspanError, isAbort, messageOf } from "../../../base/errors.ts";
import type { OperationContext } from "../../../providers/index.ts";
import type { Repository } from "../../worktree/index.ts";
import { offerRevertOf, openPullRequests, revertBranchOf, type PullRequests, type RevertOffer } from "../../pull-request/runtime/index.ts";
import { decideGroup, type GroupMember } from "../service/group.ts";
import type { TaskState } from "../types/index.ts";
import { resumeTask, runTask, type ResumeOptions, type TaskResult } from "./start.ts";
import { livingRunner, openTasks } from "./watch.ts";

// Tasks of a repository that are looked through for the one of a group; older ones were left by everybody.
const tasksMax = 1_000;

type Group = NonNullable<TaskState["group"]>;
type Member = GroupMember & { readonly context: OperationContext; readonly folder: string; readonly isRunning: boolean; readonly found: Repository | undefined };

export interface GroupReport {
  /** landed: all of it; half: some has, and reverts are offered; waiting: none may yet; busy: another process works on it. */
  readonly state: "landed" | "half" | "waiting" | "busy";
  /** Names of the repositories in the order in which they merge. */
  readonly order: readonly string[];
  /** Why it waits, or what of it has not landed. */
  readonly missing: readonly string[];
  /** Pull requests that take back what has landed. */
  readonly reverts: readonly string[];
}

async function readMember(context: OperationContext, { id, repositories, places = [] }: Group, index: number): Promise<Member> {
  const folder = places[index] ?? "";
  const here = { ...context, cwd: folder };
  const repository = repositories[index] ?? folder;
  try {
    const tasks = await openTasks(here);
    try {
      // The newest counts: one that was begun afresh takes the place of the other.
      const state = (await tasks.store.list({ countMax: tasksMax })).find((one) => one.state.group?.id === id)?.state;
      return { context: here, folder, repository, state, found: tasks.run.repository, isRunning: state !== undefined && (await livingRunner(tasks, state.id)) !== undefined };
    } finally { await tasks.close(); }
  } catch (error) {
    if (isAbort(error)) throw error;
    context.progress(`${repository}: ${messageOf(error).split("\n")[0] ?? ""}`);
    return { context: here, folder, repository, state: undefined, found: undefined, isRunning: false };
  }
}

const readMembers = (context: OperationContext, group: Group): Promise<readonly Member[]> => Promise.all((group.places ?? []).map((_, index) => readMember(context, group, index)));

async function withPulls<T>({ context, found }: Member, work: (pullRequests: PullRequests, repository: Repository) => Promise<T>): Promise<T | undefined> {
  if (!found) return undefined;
  const pullRequests = await openPullRequests({
    providers: context.providers,
    repository: found,
    configuration: await context.loadConfiguration(found.rootPath),
    signal: context.signal,
  });
  try { return await work(pullRequests, found); } finally { pullRequests.close(); }
}

/** Says it once on the pull request of each; that it cannot be said undoes nothing. */
async function sayOnEach(members: readonly Member[], effect: string, bodyFor: (member: Member) => string): Promise<void> {
  for (const member of members) {
    const { context, state } = member;
    const pullRequest = state?.pullRequest;
    if (!pullRequest) continue;
    try { await withPulls(member, (pullRequests) => pullRequests.say(pullRequest, { effect, body: bodyFor(member) })); } catch (error) {
      context.signal.throwIfAborted();
      context.providers.log.warn("task.group.not-said", { taskId: state.id, effect, error: messageOf(error) });
    }
  }
}

function describeOthers(members: readonly Member[], own: Member): string {
  return members.filter((member) => member !== own).map(({ repository, state }) => {
    if (state?.pullRequest) return `- ${repository}: ${state.pullRequest.url}`;
    return state?.plan?.noChangeReason === undefined
      ? `- ${repository}: no pull request (${state?.status ?? "not begun"})`
      : `- ${repository}: nothing to change: ${state.plan.noChangeReason}`;
  }).join("\n");
}

/** Each pull request names the others, and the order in which they merge. */
async function link(members: readonly Member[], id: string): Promise<void> {
  const order = members.some(({ state }) => state?.group?.isWaiting === true)
    ? `\n\nThey merge together, in this order, or none does: ${members.map(({ repository }) => repository).join(", ")}.`
    : "";
  await sayOnEach(members, `group:${id}`, (member) => `### Belongs together with\n\n${describeOthers(members, member)}${order}`);
}

/** A pull request that a person merged after its task had stopped. */
async function withMergedByHand(member: Member): Promise<Member> {
  const { state } = member;
  if (!state?.pullRequest || state.mergeCommit !== undefined || state.status === "held") return member;
  const { id } = state.pullRequest;
  const now = await withPulls(member, (pullRequests) => pullRequests.readPullRequest(id));
  return now?.state === "merged" ? { ...member, isMergedByHand: true } : member;
}

/** What has landed gets a revert that a person may merge; the other way on is the task that is stuck. */
async function offerReverts(members: readonly Member[], { landed, open }: { readonly landed: readonly number[]; readonly open: readonly number[] }): Promise<readonly string[]> {
  const isOpen = (_: Member, index: number): boolean => open.includes(index);
  const stuck = members.filter(isOpen).map(({ repository, state }) => `${repository}: ${state?.status ?? "not begun"}${state?.hold ? `: ${state.hold.question}` : ""}`);
  const offers: { readonly member: Member; readonly offer: RevertOffer }[] = [];
  for (const index of landed) {
    const member = members[index];
    const { state } = member ?? {};
    const commit = state?.mergeCommit;
    if (!member || commit === undefined) continue;
    const offer = await withPulls(member, (pullRequests, repository) => offerRevertOf(member.context, {
      repository, pullRequests, commit, pullRequest: state?.pullRequest, evidence: stuck.join("\n"),
      why: `It belongs together with changes that have not landed: ${members
        .filter(isOpen)
        .map(({ repository: name }) => name)
        .join(", ")}. Merge this where they will not; it is closed by itself once they have.`,
    }));
    if (offer) offers.push({ member, offer });
  }
  const lines = offers.map(
    ({ member, offer }) =>
      `- ${member.repository} has landed${offer.kind === "conflict" ? ` and cannot be taken back alone (${offer.paths.slice(0, 5).join(", ")})` : `; its revert is ${offer.kind}: ${offer.pullRequest.url}`}`,
  );
  await sayOnEach(
    members,
    `group-half:${fingerprint(stuck.join("\n")).slice(0, 12)}`,
    () =>
      `### Half of it has landed\n\n${[...lines, ...stuck.map((words) => `- ${words}`)].join("\n")}\n\nEither what is stuck goes on (\`inspan task resume\`, \`inspan task answer\`), or the reverts are merged.`,
  );
  return offers.flatMap(({ offer }) => (offer.kind === "open" ? [offer.pullRequest.id] : []));
}

/** All of it has landed: a revert that was offered meanwhile is nobody's wish any more. */
async function closeReverts(members: readonly Member[]): Promise<void> {
  for (const member of members) {
    const commit = member.state?.mergeCommit;
    if (commit === undefined) continue;
    await withPulls(member, async (pullRequests) => {
      const revert = await pullRequests.findByBranch(revertBranchOf(commit));
      // One that a red base asked for names a task of its own and stays.
      if (revert?.state !== "open" || !revert.body.includes("It belongs together with changes that have not landed")) return;
      await pullRequests.say(revert, { effect: "group-landed", body: "What it belongs to has landed, too: nothing is to be taken back." });
      await pullRequests.abandon(revert);
    });
  }
}

/** Merges one after the other as far as it may. Rejects as resumeTask() does, but where another process works on one of them. */
export async function settleGroup(context: OperationContext, group: Group): Promise<GroupReport> {
  const order = group.repositories;
  for (let merges = 0; ; merges++) {
    context.signal.throwIfAborted();
    const members = await Promise.all((await readMembers(context, group)).map(withMergedByHand));
    const step = decideGroup(members);
    if (step.kind === "busy") return { state: "busy", order, missing: [], reverts: [] };
    if (merges === 0) await link(members, group.id);
    switch (step.kind) {
      case "landed": await closeReverts(members); return { state: "landed", order, missing: [], reverts: [] };
      case "closed": return { state: "waiting", order, missing: step.missing, reverts: [] };
      case "half": {
        const reverts = await offerReverts(members, step);
        const missing = step.open.map((index) => `${members[index]?.repository ?? ""}: ${members[index]?.state?.hold?.question ?? members[index]?.state?.status ?? "not begun"}`);
        for (const what of missing) context.progress(`half of it has landed; not ${what}`);
        return { state: "half", order, missing, reverts };
      }
      case "merge": {
        const member = members[step.index];
        if (!member?.state) throw new Error("BUG: expected a task that waits");
        // A task that waits again after it was let through would go round for ever.
        if (merges > order.length) throw new Error("BUG: expected each repository to be let through once");
        try { await resumeTask(member.context, { id: member.state.id, isGroupReady: true, isUnsandboxedAllowed: member.state.isUnsandboxedAllowed }); } catch (error) {
          if (!(error instanceof InspanError) || error.code !== "TASK_RUNNING") throw error;
          return { state: "busy", order, missing: [], reverts: [] };
        }
      }
    }
  }
}

/** Begins or goes on with what a killed process left of the other repositories. */
async function revive(context: OperationContext, state: TaskState, group: Group, isUnsandboxedAllowed: boolean): Promise<void> {
  const members = await readMembers(context, group);
  if (members.some(({ isRunning }) => isRunning)) return; // whoever runs it looks after the rest
  const settled = await Promise.allSettled(members.map(async (member) => {
    if (member.state?.id === state.id || member.found === undefined) return;
    const { isWaiting: _, isReleased: __, isAlone: ___, ...fresh } = group;
    if (member.state === undefined)
      await runTask(member.context, {
        prompt: state.prompt,
        source: state.source,
        agent: state.agent,
        until: state.until,
        budget: state.budget,
        isUnsandboxedAllowed,
        group: fresh,
      });
    else if (!["done", "held", "failed", "cancelled"].includes(member.state.status)) await resumeTask(member.context, { id: member.state.id, isUnsandboxedAllowed });
  }));
  for (const one of settled) if (one.status === "rejected" && !(one.reason instanceof InspanError && one.reason.code === "TASK_RUNNING")) throw one.reason;
}

/** The same as resumeTask(); where the task belongs to a group, the rest of it goes on, too. */
export async function resumeWithGroup(context: OperationContext, options: ResumeOptions): Promise<{ readonly result: TaskResult; readonly group?: GroupReport }> {
  const result = await resumeTask(context, options);
  const { state } = result;
  if (result.isStopped || !state.group?.places || state.group.places.length < 2) return { result };
  await revive(context, state, state.group, options.isUnsandboxedAllowed || state.isUnsandboxedAllowed);
  const group = await settleGroup(context, state.group);
  const tasks = await openTasks(context);
  try { return { result: { state: (await tasks.store.read(state.id)) ?? state, isStopped: false }, group }; } finally { await tasks.close(); }
}
