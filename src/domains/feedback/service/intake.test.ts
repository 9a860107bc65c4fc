// What other systems send becomes signals with a cause and an identity; what is none is none.
import assert from "node:assert/strict";
import { test } from "node:test";
import { detectFormat, fromText, readSignals } from "./intake.ts";

const event = {
  event_id: "9ec79c33ec9942ab8353589fcb2e04dc", release: "abc123", transaction: "POST /cart", web_url: "https://sentry.example/1",
  exception: {
    values: [
      {
        type: "TypeError",
        value: "price is undefined",
        stacktrace: {
          frames: [
            { filename: "node:http", function: "emit", lineno: 1, in_app: false },
            { filename: "src/cart.ts", function: "total", lineno: 12, in_app: true },
            { filename: "node_modules/x.js", function: "y", lineno: 2, in_app: false },
          ],
        },
      },
    ],
  },
};
const envelope = [{ event_id: event.event_id, dsn: "https://key@sentry.example/1" }, { type: "event", length: 10 }, event, { type: "session" }, { sid: "1" }]
  .map((line) => JSON.stringify(line))
  .join("\n");
const wanted = {
  once: `sentry:${event.event_id}`,
  signal: {
    kind: "exception",
    title: "TypeError: price is undefined",
    link: "https://sentry.example/1",
    cause: "exception:TypeError@src/cart.ts:total",
    text: "TypeError: price is undefined\nin POST /cart\n  at total (src/cart.ts:12)",
    commit: "abc123",
  },
};

test("an event of Sentry is told by its own code, as event, webhook and envelope alike", () => {
  for (const text of [JSON.stringify(event), JSON.stringify({ event }), JSON.stringify({ action: "created", data: { event } }), envelope]) {
    assert.equal(detectFormat(text), "sentry");
    assert.deepEqual(readSignals(text, "sentry"), [wanted]);
  }
});

test("an event without a stack is told by its message; a fingerprint that somebody set is its cause", () => {
  const [plain] = readSignals(JSON.stringify({ event_id: "1", message: { formatted: "disk is full" } }), "sentry");
  assert.deepEqual([plain?.signal.title, plain?.signal.cause.startsWith("exception:message@:")], ["disk is full", true]);
  assert.equal(readSignals(JSON.stringify({ ...event, fingerprint: ["cart", "price"] }), "sentry")[0]?.signal.cause, "exception:cart|price");
});

test("alerts that fire are signals with their alert as cause; resolved ones are none", () => {
  const alerts = { version: "4", alerts: [
    {
      status: "firing",
      labels: { alertname: "SlowCart", service: "shop" },
      annotations: { summary: "p95 over 2 s" },
      startsAt: "2026-01-01T00:00:00Z",
      generatorURL: "http://prometheus/graph",
      fingerprint: "f1",
    },
    { status: "resolved", labels: { alertname: "Down" }, annotations: {}, startsAt: "2026-01-01T00:00:00Z" },
  ] };
  assert.equal(detectFormat(JSON.stringify(alerts)), "alertmanager");
  assert.deepEqual(readSignals(JSON.stringify(alerts), "alertmanager"), [
    {
      once: "alert:f1:2026-01-01T00:00:00Z",
      signal: {
        kind: "exception",
        title: "SlowCart: p95 over 2 s",
        link: "http://prometheus/graph",
        cause: "alert:SlowCart",
        text: "p95 over 2 s\nalertname=SlowCart service=shop",
      },
    },
  ]);
});

test("something else is of no form", () => {
  for (const text of ["", "hello", "{}", "[1,2]", '{"event_id":"1"}', '{"alerts":"none"}', "null"]) assert.equal(detectFormat(text), undefined, text);
});

test("a pasted text is one signal however often it is pasted, and one cause where only ids differ", () => {
  const given = { kind: "incident", title: undefined, link: "" } as const;
  const one = fromText("\n  Checkout failed for order 4711\nmore\n", given),
    again = fromText("Checkout failed for order 4711\nmore", given),
    other = fromText("Checkout failed for order 4712\nmore", given);
  assert.deepEqual(
    [one.once === again.once, one.once === other.once, one.signal.cause === other.signal.cause, one.signal.title],
    [true, false, true, "Checkout failed for order 4711"],
  );
});

test("readSignals() reads an envelope as Sentry's form has it: lengths in bytes, its own id, events alone", () => {
  const header = '{"event_id":"9ec7","dsn":"https://key@sentry.example/1"}';
  const titles = (...lines: readonly string[]) => readSignals(lines.join("\n"), "sentry").map(({ once, signal }) => `${once} ${signal.title}`);
  const pretty = JSON.stringify({ event_id: "other", message: "größer\nthan it was" }, undefined, 2);
  assert.deepEqual(
    titles(header, `{"type":"attachment","length":10}`, "\uFEFFHello\r", '{"type":"event","length":41}', '{"message":"hello world","level":"error"}'),
    ["sentry:9ec7 hello world"],
  );
  assert.deepEqual(titles(header, '{"type":"event"}', '{"exception":{"values":[{"type":"ValueError","value":"bad"}]}}'), ["sentry:9ec7 ValueError: bad"]);
  assert.deepEqual(titles("{}", `{"type":"event","length":${Buffer.byteLength(pretty)}}`, pretty, '{"type":"session"}', "{}"), ["sentry:other größer\nthan it was"]);
  assert.deepEqual(titles('{"event_id":"a","message":"one"}', '{"event_id":"b","message":"two"}'), ["sentry:a one", "sentry:b two"]); // one a line, as logs have them
  assert.deepEqual(titles(header, '{"type":"attachment"}', '{"event_id":"1","message":"not an event"}', '{"type":"transaction"}', '{"event_id":"2","message":"neither"}'), []);
  assert.deepEqual(
    readSignals(JSON.stringify({ data: { error: { event_id: "3", logentry: { message: "disk %s", formatted: "disk full" } } } }), "sentry").map(
      ({ signal }) => signal.title,
    ),
    ["disk full"],
  );
});

test("fromText() takes the same words as a lesson after they were a comment", () => {
  const onceOf = (kind: "comment" | "lesson") => fromText("Prices are cents.", { kind, title: undefined, link: "" });
  assert.notEqual(onceOf("comment").once, onceOf("lesson").once);
  assert.equal(onceOf("comment").signal.cause, onceOf("lesson").signal.cause);
});
