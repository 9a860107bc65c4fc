// One prompt over several repositories: its changes merge together or none does. What holds one back, what comes next, and when half of it has landed. Pure.
import type { TaskState } from "../types/index.ts";
import { hold } from "./moves.ts";

/** One repository of the group, in the order in which they merge; `state` is missing where its task was never begun or its folder is gone. */
export interface GroupMember {
  readonly repository: string;
  readonly state: TaskState | undefined;
  /** A person merged the pull request of a task that had stopped before. */ readonly isMergedByHand?: boolean;
}

export type GroupStep =
  /** All others have landed, have nothing to change, or wait, too: this one may merge. */
  | { readonly kind: "merge"; readonly index: number }
  /** A runner works on one of them. */
  | { readonly kind: "busy" }
  | { readonly kind: "closed"; readonly missing: readonly string[] }
  /** Some have landed, and one that was let through has come to rest without. */
  | { readonly kind: "half"; readonly landed: readonly number[]; readonly open: readonly number[] }
  | { readonly kind: "landed" };

const isAtRest = ({ status }: TaskState): boolean => status === "done" || status === "held" || status === "failed" || status === "cancelled";
const hasLanded = ({ state, isMergedByHand }: GroupMember): boolean => isMergedByHand === true || (state?.mergeCommit !== undefined && isAtRest(state));
const hasNothing = ({ state }: GroupMember): boolean => state?.status === "done" && state.plan?.noChangeReason !== undefined;
const isWaiting = ({ state }: GroupMember): boolean => state?.status === "held" && state.group?.isWaiting === true;

function describe({ repository, state }: GroupMember): string {
  if (state === undefined) return `${repository}: not begun, or not there`;
  return `${repository}: ${state.status}${state.status === "held" && state.hold ? ` (${state.hold.reason})` : state.status === "done" && state.pullRequest ? `, pull request ${state.pullRequest.id} is open` : ""}`;
}

export function decideGroup(members: readonly GroupMember[]): GroupStep {
  if (members.some(({ state }) => state !== undefined && !isAtRest(state))) return { kind: "busy" };
  const rest = members.filter((member) => !hasLanded(member) && !hasNothing(member));
  if (rest.length === 0) return { kind: "landed" };
  const stuck = rest.filter((member) => !isWaiting(member));
  if (stuck.length === 0) return { kind: "merge", index: members.findIndex(isWaiting) };
  const indexes = (wanted: (member: GroupMember) => boolean): readonly number[] => members.flatMap((member, index) => (wanted(member) ? [index] : []));
  // What a person merged alone was theirs to decide.
  const landed = indexes((member) => hasLanded(member) && member.isMergedByHand !== true && member.state?.group?.isAlone !== true);
  return landed.length > 0 ? { kind: "half", landed, open: indexes((member) => rest.includes(member)) } : { kind: "closed", missing: stuck.map(describe) };
}

/** A task of a group rests before its merge until all of them may. */
export function gateGroup(state: TaskState): TaskState {
  const { group, effect } = state;
  const isMerging = state.status === state.phase && (effect?.kind === "merge" || effect?.kind === "queue");
  if (!isMerging || group?.places === undefined || group.places.length < 2 || group.isReleased === true) return state;
  const others = group.repositories.join(", ");
  return hold({ ...state, group: { ...group, isWaiting: true } }, {
    reason: "policy",
    question: `Everything is green here. The changes of ${others} merge together, in this order, or none does: this one waits for the others. Merge it without them?`,
    options: ["resume (look at the others again)", "answer \"merge\" (without the others)", "cancel"], detail: others,
  });
}

/** Lets a waiting task through: because all may, or alone on a person's word. */
export function release(state: TaskState, by: "group" | "person"): TaskState {
  if (!state.group) return state;
  const { isWaiting: _, ...group } = state.group;
  return { ...state, group: { ...group, isReleased: true, ...(by === "person" ? { isAlone: true as const } : {}) } };
}
