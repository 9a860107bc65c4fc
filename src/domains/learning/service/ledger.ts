// The recurrence ledger: for each guardrail how often its fault came back, what it stopped, what it costs, and whether it should go. Pure.
import type { StoredSignal } from "../../feedback/index.ts";
import type { Guardrail, LedgerEntry } from "../types.ts";
import { signalsAfter } from "./ladder.ts";
import { speaksOf } from "./likeness.ts";

/** Younger than this and used by fewer tasks, nothing is said about a guardrail. */
const daysMin = 30;
const tasksMin = 10;
/** So long without a sign of life, in so many tasks: it goes. What leaves no sign when it works gets twice as long. */
const quietDays = 90;
const quietTasks = 30;
const falseMin = 3;
const charsPerToken = 4;
/** Tokens of a rule's finding as an agent reads it. */
const findingTokens = 150;
const dayMs = 86_400_000;

/** A finding of a reviewer or a rule, as tasks have kept it. */
export interface KeptFinding { readonly at: string; readonly reviewer: string; readonly text: string; readonly isDropped: boolean }

export interface LedgerWorld {
  readonly nowIso: string;
  /** In any order. */
  readonly signals: readonly StoredSignal[];
  /** When tasks began and what each has used, with its rounds of review. */
  readonly tasks: readonly { readonly at: string; readonly tokens: number; readonly rounds: number; readonly repairs: number }[];
  readonly findings: readonly KeptFinding[];
  /** Exceptions of the configuration, by rule. */
  readonly exceptions: readonly string[];
  readonly msPerCheck: ReadonlyMap<string, number>;
}

export const ruleOf = ({ id }: Pick<Guardrail, "id">): string => `lesson-${id}`;

export function writeLedger(standing: readonly { readonly guardrail: Guardrail; readonly since: string }[], world: LedgerWorld): readonly LedgerEntry[] {
  return standing
    .map(({ guardrail, since }) => entryOf(guardrail, since, world))
    .sort((left, right) => right.recurrences - left.recurrences || (left.since < right.since ? -1 : 1));
}

/** One repair's tokens, from tasks that had any: a fifth of such a task, where a repair is one turn of about five. */
function repairTokens(tasks: LedgerWorld["tasks"]): number | undefined {
  const repaired = tasks.filter(({ repairs, tokens }) => repairs > 0 && tokens > 0);
  return repaired.length === 0 ? undefined : repaired.reduce((sum, { tokens, repairs }) => sum + tokens / (4 + repairs), 0) / repaired.length;
}

function entryOf(guardrail: Guardrail, since: string, world: LedgerWorld): LedgerEntry {
  const rule = ruleOf(guardrail);
  const sorted = [...world.signals].sort((left, right) => left.id - right.id);
  const isOwn = ({ cause }: StoredSignal) => cause.startsWith(`rule:${rule}:`);
  const after = signalsAfter(sorted, since);
  const again = after.filter((signal) => !isOwn(signal) && (guardrail.causes.includes(signal.cause) || speaksOf(`${signal.title}\n${signal.text}`, guardrail.terms)));
  const isReviewer = guardrail.rung === "reviewer";
  const said = isReviewer ? world.findings.filter(({ at, text, reviewer }) => at >= since && !reviewer.startsWith("@") && speaksOf(text, guardrail.terms)) : [];
  // What its own reviewer said is a catch, although it was kept as a signal like every finding.
  const recurring = isReviewer ? again.filter(({ kind, cause }) => !(kind === "review-comment" && cause.startsWith("review:"))) : again;
  const caught = guardrail.rung === "lint" ? after.filter(isOwn).length : isReviewer ? said.filter(({ isDropped }) => !isDropped).length : null;
  const falseFindings = guardrail.rung === "lint" ? world.exceptions.filter((name) => name === rule).length : said.filter(({ isDropped }) => isDropped).length;
  const tasks = world.tasks.filter(({ at }) => at >= since);
  const lineTokens = Math.ceil(guardrail.lesson.length / charsPerToken);
  const tokensPerTask =
    guardrail.rung === "prompt"
      ? lineTokens
      : isReviewer && tasks.length > 0
        ? Math.round((lineTokens * tasks.reduce((sum, { rounds }) => sum + rounds, 0)) / tasks.length)
        : 0;
  const tokens = tokensPerTask * tasks.length + (guardrail.rung === "lint" ? (caught ?? 0) * findingTokens : 0);
  const repair = repairTokens(world.tasks);
  const savedTokens = caught === null || repair === undefined ? null : Math.round(caught * repair);
  const days = Math.max(0, Math.floor((Date.parse(world.nowIso) - Date.parse(since)) / dayMs));
  const facts = { days, tasks: tasks.length, recurrences: recurring.length, caught, falseFindings, tokens, savedTokens };
  return {
    id: guardrail.id, title: guardrail.title, rung: guardrail.rung, file: guardrail.file, since, answers: guardrail.signals.length, lastRecurrenceAt: recurring.at(-1)?.at ?? null,
    cost: { tokensPerTask, tasks: tasks.length, tokens, msPerCheck: world.msPerCheck.get(rule) ?? null }, ...pick(facts), ...judge(guardrail, facts),
  };
}

interface Facts {
  readonly days: number;
  readonly tasks: number;
  readonly recurrences: number;
  readonly caught: number | null;
  readonly falseFindings: number;
  readonly tokens: number;
  readonly savedTokens: number | null;
}

const pick = ({ days, recurrences, caught, falseFindings, savedTokens }: Facts) => ({ days, recurrences, caught, falseFindings, savedTokens });

function judge({ rung }: Guardrail, { days, tasks, recurrences, caught, falseFindings, tokens, savedTokens }: Facts): Pick<LedgerEntry, "verdict" | "advice"> {
  if (falseFindings >= falseMin && falseFindings > (caught ?? 0))
    return { verdict: "costs-more", advice: `${falseFindings} false findings for ${caught ?? 0} right ones: proposed for removal` };
  if (recurrences > 0) return { verdict: "comes-back", advice: rung === "lint" ? "its rule does not find all of it: widen the rule" : "the next night proposes the rung above" };
  const patience = caught === null ? 2 : 1;
  if ((caught ?? 0) === 0 && days >= quietDays * patience && tasks >= quietTasks * patience)
    return { verdict: "never-fires", advice: `no sign of the fault in ${days} days and ${tasks} tasks: proposed for removal` };
  if (days < daysMin || tasks < tasksMin) return { verdict: "young", advice: "" };
  if (savedTokens !== null && tokens > savedTokens && (caught ?? 0) > 0)
    return { verdict: "costs-more", advice: `${tokens} tokens spent, about ${savedTokens} saved: proposed for removal` };
  return { verdict: "works", advice: "" };
}

/** What should go, the costliest first. */
export function removalsOf(entries: readonly LedgerEntry[]): readonly LedgerEntry[] {
  return entries
    .filter(({ verdict }) => verdict === "never-fires" || verdict === "costs-more")
    .sort((left, right) => right.falseFindings - left.falseFindings || right.cost.tokens - left.cost.tokens);
}
