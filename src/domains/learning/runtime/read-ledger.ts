// Reads what the ledger is written from: guardrails at the base, signals, tasks, exceptions, and the time that each rule takes.
import { join } from "node:path";
import { parse } from "yaml";
import type { OperationContext } from "../../../providers/index.ts";
import { type StoredSignal } from "../../feedback/index.ts";
import { exceptionsSection, PatternRule, rulesFolder } from "../../lint/index.ts";
import { isOfLanguage, listFiles, matchPattern } from "../../lint/runtime/index.ts";
import { totalTokens } from "../../model/index.ts";
import { openTasks } from "../../task/runtime/index.ts";
import type { Repository } from "../../worktree/index.ts";
import { readGuardrails, type StandingGuardrail } from "../repo/guardrail-files.ts";
import type { HistoryPort } from "../repo/history.ts";
import { ruleOf, writeLedger, type KeptFinding } from "../service/ledger.ts";
import type { LedgerEntry } from "../types.ts";

const tasksMax = 2_000;
/** Rules whose time is taken, on so many files each: enough to see one that is slow. */
const timedRulesMax = 20;
const timedFilesMax = 300;
const sourceBytesMax = 512 * 1024;

export interface LedgerOptions {
  readonly context: OperationContext;
  readonly repository: Repository;
  readonly base: string;
  readonly signals: readonly StoredSignal[];
  readonly isTimed: boolean;
}
export interface Ledger { readonly entries: readonly LedgerEntry[]; readonly standing: readonly StandingGuardrail[]; readonly unreadable: readonly string[] }

export async function readLedger({ context, repository, base, signals, isTimed }: LedgerOptions): Promise<Ledger> {
  const port: HistoryPort = { git: context.providers.git, rootPath: repository.rootPath, signal: context.signal };
  const { guardrails, unreadable } = await readGuardrails(port, base);
  if (guardrails.length === 0) return { entries: [], standing: [], unreadable };
  const tasks = await openTasks(context);
  let listed;
  try { listed = await tasks.store.list({ countMax: tasksMax }); } finally { await tasks.close(); }
  const findings = listed.flatMap(({ state }) =>
    state.review.findings.map((finding): KeptFinding => ({
      at: state.updatedAt,
      reviewer: finding.reviewer,
      text: `${finding.title}\n${finding.detail}`,
      isDropped: finding.state === "accepted-pushback",
    })),
  );
  const exceptions = (await context.loadConfiguration(repository.rootPath)).read(exceptionsSection).map(({ rule }) => rule);
  const msPerCheck = isTimed ? await timeRules(context, repository, guardrails) : new Map<string, number>();
  const entries = writeLedger(guardrails, {
    nowIso: context.providers.clock.nowIso(), signals, findings, exceptions, msPerCheck,
    tasks: listed.map(({ state }) => ({
      at: state.createdAt,
      tokens: totalTokens(state.spent.usage),
      rounds: state.review.rounds.length,
      repairs: state.tries.validate + state.tries.checks + Math.max(0, state.review.rounds.length - 1),
    })),
  });
  return { entries, standing: guardrails, unreadable };
}

/** Each rule alone over files of the checkout, scaled to all of them; parsing is part of it, and shared in a whole check. */
async function timeRules({ providers, signal }: OperationContext, repository: Repository, guardrails: readonly StandingGuardrail[]): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  const rules = guardrails.filter(({ guardrail }) => guardrail.rung === "lint").slice(0, timedRulesMax);
  if (rules.length === 0) return found;
  const { files } = await listFiles(providers, repository.rootPath, signal);
  for (const { guardrail } of rules) {
    const name = ruleOf(guardrail);
    try {
      const rule = PatternRule.parse(parse(await providers.files.readText(join(repository.rootPath, rulesFolder, `${name}.yaml`)) ?? ""));
      const own = files.filter((file) => isOfLanguage(rule, file));
      const startedMs = providers.clock.monotonicMs();
      for (const file of own.slice(0, timedFilesMax)) {
        const read = providers.files.now.readRegular(join(repository.rootPath, file), sourceBytesMax);
        if (read.kind === "file") await matchPattern(rule, Buffer.from(read.bytes).toString("utf8"), file);
      }
      found.set(name, Math.round((providers.clock.monotonicMs() - startedMs) * Math.max(1, own.length / timedFilesMax)));
    } catch { signal.throwIfAborted(); } // a rule that cannot be read has no time; the check says why
  }
  return found;
}
