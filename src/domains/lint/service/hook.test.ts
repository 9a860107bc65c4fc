// What clients' hooks say, and what they are told.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Finding } from "../types/finding.ts";
import { hookClients, hookSettings, newFindings, parseHookEvent, renderHookText } from "./hook.ts";

const cases: Readonly<Record<string, readonly [object, readonly string[], boolean]>> = {
  "Claude's Edit": [{ tool_name: "Edit", tool_input: { file_path: "/r/a.ts", old_string: "a", new_string: "file_path" } }, ["/r/a.ts"], false],
  "Claude's NotebookEdit": [{ tool_name: "NotebookEdit", tool_input: { notebook_path: "/r/a.ipynb" } }, ["/r/a.ipynb"], false],
  "Codex' apply_patch": [
    {
      tool_name: "apply_patch",
      tool_input: {
        command:
          "*** Begin Patch\n*** Update File: src/a.ts\n@@\n-a\n+b\n*** Add File: src/b c.ts\n+x\n*** Update File: src/d.ts\n*** Move to: src/e.ts\n*** Delete File: src/f.ts\n*** End Patch",
      },
    },
    ["src/a.ts", "src/b c.ts", "src/d.ts", "src/e.ts"],
    false,
  ],
  "Codex' patch in a list of words": [{ tool_name: "shell", tool_input: { command: ["apply_patch", "*** Begin Patch\n*** Add File: x.ts\n+1\n*** End Patch"] } }, ["x.ts"], true],
  "Gemini's write_file": [{ hook_event_name: "AfterTool", tool_name: "write_file", tool_input: { file_path: "a.ts", content: "x" } }, ["a.ts"], false],
  "a shell": [{ tool_name: "Bash", tool_input: { command: "ls" } }, [], true],
  "a tool without files": [{ tool_name: "WebSearch", tool_input: { query: "path" } }, [], false],
};

for (const [name, [input, files, isShell]] of Object.entries(cases)) {
  test(`parseHookEvent() reads ${name}`, () => {
    const event = parseHookEvent(JSON.stringify({ cwd: "/r", hook_event_name: "PostToolUse", ...input }));
    assert.deepEqual([event?.files, event?.isShell, event?.cwd], [files, isShell, "/r"]);
  });
}

test("parseHookEvent() gives nothing for what is no hook's JSON", () => {
  for (const text of ["", "x", "[]", "null", '{"cwd": 1}']) assert.equal(parseHookEvent(text), undefined);
});

test("renderHookText() is the clients' common form, bounded, and empty for nothing", () => {
  assert.equal(renderHookText("AfterTool", ""), "");
  assert.deepEqual(JSON.parse(renderHookText("AfterTool", "x")), { hookSpecificOutput: { hookEventName: "AfterTool", additionalContext: "x" } });
  assert.ok(renderHookText("AfterTool", "x".repeat(1e6)).length < 6_000);
});

test("newFindings() counts: a second place of a known identity is new, a moved one is not", () => {
  const finding = (id: string, line: number): Finding => ({
    id,
    rule: "r",
    severity: "error",
    file: "a",
    line,
    column: 1,
    endLine: line,
    found: "",
    expected: "",
    fix: "",
    reference: "",
    baselined: false,
  });
  assert.deepEqual(newFindings([finding("a", 5), finding("a", 9), finding("b", 1)], [finding("a", 2), finding("c", 1)]).map((one) => [one.id, one.line]), [["a", 9], ["b", 1]]);
  assert.deepEqual(newFindings([finding("a", 5)], [finding("a", 2)]), []);
});

test("hookSettings() names the client's file and a command that begins with ours", () => {
  assert.deepEqual(hookClients.map((client) => hookSettings(client).path), [".codex/hooks.json", ".claude/settings.json", ".gemini/settings.json"]);
  assert.match(JSON.stringify(hookSettings("claude", "npx inspan").json), /"npx inspan hook claude"/);
});
