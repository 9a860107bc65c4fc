// Text of others on its way to a terminal: names of files and words of agents must not command it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { nameInLine, withoutControls } from "../base/text.ts";
import { checkoutPath, makePlace } from "../../test/support/command-line.ts";

const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/;

test("withoutControls() takes whole escape sequences away and keeps lines and tabs", () => {
  assert.equal(withoutControls("a\u001b[31mred\u001b[0m\tb\n\u001b]0;title\u0007c\u001b]8;;http://x\u001b\\d\r\u009b2Je\u0085\u202ef\u001bc"), "ared\tb\ncdef");
  assert.equal(withoutControls("\u001b]52;c;never ended\nnext line"), "\nnext line");
});

test("nameInLine() shows a name with controls in the form of JSON", () => {
  assert.deepEqual(["src/ä b.ts", "a\nERROR: b\u001b[2J", "x\u009b\u202e"].map(nameInLine), ["src/ä b.ts", '"a\\nERROR: b\\u001b[2J"', '"x\\u009b\\u202e"']);
});

test("a check shows a file's name with line breaks and escapes in one line, in every form", async (t) => {
  const place = makePlace(t);
  const name = "src/domains/a/service/x\n\u001b[2J\u009b1mOK.ts";
  place.write({
    "inspan.yaml": "version: 1\ndomains: src/domains/*\nlayers: [types, service, runtime]\n",
    "src/domains/a/runtime/r.ts": "export const r = 1;\n",
    [name]: 'import { r } from "../runtime/r.ts";\nexport const s = r;\n',
  });
  const text = await place.inspan(["check"]);
  assert.equal(text.exitCode, 1);
  assert.doesNotMatch(text.stdout, controls);
  assert.ok(text.stdout.split("\n").includes('File: "src/domains/a/service/x\\n\\u001b[2J\\u009b1mOK.ts"'), text.stdout);
  const json = await place.inspan(["check", "--json"]);
  assert.doesNotMatch(json.stdout, controls);
  assert.equal(JSON.parse(json.stdout).findings[0].file, name);
  const error = await place.inspan(["task", "show", "\u001b[2Jx"]);
  assert.doesNotMatch(error.stderr, controls);
});

test("every text for a person goes through the one place that cleans it", () => {
  const programs = ["main.ts", "instance.ts", "voice.ts"].map((name) => readFileSync(`${checkoutPath}/src/app/${name}`, "utf8")).join("\n");
  const raw = programs.split("\n").filter((line) => /process\.std(out|err)\.write\(/.test(line) && !/forPerson|toJsonLine|eventLine|write\("",|error\.stack/.test(line));
  assert.equal(raw.length, 1, `only print() itself: ${raw.join("\n")}`);
});

test("--issue is meant from the shell's folder, not from --cwd", async (t) => {
  const place = makePlace(t);
  place.write({ "repo/a.ts": "", "issue.md": "\n", "repo/issue.md": "not this one" });
  const answer = await place.inspan(["task", "run", "--issue", "issue.md", "--cwd", "repo", "--json"]);
  assert.match(answer.stderr, /prompt is empty|no commit yet/);
  const missing = await place.inspan(["task", "run", "--issue", "only.md", "--cwd", "repo", "--json"]);
  assert.equal(JSON.parse(missing.stdout).error.code, "ISSUE_MISSING");
  place.write({ "repo/only.md": "words" });
  assert.equal(JSON.parse((await place.inspan(["task", "run", "--issue", "only.md", "--cwd", "repo", "--json"])).stdout).error.code, "ISSUE_MISSING");
});
