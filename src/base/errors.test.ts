import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { messageOf } from "./errors.ts";

test("messageOf() says in one line what a schema did not find, and the message of everything else", () => {
  const wrong = z.object({ a: z.number(), list: z.array(z.string()) }).safeParse({ a: "x", list: [1] });
  assert.equal(messageOf(wrong.error), "a: Invalid input: expected number, received string; list.0: Invalid input: expected string, received number");
  assert.equal(messageOf(z.string().safeParse(1).error), "Invalid input: expected string, received number");
  assert.equal(messageOf(Object.assign(new Error("own words"), { issues: [null, 7, {}] })), "own words");
  assert.equal(messageOf(new TypeError("no")), "no");
  assert.equal(messageOf("text"), "text");
});
