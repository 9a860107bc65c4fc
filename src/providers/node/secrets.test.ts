import assert from "node:assert/strict";
import { test } from "node:test";
import { Secret } from "../secrets.ts";
import { createNodeSecrets } from "./secrets.ts";

const secrets = createNodeSecrets({ DEPLOY_TOKEN: "hunter2hunter2", PATH: "/usr/bin" });

function check(input: string, expected: string) {
  assert.equal(secrets.redact(input), expected);
  assert.equal(secrets.redact(expected), expected, "redact() is idempotent");
}

test("redact() removes registered values and what looks like a key, and leaves the rest", () => {
  check("the value hunter2hunter2 leaked", "the value *** leaked");
  check("OPENAI_API_KEY=abcdefghijkl x", "OPENAI_API_KEY=*** x");
  check('{"apiKey": "abcdefghijkl"}', '{"apiKey": "***"}');
  check("key sk-proj-aaaaaaaaaaaaaaaaaaaaaaaa end", "key sk-*** end");
  check("https://ann:s3cretword@example.org/x", "https://ann:***@example.org/x");
  check("Authorization: Bearer abcdefghijklmnop", "Authorization: Bearer ***");
  check("-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----", "[private key removed]");
  check("the tokens counted: 1234567", "the tokens counted: 1234567");
  check("const token = next();", "const token = next();");
});

test("a Secret prints as *** everywhere but through reveal()", () => {
  const secret = secrets.fromEnvironment("DEPLOY_TOKEN");
  assert.ok(secret instanceof Secret);
  assert.equal(`${secret} ${JSON.stringify({ secret })}`, '*** {"secret":"***"}');
  assert.equal(secret.reveal(), "hunter2hunter2");
  assert.equal(secrets.fromEnvironment("NOT_SET"), undefined);
});
