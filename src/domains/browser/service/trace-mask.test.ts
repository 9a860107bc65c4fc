// What a trace tells of a page without what nobody may see.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createLineMask, parseMasks } from "./trace-mask.ts";

const mask = (selectors: readonly string[], typed: readonly string[] = []) => {
  const line = createLineMask({ masks: parseMasks(selectors), typed: new Set(typed), hide: (text) => text.replaceAll("hunter2hunter2", "••••") });
  return (event: object): unknown => { const text = line(JSON.stringify(event)); return text === undefined ? undefined : JSON.parse(text); };
};
const page = (html: unknown) => ({ type: "frame-snapshot", snapshot: { html } });

test("values of masked elements are dots wherever they stand, values of others stay", () => {
  const check = (selector: string, html: unknown, expected: unknown) => assert.deepEqual(mask([selector])(page(html)), page(expected), selector);
  const field = (attributes: object) => ["INPUT", { __playwright_value_: "12", ...attributes }];
  const dark = (attributes: object) => ["INPUT", { __playwright_value_: "••••", ...attributes }];
  check(
    "input[type='password' i]",
    ["FORM", {}, field({ type: "Password" }), field({ type: "text" }), field({})],
    ["FORM", {}, dark({ type: "Password" }), field({ type: "text" }), field({})],
  );
  check("[autocomplete~='cc-number' i]", field({ autocomplete: "section-a cc-number" }), dark({ autocomplete: "section-a cc-number" }));
  check("[autocomplete~='cc-number' i]", field({ autocomplete: "cc-number-x" }), field({ autocomplete: "cc-number-x" }));
  check(".iban", ["P", { class: "big iban" }, "DE89", ["B", {}, "3704"], [[1, 4]]], ["P", { class: "big iban" }, "••••", ["B", {}, "••••"], [[1, 4]]]);
  check(".iban", ["P", { class: "ibanx" }, "DE89"], ["P", { class: "ibanx" }, "DE89"]);
  check("main > section.card:not(.open) #pin", field({ id: "pin" }), dark({ id: "pin" }));
  check("main .vault *", ["DIV", { class: "vault" }, ["SPAN", {}, "gold"]], ["DIV", { class: "vault" }, ["SPAN", {}, "••••"]]);
  check("a, .b", ["I", { class: "b" }, "x"], ["I", { class: "b" }, "••••"]);
  check("[data-x^='1, 2']", ["I", { "data-x": "1, 2, 3" }, "x"], ["I", { "data-x": "1, 2, 3" }, "••••"]);
});

test("what is typed into a masked field is dots in the action and its log, of any length; other words stay", () => {
  const event = mask([], ["123"]);
  const fill = (value: string, callId = "c1") => ({ type: "before", callId, method: "fill", params: { selector: "#pin", value } });
  const log = (message: string, callId = "c1") => ({ type: "log", callId, message });
  assert.deepEqual([event(fill("123")), event(log('  fill("123")'))], [fill("••••"), log('  fill("••••")')]);
  assert.deepEqual([event(fill("124", "c2")), event(log('  fill("124")', "c2"))], [fill("124", "c2"), log('  fill("124")', "c2")]);
});

test("known values, and headers and cookies that let somebody in, are in no line; our own looks at the page are left out", () => {
  const event = mask([]);
  assert.deepEqual(event({ type: "console", text: "it is hunter2hunter2" }), { type: "console", text: "it is ••••" });
  const part = (value: string) => ({ headers: [{ name: "Cookie", value }, { name: "accept", value: "*/*" }], cookies: [{ name: "id", value }] });
  assert.deepEqual(event({ type: "resource-snapshot", snapshot: { request: part("abc"), response: part("d") } }), {
    type: "resource-snapshot",
    snapshot: { request: part("***"), response: part("***") },
  });
  assert.deepEqual(
    [
      { type: "before", callId: "c", method: "evaluateExpression" },
      { type: "log", callId: "c", message: "x" },
      { type: "after", callId: "c" },
    ].map(event),
    [undefined, undefined, undefined],
  );
  assert.equal(createLineMask({ masks: [], typed: new Set(), hide: (text) => text })("{torn"), undefined);
});
