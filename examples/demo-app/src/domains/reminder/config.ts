// When reminders go out.

export type ReminderConfig = {
  /** How long before its start a booking is due for a reminder. */
  readonly leadMinutes: number;
  /** Between two looks at the day. Much longer, and reminders come late by that much. */
  readonly pollMs: number;
};

export const buildingReminders: ReminderConfig = { leadMinutes: 15, pollMs: 20_000 };
