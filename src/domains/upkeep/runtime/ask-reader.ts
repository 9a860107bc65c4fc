// One question to an agent in a read-only session of its own. A reader that fails is a reason, never an exception of the run.
import { join } from "node:path";
import { InspanError, isAbort, messageOf } from "../../../base/errors.ts";
import type { OperationContext } from "../../../providers/index.ts";
import { agentsSection, agentsWithEnvironment, type AgentDriver } from "../../agent/index.ts";
import { createDriver } from "../../agent/runtime/index.ts";
import { totalTokens } from "../../model/index.ts";
import type { Repository } from "../../worktree/index.ts";
import type { RunTokens } from "./run-tokens.ts";

const modelCallsMax = 30;
const turnMsMax = 10 * 60_000;
/** One answer that cannot be read is an accident, two are a model that does not follow the form. */
const answersMax = 2;

export interface ReaderSettings {
  readonly context: OperationContext;
  readonly repository: Repository;
  readonly treePath: string;
  readonly commit: string;
  readonly agent: { readonly driver?: string | undefined; readonly model?: string | undefined; readonly effort?: string | undefined };
  readonly isUnsandboxedAllowed: boolean;
  readonly tokens: RunTokens;
}
export type Answered<Value> = { readonly kind: "answer"; readonly value: Value } | { readonly kind: "failed"; readonly why: string };
export interface Question<Value> {
  readonly label: string;
  readonly instructions: string;
  readonly text: string;
  /** Undefined where the answer has not the form. */ parse(text: string): Value | undefined;
}
export interface Reader { ask<Value>(question: Question<Value>): Promise<Answered<Value>> }

/** Rejects with AGENT_MISSING before anything is asked. */
export async function openReader({ context, repository, treePath, commit, agent, isUnsandboxedAllowed, tokens }: ReaderSettings): Promise<Reader> {
  const { signal, providers } = context;
  const agents = agentsWithEnvironment((await context.loadConfiguration(repository.rootPath)).read(agentsSection), context.env);
  const driver: AgentDriver = await createDriver(agent.driver ?? agents.default, providers, agents);
  const probe = await driver.probe(signal);
  if (probe.status === "missing")
    throw new InspanError("AGENT_MISSING", `Cannot read with the agent "${driver.name}": ${probe.found}.`, {
      kind: "usage",
      remedy: probe.remedy ?? "add --readings 0, which asks no agent to read",
    });
  return {
    ask: async ({ label, instructions, text: first, parse }) => {
      if (tokens.isEmpty()) return { kind: "failed", why: `the ${tokens.max} tokens of this run are spent` };
      let session: Awaited<ReturnType<AgentDriver["open"]>> | undefined;
      try {
        session = await driver.open({
          label,
          worktreePath: treePath,
          baseCommit: commit,
          sessionPath: join(repository.statePath, "sessions", `upkeep-${providers.random.id(8)}`),
          access: "read-only",
          instructions,
          model: agent.model, effort: agent.effort, tools: [], isUnsandboxedAllowed, resumeId: undefined, signal,
        });
        let text = first;
        for (let answers = 0; answers < answersMax; answers++) {
          const result = await session.startTurn({
            text,
            modelCallsMax,
            timeoutMs: turnMsMax,
            signal,
            guard: { refuse: () => "You read and do not edit; say it in the answer.", afterEdit: async () => undefined },
            onEvent: () => undefined,
          }).result;
          tokens.spend(totalTokens(result.usage));
          signal.throwIfAborted();
          if (result.status !== "completed") return { kind: "failed", why: result.status === "failed" ? result.reason.split("\n")[0] ?? "" : "the turn was interrupted" };
          const value = parse(result.text);
          if (value !== undefined) return { kind: "answer", value };
          text = "That is not the form that was asked for. Answer with one JSON object of that form and nothing else.";
        }
        return { kind: "failed", why: "the reader gave no answer in the form that was asked for" };
      } catch (error) {
        if (isAbort(error) || signal.aborted) throw error;
        return { kind: "failed", why: messageOf(error).split("\n")[0] ?? "" };
      } finally { await session?.dispose(); }
    },
  };
}
