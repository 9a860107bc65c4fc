import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { makeBooking } from "../../../test/support/make-booking.ts";
import { openDatabase, startTelemetry } from "../../providers/index.ts";
import { buildingRules, openDesk } from "../booking/index.ts";
import { openRooms } from "../rooms/index.ts";
import { buildingReminders } from "./config.ts";
import { openOutboxRepo } from "./repo.ts";
import { openReminders } from "./runtime.ts";

test("sendDue() writes a due reminder to the outbox, once", async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), "booking-desk-"));
  const database = openDatabase(dataDir);
  t.after(() => {
    database.close();
    rmSync(dataDir, { recursive: true });
  });
  const telemetry = await startTelemetry({ endpoint: undefined, serviceName: "test", exportIntervalMs: 1000, writeLine: () => undefined });
  const desk = openDesk({ database, rooms: openRooms(database), config: buildingRules, telemetry });
  const clock = { nowMs: () => Date.parse("2030-01-31T09:50:00Z"), sleep: () => Promise.resolve() };
  const reminders = openReminders({ database, desk, clock, config: buildingReminders, telemetry });

  const result = desk.book(makeBooking({ from: "10:00", to: "11:00" }));
  assert.equal(result.kind, "booked");
  desk.book(makeBooking({ from: "13:00", to: "14:00" }));

  const bookingId = result.kind === "booked" ? result.booking.id : undefined;
  const expected = [{ bookingId, text: "Stand-up starts at 10:00 in harbour.", sentAt: "2030-01-31T09:50:00.000Z" }];
  assert.deepEqual(reminders.sendDue(), expected);
  assert.deepEqual(reminders.sendDue(), []);
  assert.deepEqual(openOutboxRepo(database).list(), expected);
});
