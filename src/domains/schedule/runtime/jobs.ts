// Looks before a ready-made job spends anything: what is outdated, which check gives two answers. Nothing found, nothing started.
import { join } from "node:path";
import { parseJson } from "../../../base/json.ts";
import type { OperationContext } from "../../../providers/index.ts";
import { checksSection } from "../../pull-request/index.ts";
import { openPullRequests } from "../../pull-request/runtime/index.ts";
import { copySection, type Repository } from "../../worktree/index.ts";
import { openRepository, refreshBase, withTemporaryTree } from "../../worktree/runtime/index.ts";
import { flakyPrompt, readOutdated, updatePrompt, updatesPrompt } from "../service/jobs.ts";
import type { ReadyMadeJob } from "../types.ts";

export type Found =
  | { readonly kind: "nothing"; readonly why: string }
  | { readonly kind: "task"; /** The first one that was not proposed before is started. */ readonly prompts: readonly string[] }
  | { readonly kind: "operation"; readonly command: string };

/** Three runs tell most flakes that a team notices; more would cost an hour a night. */
const flakyRuns = 3;
/** Updates that are looked through for one that nobody proposed yet. */
const candidatesMax = 50;
const outdatedMsMax = 120_000;
const manifests = ["package.json", "pyproject.toml", "requirements.txt", "go.mod", "Cargo.toml", "pom.xml", "build.gradle", "Gemfile", "composer.json"];

export async function lookForJob(context: OperationContext, job: ReadyMadeJob): Promise<Found> {
  if (job === "stale-documents") return { kind: "operation", command: "garden" };
  const repository = await openRepository(context);
  const base = await refreshBase(context.providers.git, repository, context.signal);
  return job === "flaky-tests" ? findFlake(context, repository, base.commit) : findUpdate(context, repository, base.commit);
}

async function findFlake(context: OperationContext, repository: Repository, commit: string): Promise<Found> {
  const { providers, signal } = context;
  const configuration = await context.loadConfiguration(repository.rootPath);
  const checks = configuration.read(checksSection);
  if (checks.length === 0) return { kind: "nothing", why: "inspan.yaml declares no checks" };
  const pullRequests = await openPullRequests({ providers, repository, configuration, signal });
  try {
    const seen = new Map<string, { statuses: string[]; log: string }>();
    for (let index = 0; index < flakyRuns; index++) {
      const ran = await pullRequests.runChecks({
        baseCommit: commit,
        headCommit: commit,
        checks,
        copy: configuration.read(copySection),
        isUnsandboxedAllowed: false,
        signal,
        progress: context.progress,
      });
      if (ran.kind === "conflict") return { kind: "nothing", why: "the base cannot be merged with itself" };
      for (const { name, status, log } of ran.results) {
        const one = seen.get(name) ?? { statuses: [], log: "" };
        seen.set(name, { statuses: [...one.statuses, status], log: status === "passed" ? one.log : log });
      }
    }
    const flaky = [...seen].find(([, { statuses }]) => new Set(statuses).size > 1);
    return flaky === undefined
      ? { kind: "nothing", why: `${checks.length} checks gave the same answer ${flakyRuns} times` }
      : { kind: "task", prompts: [flakyPrompt({ name: flaky[0], ...flaky[1] })] };
  } finally { pullRequests.close(); }
}

async function findUpdate(context: OperationContext, repository: Repository, commit: string): Promise<Found> {
  const { providers, signal } = context;
  return withTemporaryTree(providers, repository, { commit, signal }, async (tree): Promise<Found> => {
    const there = (await Promise.all(manifests.map(async (name) => ((await providers.files.facts(join(tree, name)))?.kind === "file" ? [name] : [])))).flat();
    if (there.length === 0) return { kind: "nothing", why: `none of ${manifests.join(", ")} is there` };
    if ((await providers.files.facts(join(tree, "package-lock.json")))?.kind !== "file") return { kind: "task", prompts: [updatesPrompt(there)] };
    // Reads the two manifests and asks the registry that the user's npm is set to; runs nothing of the repository.
    const ran = await providers.processes.run({
      command: ["npm", "outdated", "--json", "--package-lock-only"],
      cwd: tree,
      env: providers.processes.environment(),
      timeoutMs: outdatedMsMax,
      signal,
    });
    const outdated = readOutdated(parseJson(ran.stdout.trim() === "" ? "{}" : ran.stdout), parseJson(await providers.files.readText(join(tree, "package-lock.json")) ?? ""));
    if (outdated === undefined || ran.outcome !== "exited") throw new Error(`npm outdated gave no answer (${(ran.stderr.trim() || ran.stdout.trim()).slice(-300)})`);
    return outdated.length === 0
      ? { kind: "nothing", why: "every dependency is at its newest version" }
      : { kind: "task", prompts: outdated.slice(0, candidatesMax).map(updatePrompt) };
  });
}
