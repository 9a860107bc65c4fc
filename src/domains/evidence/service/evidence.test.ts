// What is decided about evidence: which pictures a film shows, what a terminal said, what a transcript hides, what stands side by side.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { EvidenceItem, Frame } from "../types/index.ts";
import { pairItems, renderBundlePage } from "./bundle-page.ts";
import { filmMsMax, planFilm } from "./film.ts";
import { bodyShownMax, renderExchange } from "./http-transcript.ts";
import { collectLines, parseCast, plainText, renderCast } from "./terminal.ts";

const frame = (atMs: number): Frame => ({ atMs, file: String(atMs) });
const shape = (plan: ReturnType<typeof planFilm>) => plan.frames.map(({ frame: { file }, atMs, durationMs }) => [Number(file), atMs, durationMs]);

test("planFilm() shows each picture until the next one came, and the last one until the end", () => {
  assert.deepEqual(shape(planFilm({ frames: [frame(100), frame(400), frame(2_000)], endMs: 5_000 })), [[100, 0, 300], [400, 300, 1_600], [2_000, 1_900, 3_000]]);
});

test("planFilm() holds the last picture where the recording ended with it, and knows when nothing was seen", () => {
  assert.deepEqual(shape(planFilm({ frames: [frame(0)], endMs: 0 })), [[0, 0, 600]]);
  assert.deepEqual(planFilm({ frames: [], endMs: 9_000 }).frames, []);
});

test("planFilm() of two changes within a blink shows the newer one, and never drops the first picture", () => {
  assert.deepEqual(shape(planFilm({ frames: [frame(0), frame(10), frame(30), frame(900)], endMs: 2_000 })), [[0, 0, 10], [30, 10, 890], [900, 900, 1_100]]);
});

test("planFilm() of a long recording keeps its end, begins with what was then on the screen, and says what was cut", () => {
  const plan = planFilm({ frames: [frame(0), frame(20_000), frame(70_000)], endMs: 100_000 });
  assert.deepEqual([shape(plan), plan.durationMs, plan.cutMs], [[[20_000, 0, 30_000], [70_000, 30_000, 30_000]], filmMsMax, 40_000]);
});

test("planFilm() gives short films more of the bitrate, and bounds the bytes of every length", () => {
  const bounds = (endMs: number) => { const { bitrate, bytesMax } = planFilm({ frames: [frame(0)], endMs }); return [bitrate, bytesMax]; };
  assert.deepEqual([bounds(1_000), bounds(5_000), bounds(60_000)], [[1_000_000, 400_000], [576_000, 400_000], [576_000, 4_800_000]]);
});

test("a recording of a terminal is read as it was written; something else is none; broken lines are left out", () => {
  const cast = { width: 100, height: 30, title: "npm test", timestamp: 1_700_000_000, events: [[0.25, "o", "a\r\n"], [1.5, "o", "\u001b[31mb\u001b[0m"]] as const };
  const text = renderCast(cast);
  assert.deepEqual(parseCast(text), cast);
  assert.deepEqual(parseCast(`${text}{"torn`)?.events.length, 2);
  assert.equal(parseCast('{"version":3}\n'), undefined);
  assert.equal(parseCast("hello"), undefined);
});

test("collectLines() keeps whole lines with the time of their end, and of too much the end", () => {
  const lines = collectLines();
  for (const [seconds, text] of [[0.1, "tok"], [0.2, "en\nsecond\r\nth"], [0.3, "ird"]] as const) lines.add(seconds, text);
  assert.deepEqual(lines.read(), { events: [[0.2, "o", "token\r\n"], [0.2, "o", "second\r\n"], [0.3, "o", "third"]], isCut: false });
  for (let line = 0; line < 30_000; line++) lines.add(1, `${line}\n`);
  const { events, isCut } = lines.read();
  assert.deepEqual([isCut, events.length, events.at(-1)?.[2]], [true, 2_000, "29999\r\n"]);
});

test("plainText() is what a reader without a terminal sees", () => {
  assert.equal(plainText("\u001b]0;title\u0007\u001b[1;31mred\u001b[0m\r\nprogress 1%\rprogress 100%\r\nb\u0008c\n"), "red\nprogress 100%\nbc\n");
});

test("renderExchange() shows what was said, hides what lets somebody in, and bounds the rest", () => {
  const request = { headers: [["Authorization", "Bearer abc"], ["accept", "a\r\nb"]] as const, body: "", bodyBytes: 0, isBinary: false };
  const response = {
    status: 500,
    statusText: "Internal Server Error",
    headers: [["set-cookie", "id=1"]] as const,
    body: "x".repeat(bodyShownMax + 1),
    bodyBytes: 9_999,
    isBinary: false,
  };
  const text = renderExchange({ method: "GET", url: "http://127.0.0.1:1/a", request, response, failure: undefined, durationMs: 12.4 });
  assert.equal(
    text,
    `> GET http://127.0.0.1:1/a\n> Authorization: ***\n> accept: a b\n\n< 500 Internal Server Error\n< set-cookie: ***\n<\n< ${"x".repeat(bodyShownMax)}\n< … (9999 bytes in all)\n\n(12 ms)\n`,
  );
  assert.match(
    renderExchange({ method: "GET", url: "http://127.0.0.1:1/a", request, response: undefined, failure: "connect ECONNREFUSED", durationMs: 3 }),
    /< no answer after 3 ms: connect ECONNREFUSED/,
  );
});

const item = (given: Partial<EvidenceItem>): EvidenceItem => ({
  file: "f",
  kind: "video",
  role: "before",
  mediaType: "video/mp4",
  title: "cart",
  proves: "p",
  sizeBytes: 3,
  sha256: "0".repeat(64),
  commit: "c".repeat(40),
  isClean: true,
  journey: undefined,
  recordedAt: "2026-11-21T00:00:00Z",
  durationMs: 5,
  ...given,
});

test("pairItems() puts before and after of one title side by side, and nothing else", () => {
  const before = item({ file: "a" }),
    after = item({ file: "b", role: "after" }),
    other = item({ file: "c", role: "after", title: "elsewhere" }),
    log = item({ file: "d", kind: "log", role: "other" });
  assert.deepEqual(pairItems([before, log, other, after]), {
    pairs: [
      { title: "cart", before: [before], after: [after] },
      { title: "elsewhere", before: [], after: [other] },
    ],
    single: [log],
  });
});

test("renderBundlePage() lets no word of a recording become part of the page, and nothing leaves it", () => {
  const evil = `"><script>alert(1)</script>'`;
  const page = renderBundlePage({
    scriptHash: "sha256-x",
    bundle: {
      version: 1,
      id: "b",
      worktree: "/w",
      task: evil,
      createdAt: "now",
      items: [item({ title: evil, proves: evil, file: `a${evil}.txt`, mediaType: "text/plain", kind: "text" }), item({ file: "v.mp4", role: "after" })],
      missing: [{ what: "video", why: evil, role: "after", recordedAt: "now" }],
    },
    contents: new Map([[`a${evil}.txt`, { kind: "text", text: `</pre>${evil}` }], ["v.mp4", { kind: "bytes", base64: "AAAA" }]]),
  });
  assert.equal(page.split("<script>").length, 2, "only our own");
  assert.match(page, /<video src="data:video\/mp4;base64,AAAA"/);
  assert.match(page, /default-src &#39;none&#39;/);
  assert.match(page, /No video \(after\), because &quot;&gt;&lt;script/);
});
