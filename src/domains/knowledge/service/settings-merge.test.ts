// Settings of agents: our entries go in once and come out again, and every byte of the user's stays.
import assert from "node:assert/strict";
import { test } from "node:test";
import { withoutSettings, withSettings } from "./settings-merge.ts";

const ours = { path: ".claude/settings.json", json: { hooks: { PostToolUse: [{ matcher: "Edit", hooks: [{ type: "command", command: "inspan hook claude", timeout: 30 }] }] } } };

test("withSettings() keeps every byte of the user's file, puts the entry in once, and withoutSettings() restores the file exactly", () => {
  const files = [
    "{}",
    "{ }\n",
    '{\n  "model": "x"\n}\n',
    '{"hooks":{}}',
    '{"hooks": { "Stop": [] }, "a": [1, {"hooks": 2}]}',
    '{\n\t"hooks": {\n\t\t"PostToolUse": [ { "matcher": "Bash", "hooks": [] } ]\n\t}\n}',
    '{"hooks":{"PostToolUse":[]}}', '// mine\n{ /* {"hooks": */ "text": "a \\" { hooks [", "hooks" : { "PostToolUse" : [ ], }, }\r\n',
  ];
  for (const text of files) {
    const merged = withSettings(text, ours);
    assert.ok(merged !== undefined && merged !== text && merged.includes("inspan hook claude"), text);
    assert.equal(withSettings(merged, ours), merged, "twice is once");
    assert.equal(withoutSettings(merged, ours), text);
    if (text.includes("//")) continue;
    const hooks = (JSON.parse(merged) as { hooks: { PostToolUse: unknown[] } }).hooks.PostToolUse; // just written
    assert.deepEqual(hooks[0], ours.json.hooks.PostToolUse[0]);
  }
});

test("a file that was not there goes again, what is no JSON object is refused, and what is not ours stays", () => {
  const made = withSettings(undefined, ours) ?? "";
  assert.deepEqual(JSON.parse(made), ours.json);
  assert.equal(withoutSettings(made, ours), undefined);
  for (const broken of ["", "[1]", '{"a": ', "null", "hello"]) assert.equal(withSettings(broken, ours), undefined, broken);
  assert.equal(withoutSettings('{"hooks":{"PostToolUse":[{"matcher":"Edit"}]}}', ours), '{"hooks":{"PostToolUse":[{"matcher":"Edit"}]}}');
});
