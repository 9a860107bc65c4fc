// Tells a session again where its task stands, when its client has cut down the conversation or much was said since.
import type { Usage } from "../../model/index.ts";
import { renderWork } from "../service/context-text.ts";
import { reminderText } from "../service/prompts.ts";
import { newWindow, takeRequest } from "../service/window.ts";
import type { TaskState, TurnPurpose } from "../types/index.ts";
import type { JournalLine } from "./run.ts";

export interface Reminders {
  /** Usage of one model call. A client that takes no words within a turn is told with its next one. */
  take(usage: Usage, turn: { readonly purpose: TurnPurpose; record(line: JournalLine): void; steer(text: string): Promise<boolean> }): void;
}

/** One for all turns of a session: a conversation may also be cut down between two of them. */
export function createReminders(current: () => TaskState): Reminders {
  let window = newWindow;
  return {
    take: (usage, turn) => {
      const taken = takeRequest(window, usage);
      window = taken.window;
      const work = taken.judgement === undefined || turn.purpose === "plan" ? undefined : renderWork(current());
      if (work === undefined) return;
      turn.record({ type: "reminded", data: { why: taken.judgement } });
      void turn.steer(`${reminderText}\n${work}`);
    },
  };
}
