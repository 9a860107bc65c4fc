import assert from "node:assert/strict";
import { test } from "node:test";
import type { PageNode, SessionStep } from "../types/index.ts";
import { nameElement, newSayings, renderJourney, secretNameOf } from "./journey-text.ts";

const node = (role: string, name: string, more: Partial<PageNode> = {}): PageNode => ({
  role,
  name,
  text: "",
  ref: undefined,
  states: [],
  url: undefined,
  isPointer: false,
  children: [],
  ...more,
});

test("nameElement() is role and name where they are enough, the part that holds it where not, and nothing where no words point at it alone", () => {
  const page = node("main", "", { children: [
    node("button", "Save", { ref: "e1" }),
    node("region", "Left", { children: [node("textbox", "Room", { ref: "e2" })] }), node("region", "Right", { children: [node("textbox", "Room", { ref: "e3" })] }),
    node("button", "Twice", { ref: "e4" }), node("button", "Twice", { ref: "e5" }), node("button", 'Say "yes"', { ref: "e6" }),
  ] });
  const check = (ref: string, expected: string | undefined) => assert.equal(nameElement(page, ref), expected, ref);
  check("e1", 'button "Save"');
  check("e2", 'textbox "Room" in region "Left"');
  check("e3", 'textbox "Room" in region "Right"');
  check("e4", undefined);
  check("e6", "button 'Say \"yes\"'");
  check("e99", undefined);
  assert.equal(nameElement(node("page", "", { children: [node("button", "a = b", { ref: "e1" })] }), "e1"), undefined, "a value stands behind an equals sign");
});

test("newSayings() tells what the page says now and did not before, without what is another every day", () => {
  const page = (status: string, heading = "Home") =>
    node("main", "", { children: [node("heading", heading), node("status", "", { children: [node("text", "", { text: status })] })] });
  assert.deepEqual(newSayings(page(""), page("Booked: Stand-up")), ['"Booked: Stand-up"']);
  assert.deepEqual(newSayings(page("Booked"), page("Booked")), []);
  assert.deepEqual(newSayings(page(""), page("", "Done")), ['heading "Done"']);
  assert.deepEqual(newSayings(page(""), page("Order 4711001 of 2026-11-21")), []);
});

test("renderJourney() writes secrets as named values, and values that begin with a space in quotes", () => {
  const step = (more: Partial<SessionStep>): SessionStep => ({ action: "click", target: undefined, value: undefined, secretName: undefined, sees: [], ...more });
  const text = renderJourney({
    id: "sign-in",
    name: "Sign in",
    entry: "/",
    steps: [
      step({ action: "open", value: "/" }),
      step({ action: "fill", target: 'textbox "Password"', value: "${PASSWORD}", secretName: "PASSWORD" }),
      step({ action: "fill", target: 'textbox "Note"', value: " a" }),
      step({ target: 'button "Go"', sees: ['"Welcome"'] }),
    ],
  });
  assert.match(text, /^---\nid: sign-in\nname: "Sign in"\nentry: "\/"\n---\n/);
  assert.match(text, /   fill textbox "Password" = \$\{PASSWORD\}\n/);
  assert.match(text, /   fill textbox "Note" = " a"\n/);
  assert.match(text, /   click button "Go"\n   see "Welcome"\n/);
  assert.match(renderJourney({ id: "a", name: "A", entry: "/", steps: [step({ action: "fill", target: 'textbox "Note"', value: "" })] }), /   fill textbox "Note" = ""\n/);
  assert.deepEqual(['textbox "Password"', 'textbox "2nd factor"', "textbox"].map(secretNameOf), ["PASSWORD", "N_2ND_FACTOR", "TEXTBOX"]);
});
