// `inspan feedback collect`: the same sources as a night begins with, by themselves.
import type { OperationContext } from "../../../providers/index.ts";
import { openSignals } from "../../feedback/runtime/index.ts";
import { openPullRequests } from "../../pull-request/runtime/index.ts";
import { headCommitOf, openRepository, refreshBase } from "../../worktree/runtime/index.ts";
import { learningSection } from "../config.ts";
import { collectSignals, type CollectAnswer } from "./collect.ts";

export async function collectNow(context: OperationContext): Promise<CollectAnswer> {
  const { providers, signal } = context;
  const repository = await openRepository(context);
  const configuration = await context.loadConfiguration(repository.rootPath);
  const signals = openSignals(providers, repository.statePath);
  const pullRequests = repository.remote === undefined ? undefined : await openPullRequests({ providers, repository, configuration, signal });
  try {
    const base = repository.remote === undefined ? await headCommitOf(providers.git, repository.rootPath) : (await refreshBase(providers.git, repository, signal)).commit;
    return await collectSignals({ context, repository, signals, pullRequests, base, config: configuration.read(learningSection) });
  } finally {
    pullRequests?.close();
    await signals.dispose();
  }
}
