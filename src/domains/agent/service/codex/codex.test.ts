// The pure parts of the Codex driver, case by case.
import { strict as assert } from "node:assert";
import { test } from "node:test";
import { decideConnect, defaultAllowedHosts } from "../connect.ts";
import { eventOfCompletedItem, eventOfStartedItem } from "./events.ts";
import { isRetryableCodexError, textOfCodexError } from "./failure.ts";
import { renderInstructions } from "../instructions.ts";
import { deriveCatalogue, renderCodexConfig } from "./home.ts";
import { hookContext, hookRefusal, renderHookProgram } from "../hook-program.ts";
import { parseNotification } from "./protocol.ts";

test("decideConnect() lets listed names on their ports pass, and no address", () => {
  const check = (target: string, expected: "allowed" | "refused", hosts: readonly string[] = defaultAllowedHosts): void =>
    assert.equal(decideConnect(target, hosts).kind, expected, target);
  check("chatgpt.com:443", "allowed");
  check("CHATGPT.com.:443", "allowed");
  check("ab.chatgpt.com:443", "allowed");
  check("evilchatgpt.com:443", "refused");
  check("chatgpt.com.evil.com:443", "refused");
  check("chatgpt.com:80", "refused");
  check("chatgpt.com", "refused");
  check("1.2.3.4:443", "refused", ["1.2.3.4"]);
  check("[::1]:443", "refused", ["::1"]);
  check("model.example:8443", "allowed", ["model.example:8443"]);
  check("model.example:443", "refused", ["model.example:8443"]);
});

test("isRetryableCodexError() tells the model's faults from ours", () => {
  const check = (codexErrorInfo: unknown, expected: boolean, message = "x"): void =>
    assert.equal(isRetryableCodexError({ message, codexErrorInfo }), expected, JSON.stringify([codexErrorInfo, message]));
  check("serverOverloaded", true);
  check("badRequest", false);
  check("contextWindowExceeded", false);
  check({ responseStreamDisconnected: { httpStatusCode: null } }, true);
  check({ responseTooManyFailedAttempts: { httpStatusCode: 503 } }, true);
  check({ responseTooManyFailedAttempts: { httpStatusCode: 401 } }, false);
  check({ httpConnectionFailed: { httpStatusCode: 429 } }, true);
  check("other", true, "unexpected status 503 Service Unavailable");
  check("other", false, "unexpected status 404 Not Found");
  check(null, false);
  assert.equal(textOfCodexError({ message: "a", codexErrorInfo: null, additionalDetails: "b" }), "a\nb");
});

test("parseNotification() reads what it knows of its own thread and ignores the rest", () => {
  const completed = { threadId: "t", turn: { id: "1", status: "failed", error: { message: "m", codexErrorInfo: null, additionalDetails: null }, more: 1 } };
  assert.deepEqual(parseNotification("turn/completed", completed, "t"), { kind: "turn-completed", turnId: "1", status: "failed", error: completed.turn.error });
  assert.equal(parseNotification("turn/completed", completed, "other"), undefined);
  assert.equal(parseNotification("turn/completed", { threadId: "t", turn: 1 }, "t"), undefined);
  assert.equal(parseNotification("thread/new-thing", { threadId: "t" }, "t"), undefined);
  assert.equal(parseNotification("item/completed", { threadId: "t", turnId: "1", item: { type: "newKind", id: "1" } }, "t"), undefined);
  const item = { type: "agentMessage", id: "1", text: "hi", startedAtMs: 5, completedAtMs: 12 };
  assert.deepEqual(parseNotification("item/completed", { threadId: "t", turnId: "1", item }, "t"), { kind: "item-completed", item, durationMs: 7 });
});

