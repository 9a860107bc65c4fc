// The door of the reminder domain: nothing else of it is imported from outside.

export { buildingReminders, type ReminderConfig } from "./config.ts";
export { openReminders, type Reminders } from "./runtime.ts";
export { planReminders } from "./service.ts";
export type { Reminder, SentReminder } from "./types.ts";
