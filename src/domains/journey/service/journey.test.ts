// Journeys: steps read from Markdown, budgets judged, runs compared.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { JourneyRun } from "../types.ts";
import { compareJourneyRuns, judgeBudgets, judgeRun, renderRun } from "./judge.ts";
import { parsePlayLine, parseSteps } from "./parse-journey.ts";

const play = (text: string) => parsePlayLine(text, "docs/journeys/a.md", 7);

test("parsePlayLine() reads what is done, and names file and line of what is not to be played", () => {
  assert.deepEqual(play("open /cart"), { kind: "open", url: "/cart", line: 7 });
  assert.deepEqual(play("  fill textbox \"Title\" = Stand-up = daily "), { kind: "act", action: "fill", target: "textbox \"Title\"", value: "Stand-up = daily", line: 7 });
  assert.deepEqual(play('select combobox "Room" in region "Book" = "Attic (12)"'), {
    kind: "act",
    action: "select",
    target: 'combobox "Room" in region "Book"',
    value: "Attic (12)",
    line: 7,
  });
  assert.deepEqual(play("click button \"Book\""), { kind: "act", action: "click", target: "button \"Book\"", value: undefined, line: 7 });
  assert.deepEqual(play("see \"Booked: Stand-up\""), { kind: "see", what: "\"Booked: Stand-up\"", isGone: false, line: 7 });
  assert.deepEqual(play("not see row \"Stand-up\""), { kind: "see", what: "row \"Stand-up\"", isGone: true, line: 7 });
  assert.deepEqual(play("reload"), { kind: "act", action: "reload", target: undefined, value: undefined, line: 7 });
  for (const text of ["dance", "rm -rf /", "click", "fill textbox Title", "see", "not click button A"])
    assert.throws(() => play(text), { code: "JOURNEY_INVALID", message: /docs\/journeys\/a\.md:7/ }, text);
});

test("parseSteps() takes words from items, plays from marked blocks, and leaves other blocks to people", () => {
  const body =
    '# Title\n\n1. Open the desk.\n   It shows the day.\n   ```play\n   # a comment\n   open /\n   see "The day"\n   ```\n2. Look around.\n   ```sh\n   rm -rf /\n   ```\n\nTail.\n';
  assert.deepEqual(parseSteps(body, "a.md", 5), [
    { number: 1, words: "Open the desk. It shows the day.", plays: [{ kind: "open", url: "/", line: 11 }, { kind: "see", what: "\"The day\"", isGone: false, line: 12 }] },
    { number: 2, words: "Look around.", plays: [] },
  ]);
  assert.throws(() => parseSteps("```play\nopen /\n```\n", "a.md", 1), { code: "JOURNEY_INVALID", message: /before the first step/ });
  assert.throws(() => parseSteps("1. x\n".repeat(101), "a.md", 1), { code: "JOURNEY_INVALID" });
  assert.deepEqual(parseSteps("", "a.md", 1), []);
  assert.deepEqual(parseSteps(body.replaceAll("\n", "\r\n"), "a.md", 5), parseSteps(body, "a.md", 5), "lines that end as on Windows");
});

test("judgeBudgets() holds limits, and nothing seen is no pass", () => {
  assert.deepEqual(judgeBudgets({ lcp: "800ms", cls: 0.1, load: "2s" }, { lcp: 800, cls: 0.1, load: 1_999 }), []);
  assert.deepEqual(
    judgeBudgets({ lcp: "800ms", cls: 0.1, load: "2s" }, { lcp: 801, cls: 0.2 }).map(({ text }) => text),
    ["lcp: 801 ms, expected at most 800ms", "cls: 0.200, expected at most 0.1", "load: nothing was seen, expected at most 2s"],
  );
  assert.deepEqual(judgeBudgets({ inp: "200ms", longTask: "50ms" }, {}), []);
});

const seen = { steps: [], console: [], requests: [], budgets: [], telemetry: [] };

test("judgeRun() puts the page's own error before the step that failed of it, and tells each once", () => {
  const faults = judgeRun({
    ...seen, steps: [{ number: 2, words: "Book", status: "fail", durationMs: 1, reason: "no message" }],
    console: [
      { kind: "log", text: "fine" },
      { kind: "error", text: "Failed to load resource: 500" },
      { kind: "error", text: "odd" },
      { kind: "page-error", text: "TypeError: x" },
      { kind: "page-error", text: "TypeError: x" },
    ],
    requests: [
      { method: "POST", url: "http://h/api", status: 500, failure: undefined },
      { method: "GET", url: "http://h/a", status: 404, failure: undefined },
      { method: "GET", url: "http://h/b", status: undefined, failure: "net::ERR_ABORTED" },
    ],
    budgets: [{ kind: "budget", text: "lcp" }],
  });
  assert.deepEqual(faults.map(({ text }) => text), ["page-error: TypeError: x", "POST http://h/api: 500", "GET http://h/a: 404", "step 2: no message", "error: odd", "lcp"]);
  assert.deepEqual(judgeRun(seen), []);
  assert.deepEqual(judgeRun({ ...seen, requests: [{ method: "GET", url: "http://h/a", status: 404, failure: undefined }] }), []);
});

test("compareJourneyRuns() says what went, what came and what became slower", () => {
  const run = (faults: readonly string[], timings: Readonly<Record<string, number>>): JourneyRun => ({
    version: 1,
    id: "a",
    status: faults.length === 0 ? "pass" : "fail",
    faults: faults.map((text) => ({ kind: "console", text })),
    steps: [],
    timings,
    startedAt: "",
    durationMs: 1,
    film: undefined,
  });
  assert.deepEqual(compareJourneyRuns(run(["x", "y"], { lcp: 300, load: 100 }), run(["y", "z"], { lcp: 700, load: 110 })), ["- x", "+ z", "~ lcp 300 ms -> 700 ms"]);
  assert.deepEqual(compareJourneyRuns(run(["x"], {}), run(["x"], {})), []);
  const over = (text: string): JourneyRun => ({ ...run([], {}), status: "fail", faults: [{ kind: "budget", text }] });
  assert.deepEqual(compareJourneyRuns(over("lcp: 176 ms, expected at most 1ms"), over("lcp: 184 ms, expected at most 1ms")), [], "the same budget, broken again");
  assert.equal(renderRun(run([], { lcp: 300 }), ["- x"]), "lcp 300 ms\na: pass\nsince the run before:\n  - x");
});
