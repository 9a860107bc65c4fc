// Asks a model in a read-only session of its own. A model that fails is a reason, never an exception of the night.
import { join } from "node:path";
import { InspanError, isAbort, messageOf } from "../../../base/errors.ts";
import type { OperationContext } from "../../../providers/index.ts";
import { agentsSection, agentsWithEnvironment, type AgentDriver } from "../../agent/index.ts";
import { createDriver } from "../../agent/runtime/index.ts";
import { addUsage, noUsage, type Usage } from "../../model/index.ts";
import type { Repository } from "../../worktree/index.ts";
import { instructions } from "../service/prompts.ts";

/** It may look into a few files; more than this and it is lost. */
const modelCallsMax = 20;
const timeoutMs = 5 * 60_000;

export type Told = { readonly kind: "text"; readonly text: string } | { readonly kind: "failed"; readonly reason: string };

export interface Conversation { say(text: string): Promise<Told>; dispose(): Promise<void> }
export interface Asker {
  /** A fresh session; its first `say` opens it. */
  begin(label: string): Conversation;
  usage(): Usage;
}

export interface AskerOptions {
  readonly context: OperationContext;
  readonly repository: Repository;
  readonly treePath: string;
  readonly commit: string;
  readonly agent: string | undefined;
  readonly model: string | undefined;
  readonly isUnsandboxedAllowed: boolean;
}

/** Rejects with AGENT_UNKNOWN, AGENT_MISSING before anything is asked. */
export async function createAsker({ context, repository, treePath, commit, agent, model, isUnsandboxedAllowed }: AskerOptions): Promise<Asker> {
  const { providers, signal } = context;
  const agents = agentsWithEnvironment((await context.loadConfiguration(repository.rootPath)).read(agentsSection), context.env);
  const driver: AgentDriver = await createDriver(agent ?? agents.default, providers, agents);
  const probe = await driver.probe(signal);
  if (probe.status === "missing")
    throw new InspanError("AGENT_MISSING", `Cannot dream with the agent "${driver.name}": ${probe.found}.`, {
      kind: "usage",
      remedy: probe.remedy ?? "inspan doctor",
    });
  let usage = noUsage;
  return {
    usage: () => usage,
    begin: (label) => {
      let session: Awaited<ReturnType<AgentDriver["open"]>> | undefined;
      return {
        say: async (text) => {
          try {
            session ??= await driver.open({
              label,
              worktreePath: treePath,
              baseCommit: commit,
              sessionPath: join(repository.statePath, "sessions", `dream-${providers.random.id(8)}`),
              access: "read-only",
              instructions,
              model, effort: undefined, tools: [], isUnsandboxedAllowed, resumeId: undefined, signal,
            });
            const result = await session.startTurn({
              text,
              modelCallsMax,
              timeoutMs,
              signal,
              guard: { refuse: () => "You read and do not edit; say it in the answer.", afterEdit: async () => undefined },
              onEvent: () => undefined,
            }).result;
            usage = addUsage(usage, result.usage);
            return result.status === "completed"
              ? { kind: "text", text: result.text }
              : { kind: "failed", reason: result.status === "failed" ? result.reason : "the turn was interrupted" };
          } catch (error) {
            if (isAbort(error) || signal.aborted) throw error;
            return { kind: "failed", reason: messageOf(error) };
          }
        },
        dispose: async () => { await session?.dispose(); },
      };
    },
  };
}
