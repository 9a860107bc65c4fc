// The whole check of a head as its base defines it: inspan.yaml, own rules and known findings come from the base commit, documents are judged too.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { plural } from "../../../base/text.ts";
import type { Finding } from "../../lint/index.ts";
import { contributedBy, newFindings, renderFindingsForAgent, runCheck } from "../../lint/runtime/index.ts";
import type { Commit } from "../../worktree/index.ts";
import type { ChangedPath } from "../../worktree/runtime/index.ts";
import type { TaskState, ValidationFailure } from "../types/index.ts";
import { baseOf, inCleanTree } from "./clean-tree.ts";
import type { TaskRun } from "./run.ts";

/** Where own rules and known findings lie; a change of them counts once a person has merged it. */
const definitions = ".inspan";
/** That a list of the base became longer than needed is no fault of this head: the lists themselves are the base's. */
const aboutLists: readonly string[] = ["baseline", "exceptions"];

export interface RulesInput { readonly tree: string; readonly changed: readonly ChangedPath[]; readonly signal: AbortSignal }

/** Errors in what the head changed, and those elsewhere that the base does not have: a page that lost what it named, a circle that was closed. The tree has the definitions of the base afterwards. */
export async function checkRules(run: TaskRun, state: TaskState, { tree, changed, signal }: RulesInput): Promise<readonly ValidationFailure[]> {
  const base = baseOf(state);
  const isChanged = new Set(changed.filter((entry) => entry.kind !== "deleted").map((entry) => entry.path));
  const found = await errorsOf(run, base, tree, signal);
  const elsewhere = found.filter((finding) => !isChanged.has(finding.file));
  const fresh = elsewhere.length === 0 ? [] : newFindings(elsewhere, await inCleanTree(run, state, base, signal, (baseTree) => errorsOf(run, base, baseTree, signal)));
  const errors = [...found.filter((finding) => isChanged.has(finding.file)), ...fresh];
  if (errors.length === 0) return [];
  return [
    {
      channel: "finding",
      title: `${plural(errors.length, "finding")} of the repository's rules: ${[...new Set(errors.map((finding) => finding.rule))].join(", ")}`,
      text: renderFindingsForAgent(errors),
    },
  ];
}

async function errorsOf(run: TaskRun, base: Commit, tree: string, signal: AbortSignal): Promise<readonly Finding[]> {
  await layDefinitions(run, base, tree);
  const configuration = await run.configurationAt(base);
  const report = await runCheck({ providers: run.providers, rootPath: tree, configuration, contributed: await contributedBy(run.context), since: base, signal });
  return report.findings.filter((finding) => finding.severity === "error" && !finding.baselined && !aboutLists.includes(finding.rule));
}

async function layDefinitions(run: TaskRun, base: Commit, tree: string): Promise<void> {
  const { git } = run.providers;
  await rm(join(tree, definitions), { recursive: true, force: true });
  const listed = await git.run(["ls-tree", "--name-only", base, "--", definitions], { cwd: tree });
  if (listed.stdout.trim() !== "") await git.run(["checkout", "--quiet", base, "--", definitions], { cwd: tree });
}
