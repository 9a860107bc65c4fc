// A tiny app-server in Codex's protocol, newer than ours: it tells things that nobody knows yet, and asks for leave. The first word of a turn names what it
// does; its last words say what it was answered. For tests of the driver only.
import { createInterface } from "node:readline";

const home = process.env.CODEX_HOME;
if (process.argv[2] === "--version") { process.stdout.write("codex-cli 0.999.0\n"); process.exit(0); }
if (process.argv[2] !== "app-server") { process.stdout.write("{}\n"); process.exit(0); }

const send = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
const threadId = "thread-1";
const turnId = "turn-1";
const waiters = new Map();
const steers = [];
let lastId = 1_000;
const ask = (method, params) => new Promise((resolve) => { const id = ++lastId; waiters.set(id, resolve); send({ id, method, params: { threadId, turnId, itemId: "edit-1", startedAtMs: 1, ...params } }); });
const notify = (method, params) => send({ method, params: { threadId, turnId, ...params } });
const say = (text) => notify("item/completed", { item: { type: "agentMessage", id: "m", text } });
const complete = (status, error = null) => notify("turn/completed", { turn: { id: turnId, status, error, brandNew: true } });
const decisionOf = async (method, params) => { const { result, error } = await ask(method, params); return error === undefined ? JSON.stringify(result) : `error ${error.code}`; };
const editing = (path) => notify("item/started", { item: { type: "fileChange", id: "edit-1", status: "inProgress", changes: [{ path, kind: { type: "add" }, diff: "" }] } });
const limits = (usedPercent, resetsAt) => send({ method: "account/rateLimits/updated", params: { rateLimits: { primary: { usedPercent, windowDurationMins: 300, resetsAt }, secondary: null, brandNew: 1 } } });

const scenes = {
  APPROVALS: async (words) => {
    const told = [];
    editing(words[1]);
    told.push(await decisionOf("item/fileChange/requestApproval", {}));
    editing("locked.txt");
    told.push(await decisionOf("item/fileChange/requestApproval", {}));
    editing("../outside.txt");
    told.push(await decisionOf("item/fileChange/requestApproval", {}));
    told.push(await decisionOf("item/fileChange/requestApproval", { itemId: "unknown" }));
    told.push(await decisionOf("item/commandExecution/requestApproval", { kind: "command", command: "npm test" }));
    told.push(await decisionOf("item/commandExecution/requestApproval", { kind: "command", command: "curl x", reason: "needs the network" }));
    told.push(await decisionOf("item/commandExecution/requestApproval", { command: "curl x", networkApprovalContext: { host: "x" } }));
    told.push(await decisionOf("item/permissions/requestApproval", {}));
    told.push(await decisionOf("item/tool/requestUserInput", { questions: [] }));
    told.push(await decisionOf("mcpServer/elicitation/request", { serverName: "x", mode: "form", message: "?" }));
    told.push(await decisionOf("brand/new/request", {}));
    say(`${told.join("\n")}\nsteered: ${steers.join(" | ")}`);
    complete("completed");
  },
  NEWER: async () => {
    send({ method: "brand/new", params: { anything: [1] } });
    send({ method: "turn/completed", params: "nonsense" });
    send({ method: "error" });
    process.stdout.write("no protocol at all\n[]\n{\"id\":null}\n");
    notify("item/started", { item: { type: "brandNewItem", id: "x" } });
    notify("item/completed", { item: { type: "commandExecution", id: 7 } });
    say("still there");
    complete("completed");
  },
  STATUS: async () => complete("suspended"),
  WARNED: async () => { limits(50, 4_000_000_000); limits(95, 4_000_000_000); limits(95, 4_000_000_000); say("warned"); complete("completed"); },
  LIMITED: async () => { limits(100, Math.round(Date.now() / 1_000) + 3_600); complete("failed", { message: "You have hit your usage limit.", codexErrorInfo: "usageLimitExceeded", additionalDetails: null }); },
};

const answers = {
  initialize: () => ({ userAgent: "codex/0.999.0", brandNew: true }),
  "hooks/list": () => ({ data: [{ cwd: "/", hooks: ["PreToolUse", "PostToolUse"].map((eventName) => ({ key: `${home}/config.toml:${eventName}`, eventName, currentHash: "h", trustStatus: "trusted", source: "user" })) }] }),
  "thread/start": () => ({ thread: { id: threadId } }),
  "thread/resume": () => { throw new Error("no such thread"); },
  "turn/start": ({ input: [{ text }], additionalContext, approvalPolicy }) => {
    const words = text.split(" ");
    const scene = scenes[words[0]] ?? (async () => { say(JSON.stringify({ additionalContext, approvalPolicy })); complete("completed"); });
    setImmediate(() => void scene(words));
    return { turn: { id: turnId } };
  },
  "turn/steer": ({ input: [{ text }] }) => { steers.push(text); return { turnId }; },
};
createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method, params, result, error } = JSON.parse(line);
  if (method === undefined) { waiters.get(id)?.({ result, error }); waiters.delete(id); return; }
  if (id === undefined) return;
  try { send({ id, result: (answers[method] ?? (() => ({})))(params) }); } catch (failure) { send({ id, error: { code: -32600, message: failure.message } }); }
}).on("close", () => process.exit(0));