test("events are bounded", () => {
  const item = {
    type: "commandExecution" as const,
    id: "1",
    command: "echo secret",
    status: "completed",
    aggregatedOutput: `secret${"x".repeat(10_000)}`,
    exitCode: 3,
    durationMs: 4,
  };
  assert.deepEqual(eventOfStartedItem(item), { kind: "tool-started", callId: "1", tool: "exec_command", title: "echo secret" });
  const event = eventOfCompletedItem(item, 0);
  assert.ok(event?.kind === "tool-finished" && event.isError && event.durationMs === 4 && event.output.startsWith("secretx") && event.output.length < 4_100);
  assert.equal(eventOfCompletedItem({ type: "agentMessage", id: "1", text: "" }, 0), undefined);
  assert.equal(eventOfStartedItem({ type: "reasoning", id: "1", summary: [], content: [] }), undefined);
});

test("deriveCatalogue() gives an unknown model plain tools, and a read-only session no edit tool", () => {
  const bundled = { models: [
    { slug: "new", tool_mode: "code_mode_only", apply_patch_tool_type: "freeform", multi_agent_version: "v2" },
    { slug: "plain", tool_mode: null, apply_patch_tool_type: "freeform", supports_search_tool: true },
  ] };
  const entry = (model: string | undefined, canEdit: boolean): unknown =>
    (deriveCatalogue(bundled, { model, canEdit }) as { models: unknown[] } | undefined)?.models[0]; // a catalogue of one
  assert.deepEqual(entry("new", true), { slug: "new", tool_mode: "code_mode_only", apply_patch_tool_type: "freeform" });
  assert.deepEqual(entry(undefined, false), { slug: "new", tool_mode: "code_mode_only", apply_patch_tool_type: null });
  assert.deepEqual(entry("mine", true), {
    slug: "mine",
    display_name: "mine",
    description: "A model that Codex does not know by itself.",
    tool_mode: null,
    apply_patch_tool_type: "freeform",
    supports_search_tool: false,
    upgrade: null,
    visibility: "list",
  });
  assert.deepEqual(entry("plain", false), { ...bundled.models[1], apply_patch_tool_type: null });
  assert.equal(deriveCatalogue({ models: [] }, { model: "mine", canEdit: true }), undefined);
  assert.equal(deriveCatalogue("nonsense", { model: "mine", canEdit: true }), undefined);
});

test("renderCodexConfig() quotes what it is given, and names no provider for the user's own login", () => {
  const options = {
    model: `a"b\n`,
    effort: undefined,
    baseUrl: "http://127.0.0.1:1/t/v1",
    cataloguePath: undefined,
    worktreePath: `/w "x"`,
    hookCommand: ["/n o/node", "/it's/hook.cjs"] as const,
    hiddenVariables: ["A"],
    servers: [{ name: "docs", command: "node", args: [`a"b`], env: { LEVEL: "low" } }],
  };
  const text = renderCodexConfig(options);
  assert.ok(text.includes(`model = "a\\"b\\n"\n`));
  assert.ok(text.includes(`[projects."/w \\"x\\""]`));
  assert.ok(text.includes(`command = "'/n o/node' '/it'\\\\''s/hook.cjs'"`), text);
  assert.ok(!renderCodexConfig({ ...options, baseUrl: undefined }).includes("model_provider"));
  assert.equal(renderInstructions("a", undefined), "a");
  assert.match(renderInstructions("a", "map"), /^a\n\n# AGENTS\.md of this worktree\n\nmap$/);
});

test("what hooks print is JSON of the form that Codex reads", () => {
  assert.equal(hookContext(undefined), "{}");
  assert.deepEqual(JSON.parse(hookContext(`a"`)), { hookSpecificOutput: { hookEventName: "PostToolUse", additionalContext: `a"` } });
  assert.deepEqual(JSON.parse(hookRefusal("no")), { hookSpecificOutput: { hookEventName: "PreToolUse", permissionDecision: "deny", permissionDecisionReason: "no" } });
  assert.ok(renderHookProgram({ port: 5, token: "t" }).includes(`port: 5, path: "/t/hook"`));
});
