// Decides on what Codex asks leave for, by the walls that it works in and by the guard. Pure.
import type { CodexDecision, CommandApprovalParams, FileApprovalParams } from "./protocol.ts";

export interface Approval { readonly what: string; readonly decision: CodexDecision; readonly reason: string }

/** A command may run as it is, inside of whatever walls there are; for the same one nothing is asked again. More than that is never given. */
export function decideCommand(asked: CommandApprovalParams): Approval {
  const what = `run ${asked.command ?? "a command"}`;
  const isAbsent = (value: unknown): boolean => value === undefined || value === null;
  if (!isAbsent(asked.networkApprovalContext)) return { what, decision: "decline", reason: "no network is opened for one command; what a task may reach stands in inspan.yaml" };
  // "on-request" asks only for what the walls refuse: a reason without a kind that we know is such a question too.
  if (!isAbsent(asked.additionalPermissions) || !isAbsent(asked.reason) || (asked.kind ?? "command") !== "command")
    return { what, decision: "decline", reason: "commands stay inside of their walls; find a way within the worktree, or ask a person" };
  return { what, decision: "acceptForSession", reason: "its walls hold it" };
}

/** `refusal`: why one of the paths may not be edited. A root for the whole session is never granted. */
export function decideFileChange(
  asked: FileApprovalParams,
  edit: { readonly paths: readonly string[]; readonly canEdit: boolean; readonly refusal: string | undefined },
): Approval {
  const what = `edit ${edit.paths.join(", ") || "files"}`;
  if (!edit.canEdit) return { what, decision: "decline", reason: "this session reads and does not edit" };
  if (edit.paths.length === 0) return { what, decision: "decline", reason: "it does not say what it edits" };
  if (edit.refusal !== undefined) return { what, decision: "decline", reason: edit.refusal };
  if (asked.grantRoot !== undefined && asked.grantRoot !== null)
    return { what: `write below ${asked.grantRoot}`, decision: "decline", reason: "a session is given no further folder" };
  return { what, decision: "accept", reason: "it stays in the worktree" };
}
