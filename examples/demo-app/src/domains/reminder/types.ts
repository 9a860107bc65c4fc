// What a reminder is: one message about one booking, in the outbox.

import type { BookingId } from "../booking/index.ts";

export type Reminder = {
  readonly bookingId: BookingId;
  readonly text: string;
};

export type SentReminder = Reminder & {
  /** ISO 8601, UTC. */
  readonly sentAt: string;
};
