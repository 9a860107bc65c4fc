// `inspan security …`: the four stages on the branch that a person stands on, or in CI.
import { join } from "node:path";
import { InspanError } from "../../../base/errors.ts";
import { configurationAt, textAtCommit, type OperationContext } from "../../../providers/index.ts";
import { agentsSection, agentsWithEnvironment } from "../../agent/index.ts";
import { createDriver } from "../../agent/runtime/index.ts";
import type { Usage } from "../../model/index.ts";
import { openRepository } from "../../worktree/runtime/index.ts";
import { reviewSection } from "../config.ts";
import { renderThreatModel } from "../service/security.ts";
import { drawThreatModel, reviewSecurity, type SecurityReport, type SecurityRun } from "./security-scan.ts";

export interface SecurityOptions {
  readonly base: string | undefined;
  readonly agent: string | undefined;
  readonly model: string | undefined;
  readonly isUnsandboxedAllowed: boolean;
}

async function prepare(context: OperationContext, options: SecurityOptions): Promise<{ readonly run: SecurityRun; readonly modelPath: string; readonly rootPath: string }> {
  const { providers, signal } = context;
  const { git } = providers;
  const repository = await openRepository(context);
  const cwd = repository.rootPath;
  const baseName = options.base ?? (repository.remote ? `${repository.remote.name}/${repository.baseBranch}` : repository.baseBranch);
  const named = await git.run(["rev-parse", "--verify", "--quiet", "--end-of-options", `${baseName}^{commit}`], { cwd, acceptExitCodes: [1, 128] });
  if (named.exitCode !== 0)
    throw new InspanError("REVIEW_BASE_MISSING", `Cannot scan against "${baseName}": no such commit.`, { kind: "usage", remedy: "git fetch, or --base <ref>" });
  const headCommit = await git.text(["rev-parse", "--verify", "HEAD^{commit}"], { cwd });
  const baseCommit = await git.text(["merge-base", named.stdout.trim(), headCommit], { cwd });
  const { kind, reason } = await providers.sandbox.detect();
  // Programs that trigger flaws are written by a model: without a wall they do not run.
  if (kind === "none" && !options.isUnsandboxedAllowed)
    throw new InspanError("SANDBOX_MISSING", `Cannot run programs that trigger flaws here: ${reason}.`, {
      kind: "usage",
      remedy: "apt-get install bubblewrap",
    });
  const settings = (await configurationAt(context, { cwd, commit: baseCommit })).read(reviewSection);
  const agents = agentsWithEnvironment((await context.loadConfiguration(cwd)).read(agentsSection), context.env);
  const driver = await createDriver(options.agent ?? settings.agent ?? agents.default, providers, agents);
  const probe = await driver.probe(signal);
  if (probe.status === "missing")
    throw new InspanError("AGENT_MISSING", `Cannot scan with the agent "${driver.name}": ${probe.found}.`, {
      kind: "usage",
      remedy: probe.remedy ?? "inspan doctor",
    });
  const run: SecurityRun = {
    providers,
    repository,
    driver,
    baseCommit,
    headCommit,
    sessionRoot: join(repository.statePath, "sessions", `security-${providers.random.id(8)}`),
    model: options.model ?? settings.model,
    effort: settings.effort,
    isUnsandboxedAllowed: options.isUnsandboxedAllowed, signal, progress: context.progress,
  };
  return { run, modelPath: settings.threatModel, rootPath: cwd };
}

/** Stage 1 alone. `isWritten` tells that it lies in the checkout now; a page that is there is kept. */
export async function makeThreatModel(
  context: OperationContext,
  options: SecurityOptions & { readonly isWritten: boolean },
): Promise<{ readonly path: string; readonly text: string; readonly isWritten: boolean; readonly usage: Usage }> {
  const { run, modelPath, rootPath } = await prepare(context, options);
  const { files, clock } = context.providers;
  const path = join(rootPath, modelPath);
  if (options.isWritten && (await files.facts(path)))
    throw new InspanError("THREAT_MODEL_EXISTS", `Cannot write "${modelPath}": it is there already, expected none.`, {
      kind: "usage",
      remedy: `edit ${modelPath}, or run without --write and compare`,
    });
  const { value, usage } = await drawThreatModel(run);
  const text = renderThreatModel(value, clock.nowIso().slice(0, 10));
  if (options.isWritten) await files.writeText(path, text);
  return { path: modelPath, text, isWritten: options.isWritten, usage };
}

/** All stages on the commits of this branch. */
export async function scanBranch(
  context: OperationContext,
  options: SecurityOptions & { readonly withPatch: boolean },
): Promise<SecurityReport & { readonly baseCommit: string; readonly headCommit: string }> {
  const { run, modelPath, rootPath } = await prepare(context, options);
  if (run.baseCommit === run.headCommit)
    throw new InspanError("REVIEW_EMPTY", `Cannot scan "${run.headCommit.slice(0, 10)}": it has no commit that its base lacks.`, {
      kind: "usage",
      remedy: "git commit, or --base <ref>",
    });
  const kept = await textAtCommit(context.providers.git, modelPath, { cwd: rootPath, commit: run.baseCommit });
  const today = context.providers.clock.nowIso().slice(0, 10);
  const report = await reviewSecurity(run, { modelPath, model: kept, drawn: (model) => renderThreatModel(model, today), withPatch: options.withPatch });
  return { ...report, baseCommit: run.baseCommit, headCommit: run.headCommit };
}
