import assert from "node:assert/strict";
import { test } from "node:test";
import { startDesk } from "./support/start-desk.ts";

const wanted = { room: "harbour", day: "2030-01-31", from: "10:00", to: "11:00", title: "Stand-up", people: 3 };

test("GET /healthz and GET /api/rooms answer", async (t) => {
  const { ask } = await startDesk(t);
  assert.deepEqual(await ask("GET", "/healthz"), { status: 200, body: { status: "ok" } });
  const rooms = [
    { id: "attic", name: "Attic", capacity: 12 },
    { id: "harbour", name: "Harbour", capacity: 4 },
    { id: "lantern", name: "Lantern", capacity: 8 },
  ];
  assert.deepEqual(await ask("GET", "/api/rooms"), { status: 200, body: { rooms } });
});

test("a booking is made, listed, refused a second time, and cancelled", async (t) => {
  const { ask, logged } = await startDesk(t);
  assert.equal((await ask("POST", "/api/bookings", wanted)).status, 201);

  const { body } = await ask("GET", "/api/bookings?room=harbour&day=2030-01-31");
  const [id] = idsOf(body);
  assert.deepEqual(body, { day: "2030-01-31", bookings: [{ id, ...wanted, minutes: 60 }], bookedMinutes: 60 });

  const error = { code: "room-taken", message: "Harbour is taken from 10:00 to 11:00: Stand-up." };
  assert.deepEqual(await ask("POST", "/api/bookings", { ...wanted, from: "10:30", to: "11:30" }), { status: 409, body: { error } });
  const rules = logged().flatMap((line) => (line.event === "booking.refused" ? [line.rule] : []));
  assert.deepEqual(rules, ["src/domains/booking/service/find-conflict.ts"]);

  assert.deepEqual(await ask("DELETE", `/api/bookings/${id}`), { status: 200, body: { cancelled: id } });
  assert.deepEqual(await ask("GET", "/api/bookings?day=2030-01-31"), { status: 200, body: { day: "2030-01-31", bookings: [], bookedMinutes: 0 } });
});

test("what cannot be done is answered with its status and code", async (t) => {
  const { ask } = await startDesk(t);
  const cases: readonly [string, string, unknown, number, string][] = [
    ["GET", "/nothing", undefined, 404, "not-found"],
    ["GET", "/api/bookings", undefined, 400, "invalid-query"],
    ["GET", "/api/bookings?day=2030-02-30", undefined, 400, "invalid-query"],
    ["POST", "/api/bookings", undefined, 400, "invalid-booking"],
    ["POST", "/api/bookings", { ...wanted, to: "10:00" }, 400, "invalid-booking"],
    ["POST", "/api/bookings", { ...wanted, people: 1.5 }, 400, "invalid-booking"],
    ["POST", "/api/bookings", { ...wanted, title: "x".repeat(300_000) }, 400, "invalid-body"],
    ["POST", "/api/bookings", { ...wanted, people: 5 }, 400, "too-many-people"],
    ["POST", "/api/bookings", { ...wanted, room: "cellar" }, 404, "unknown-room"],
    ["DELETE", "/api/bookings/0123456789abcdef", undefined, 404, "unknown-booking"],
    ["DELETE", "/api/bookings/../rooms", undefined, 404, "not-found"],
  ];
  for (const [method, path, body, status, code] of cases) {
    const answer = await ask(method, path, body);
    assert.deepEqual([answer.status, codeOf(answer.body)], [status, code], `${method} ${path}`);
  }
});

test("a write needs the token or the page's session", async (t) => {
  const { url } = await startDesk(t);
  const page = await fetch(url);
  assert.match(await page.text(), /<h1>Booking desk<\/h1>/);
  const cookie = (page.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
  const post = async (headers: Record<string, string>): Promise<number> => {
    const init = { method: "POST", headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(wanted) };
    return (await fetch(`${url}/api/bookings`, init)).status;
  };
  const statuses = [await post({}), await post({ authorization: "Bearer wrong" }), await post({ cookie: `${cookie}x` }), await post({ cookie })];
  assert.deepEqual(statuses, [401, 401, 401, 201]);
});

function idsOf(body: unknown): readonly string[] {
  const { bookings } = { bookings: [], ...Object(body) };
  return bookings.map((booking: { readonly id: string }) => booking.id);
}

function codeOf(body: unknown): unknown {
  return Object(Object(body).error).code;
}
