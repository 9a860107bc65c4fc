import assert from "node:assert/strict";
import { test } from "node:test";
import { HiddenValues } from "./masks.ts";

test("HiddenValues takes values out of texts as they stand, as an address carries them and as JSON does; short ones stay", () => {
  const hidden = new HiddenValues();
  hidden.add(["s3cret word", "pa\"ss", "123"]);
  const check = (text: string, expected: string) => assert.equal(hidden.hide(text), expected);
  check("the s3cret word is", "the •••• is");
  check("/login?p=s3cret%20word&q=s3cret+word", "/login?p=••••&q=••••");
  check(JSON.stringify({ password: "pa\"ss" }), '{"password":"••••"}');
  check("123 rows", "123 rows");
  check("another word", "another word");
});
