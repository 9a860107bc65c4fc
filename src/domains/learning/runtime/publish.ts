// A decided proposal as files in a fresh tree, checked, committed, pushed and opened as a pull request. It never merges.
import { join } from "node:path";
import { InspanError, messageOf } from "../../../base/errors.ts";
import { slugify } from "../../../base/text.ts";
import type { OperationContext } from "../../../providers/index.ts";
import { rulesFolder } from "../../lint/index.ts";
import { contributedBy, runCheck, updateBaseline } from "../../lint/runtime/index.ts";
import type { PullRequests } from "../../pull-request/runtime/index.ts";
import type { Repository } from "../../worktree/index.ts";
import { commitWorktree } from "../../worktree/runtime/index.ts";
import type { FileEdit } from "../service/edits.ts";

export interface PublishOptions {
  readonly context: OperationContext;
  readonly repository: Repository;
  readonly pullRequests: PullRequests | undefined;
  readonly treePath: string;
  readonly base: string;
  readonly proposalId: string;
  readonly title: string;
  readonly edits: readonly FileEdit[];
  /** The new rule: what it finds today becomes known. */
  readonly rule: string | undefined;
  body(baselined: number): string;
  message: string;
  /** Writes this open pull request anew, in place of opening another one; whatever else stands on its branch stays. */
  readonly renewed?: { readonly branch: string; readonly head: string; readonly taskId: string };
}

export type Published =
  | { readonly kind: "opened"; readonly id: string; readonly url: string; readonly branch: string }
  | { readonly kind: "dry"; readonly baselined: number }
  | { readonly kind: "refused"; readonly reason: string };

/** Findings that the edits bring, and how many known places the new rule has. */
async function checkTree(options: PublishOptions): Promise<{ readonly refusal: string | undefined; readonly baselined: number }> {
  const { context, treePath, rule } = options;
  const contributed = await contributedBy({ ...context, cwd: treePath });
  const inTree = { providers: context.providers, rootPath: treePath, configuration: await context.loadConfiguration(treePath), signal: context.signal, contributed };
  const edited = new Set(options.edits.map(({ path }) => path));
  const report = await runCheck(inTree);
  const fresh = report.findings.filter(({ baselined }) => !baselined);
  const broken = fresh.find(({ file, severity }) => edited.has(file) && severity === "error");
  if (broken !== undefined) return { refusal: `the check refuses it: ${broken.rule} at ${broken.file}:${broken.line}: ${broken.found}`, baselined: 0 };
  // What a rule that goes had left in the baseline goes with it; without a reason an update only shortens.
  if (options.edits.some(({ path, text }) => text === undefined && path.startsWith(`${rulesFolder}/`))) await updateBaseline(inTree);
  const own = fresh.filter((finding) => finding.rule === rule);
  if (rule === undefined || own.length === 0) return { refusal: undefined, baselined: 0 };
  await updateBaseline({ ...inTree, acceptReason: `known when the rule ${rule} came`, acceptRules: [rule] });
  return { refusal: undefined, baselined: own.length };
}

export const proposalBranches = "inspan/learn/";
export const branchOf = (title: string, proposalId: string): string => `${proposalBranches}${slugify(title, 40, "guardrail")}-${proposalId}`;

export async function publish(options: PublishOptions): Promise<Published> {
  const { context, repository, pullRequests, treePath, base, proposalId } = options;
  const { files, git } = context.providers;
  const run = (args: readonly string[]) => git.run(args, { cwd: treePath, signal: context.signal });
  await run(["checkout", "--quiet", "--force", "--detach", base]);
  await run(["clean", "-fdxq"]);
  try {
    for (const { path, text } of options.edits) await (text === undefined ? files.remove(join(treePath, path)) : files.writeText(join(treePath, path), text));
    const { refusal, baselined } = await checkTree(options);
    if (refusal !== undefined) return { kind: "refused", reason: refusal };
    if (pullRequests === undefined) return { kind: "dry", baselined };
    const commit = await commitWorktree(git, treePath, options.message);
    if (commit === undefined) return { kind: "refused", reason: "the repository holds all of it already" };
    const { branch, head, taskId } = options.renewed ?? { branch: branchOf(options.title, proposalId), head: undefined, taskId: `dream-${proposalId}` };
    const pushed = await pullRequests.pushBranch({ worktreePath: treePath, branch, commit, expectedRemote: head });
    if (pushed.kind === "moved") return { kind: "refused", reason: head === undefined ? `the branch ${branch} is at the remote already` : `somebody has pushed to ${branch}` };
    const { id, url } = await pullRequests.openPullRequest({
      taskId,
      branch,
      baseBranch: repository.baseBranch,
      baseCommit: base,
      headCommit: commit,
      title: options.title,
      body: options.body(baselined),
      reviewers: [],
    });
    return { kind: "opened", id, url, branch };
  } catch (error) {
    context.signal.throwIfAborted();
    if (error instanceof InspanError) return { kind: "refused", reason: `it cannot be opened: ${messageOf(error)}` };
    throw error;
  }
}
