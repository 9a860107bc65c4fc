// The background job: looks at the day every so often and writes due reminders to the outbox.

import type { Clock, Database, Telemetry } from "../../providers/index.ts";
import { type Day, type Desk, isDay } from "../booking/index.ts";
import type { ReminderConfig } from "./config.ts";
import { openOutboxRepo } from "./repo.ts";
import { planReminders } from "./service.ts";
import type { SentReminder } from "./types.ts";

export type Reminders = {
  /** Sends what is due now and returns it; sends nothing twice. */
  readonly sendDue: () => readonly SentReminder[];
  /** Calls sendDue() until `signal` aborts; resolves then. A failing round is logged, and the next one is tried. */
  readonly run: (signal: AbortSignal) => Promise<void>;
};

export type ReminderParts = {
  readonly database: Database;
  readonly desk: Desk;
  readonly clock: Clock;
  readonly config: ReminderConfig;
  readonly telemetry: Telemetry;
};

export function openReminders({ database, desk, clock, config, telemetry }: ReminderParts): Reminders {
  const outbox = openOutboxRepo(database);

  const sendDue = (): readonly SentReminder[] => {
    const nowMs = clock.nowMs();
    const bookings = daysFrom({ nowMs, untilMs: nowMs + config.leadMinutes * 60_000 }).flatMap((day) => desk.listDay(day));
    const reminded = outbox.findReminded(bookings.map((booking) => booking.id));
    const sentAt = new Date(nowMs).toISOString();
    const sent = planReminders({ bookings, reminded, nowMs, leadMinutes: config.leadMinutes })
      .map((reminder) => ({ ...reminder, sentAt }))
      .filter((reminder) => outbox.add(reminder));
    for (const { bookingId } of sent) telemetry.log("info", "reminder.sent", { bookingId });
    return sent;
  };

  const runOnce = (): void => {
    try {
      telemetry.span("reminder.round", {}, (note) => note({ "reminder.sent": sendDue().length }));
    } catch (error) {
      telemetry.log("error", "reminder.failed", { message: error instanceof Error ? error.message : String(error) });
    }
  };

  return {
    sendDue,
    run: async (signal) => {
      while (!signal.aborted) {
        runOnce();
        await clock.sleep(config.pollMs, signal).catch(() => undefined); // only an abort ends a sleep early
      }
    },
  };
}

/** The day of each end, without repeats: near midnight the lead time reaches into tomorrow. */
function daysFrom({ nowMs, untilMs }: { readonly nowMs: number; readonly untilMs: number }): readonly Day[] {
  const days = [nowMs, untilMs].map((ms) => new Date(ms).toISOString().slice(0, 10));
  return [...new Set(days)].filter(isDay);
}
