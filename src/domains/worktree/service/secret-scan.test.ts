import assert from "node:assert/strict";
import { test } from "node:test";
import { scanForSecrets } from "./secret-scan.ts";

// Put together here, so that no scanner takes this file for a leak.
const letters = "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7".repeat(8);
const keys: Readonly<Record<string, string>> = {
  "a private key": `-----BEGIN RSA ${"PRIVATE"} KEY-----\n${letters.slice(0, 64)}`,
  "a key of AWS": `AKI${"A"}QWERTZUIOPLKJHGF`,
  "a token of GitHub": `gh${"p"}_${letters.slice(0, 36)}`,
  "a token of GitLab": `glpa${"t"}-${letters.slice(0, 20)}`,
  "a token of Slack": `xox${"b"}-1234567890-${letters.slice(0, 24)}`,
  "a token of npm": `np${"m"}_${letters.slice(0, 36)}`,
  "a key of Anthropic": `sk-an${"t"}-api03-${letters.slice(0, 80)}`,
  "a key of OpenAI": `s${"k"}-proj-${letters.slice(0, 60)}`,
  "a key of Google": `AIz${"a"}${letters.slice(0, 35)}`,
  "a live key of Stripe": `s${"k"}_live_${letters.slice(0, 24)}`,
};

test("scanForSecrets() names each kind and its line", () => {
  for (const [kind, key] of Object.entries(keys)) assert.deepEqual(scanForSecrets(`one\ntwo "${key}"\n`, "").map((found) => [found.kind, found.line]), [[kind, 2]], kind);
});

test("scanForSecrets() passes over what was there, what says that it is none, and what only looks like one", () => {
  const check = (text: string, before = "") => assert.deepEqual(scanForSecrets(text, before), [], text);
  for (const key of Object.values(keys)) check(`moved ${key}`, `at ${key}`);
  check(`AKI${"A"}IOSFODNN7EXAMPLE`);
  check(`gh${"p"}_test${letters.slice(0, 32)}`);
  check(`gh${"p"}_${"0".repeat(36)}`);
  check("const sk = task-name-of-something-long-and-hyphenated-but-no-key-at-all");
  check(`-----BEGIN PUBLIC KEY-----\n${letters.slice(0, 64)}`);
  check(`the words -----BEGIN ${"PRIVATE"} KEY----- in a sentence`);
  check('password = "hunter2hunter2"');
  check(`sha512-${letters.slice(0, 88)}==`);
});

test("scanForSecrets() is bounded and linear", () => {
  assert.equal(scanForSecrets(Array.from({ length: 100 }, (_, at) => `gh${"p"}_${letters.slice(at, at + 30)}${100_000 + at}`).join("\n"), "").length, 20);
  assert.deepEqual(scanForSecrets(`sk-${"a-".repeat(500_000)}`.slice(0, 1_000_000).replaceAll("a", "test"), ""), []);
  assert.deepEqual(scanForSecrets(`-----BEGIN ${"A ".repeat(300_000)}`, ""), []);
});
