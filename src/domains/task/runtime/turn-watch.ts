// Listens to one turn of the author: its journal, its budget, its progress, its window. Ends the turn where a limit is passed.
import { boundText } from "../../../base/text.ts";
import type { AgentEvent, RunningTurn } from "../../agent/index.ts";
import { addUsageTo, passedUsage } from "../service/budget.ts";
import type { TaskState, TurnPurpose } from "../types/index.ts";
import type { Reminders } from "./reminders.ts";
import { createJournalQueue, type TaskRun } from "./run.ts";
import { watchStalls } from "./stalls.ts";

// One stored line of a transcript; the client's own files hold the rest.
const eventCharsMax = 4000;

export interface TurnWatch {
  take(event: AgentEvent): void;
  /** Set where tokens or money have run out in the turn. */
  readonly budgetPassed: string | undefined;
  readonly stalled: string | undefined;
  /** Resolves when all that was heard is written down. */
  settled(): Promise<void>;
  stop(): void;
}

function boundEvent(event: AgentEvent): AgentEvent {
  switch (event.kind) {
    case "message": case "reasoning": case "warning": case "steered": return { ...event, text: boundText(event.text, eventCharsMax) };
    case "tool-finished": return { ...event, output: boundText(event.output, eventCharsMax) };
    case "findings-shown": return { ...event, text: boundText(event.text, eventCharsMax) };
    default: return event;
  }
}

/** `running` is asked late: a turn tells its first events while it is being started. */
export function watchTurn(
  run: TaskRun,
  options: { readonly state: TaskState; readonly purpose: TurnPurpose; readonly stallMs: number; readonly reminders: Reminders; running(): RunningTurn },
): TurnWatch {
  const { state, purpose, reminders, running } = options;
  const journal = createJournalQueue(run, state);
  const stalls = watchStalls(run.providers.clock, options.stallMs, { steer: (text) => running().steer(text), interrupt: () => void running().interrupt() });
  let account = state;
  let budgetPassed: string | undefined;
  return {
    take: (event) => {
      stalls.take(event);
      if (event.kind !== "usage") {
        const { kind, ...data } = boundEvent(event);
        journal.push({ type: "agent", data: { event: kind, ...data } });
        return;
      }
      reminders.take(event.usage, { purpose, record: (line) => journal.push(line), steer: (text) => running().steer(text) });
      account = addUsageTo(account, event.usage);
      if (budgetPassed !== undefined) return;
      budgetPassed = passedUsage(state.budget, account);
      if (budgetPassed !== undefined) void running().interrupt();
    },
    get budgetPassed() { return budgetPassed; },
    get stalled() { return stalls.why; },
    settled: () => journal.settled(),
    stop: () => stalls.stop(),
  };
}
