// Generates the protocol types of the pinned Codex and checks ours against them. They are 3 MB, so they are made when needed, not kept.
// Usage: node scripts/run.js scripts/generate-codex-types.ts [folder]   (scripts/agents must be installed: npm run test:agents does it)
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");

/** Ours on the left, Codex's on the right: a request of ours must be one of theirs, … */
const requests = {
  "initialize": "InitializeParams",
  "hooks/list": "v2/HooksListParams",
  "config/batchWrite": "v2/ConfigBatchWriteParams",
  "thread/start": "v2/ThreadStartParams",
  "thread/resume": "v2/ThreadResumeParams",
  "turn/start": "v2/TurnStartParams",
  "turn/steer": "v2/TurnSteerParams",
  "turn/interrupt": "v2/TurnInterruptParams",
  "thread/backgroundTerminals/clean": "v2/ThreadBackgroundTerminalsCleanParams",
} as const;
const answers = {
  "item/tool/call": "v2/DynamicToolCallResponse",
  "item/commandExecution/requestApproval": "v2/CommandExecutionRequestApprovalResponse",
  "item/fileChange/requestApproval": "v2/FileChangeRequestApprovalResponse",
  "item/permissions/requestApproval": "v2/PermissionsRequestApprovalResponse",
  "item/tool/requestUserInput": "v2/ToolRequestUserInputResponse",
  "mcpServer/elicitation/request": "v2/McpServerElicitationRequestResponse",
} as const;
/** … and a message of theirs must be one that ours parses. */
const messages = {
  InitializeResult: "InitializeResponse",
  HooksListResult: "v2/HooksListResponse",
  ThreadResult: "v2/ThreadStartResponse",
  TurnStartResult: "v2/TurnStartResponse",
  ToolCallParams: "v2/DynamicToolCallParams",
  ItemParams: "v2/ItemCompletedNotification",
  TokenUsageParams: "v2/ThreadTokenUsageUpdatedNotification",
  ErrorParams: "v2/ErrorNotification",
  TurnCompletedParams: "v2/TurnCompletedNotification",
  CommandApprovalParams: "v2/CommandExecutionRequestApprovalParams",
  FileApprovalParams: "v2/FileChangeRequestApprovalParams",
  RateLimitsParams: "v2/AccountRateLimitsUpdatedNotification",
} as const;
const items = ["commandExecution", "fileChange", "dynamicToolCall", "mcpToolCall", "agentMessage", "reasoning"];
/** Methods whose names we only know as text. */
const notifications = ["item/started", "item/completed", "thread/tokenUsage/updated", "error", "turn/completed", "account/rateLimits/updated"];

/** The file that the compiler checks: one constant a line, so that a failure names what broke. */
function renderCheck(protocolPath: string): string {
  const theirs = [
    ...new Set([
      ...Object.values(requests),
      ...Object.values(answers),
      ...Object.values(messages),
      "v2/ThreadItem",
      "v2/ThreadResumeResponse",
      "ClientRequest",
      "ServerRequest",
      "ServerNotification",
    ]),
  ];
  return [
    `import type { z } from "zod";`,
    `import type * as ours from "${protocolPath}";`,
    ...theirs.map((path) => `import type { ${path.split("/").at(-1) ?? ""} } from "./${path}";`),
    ...Object.entries(requests).map(
      ([method, type]) =>
        `export const request_${method.replaceAll("/", "_")} = (value: ours.CodexRequests["${method}"]): ${type.split("/").at(-1) ?? ""} => value;`,
    ),
    ...Object.keys(requests).map((method) => `export const method_${method.replaceAll("/", "_")}: ClientRequest["method"] = "${method}";`),
    ...Object.entries(answers).map(
      ([method, type]) =>
        `export const answer_${method.replaceAll("/", "_")} = (value: ours.CodexAnswers["${method}"]): ${type.split("/").at(-1) ?? ""} => value;`,
    ),
    ...Object.keys(answers).map((method) => `export const asked_${method.replaceAll("/", "_")}: ServerRequest["method"] = "${method}";`),
    ...Object.entries(messages).map(([name, type]) => `export const message_${name} = (value: ${type.split("/").at(-1) ?? ""}): z.input<typeof ours.${name}> => value;`),
    `export const message_ThreadResume = (value: ThreadResumeResponse): z.input<typeof ours.ThreadResult> => value;`,
    ...items.map((type) => `export const item_${type} = (value: Extract<ThreadItem, { type: "${type}" }>): z.input<typeof ours.CodexItem> => value;`),
    ...notifications.map((method) => `export const notified_${method.replaceAll("/", "_")}: ServerNotification["method"] = "${method}";`),
    "",
  ].join("\n");
}

export interface TypeCheck { readonly isFine: boolean; readonly output: string; readonly checks: number }

/** Generates into `folder`, made if missing. Throws where Codex cannot. */
export function generateCodexTypes(codexPath: string, folder: string): void {
  mkdirSync(folder, { recursive: true });
  const generated = spawnSync(process.execPath, [codexPath, "app-server", "generate-ts", "--experimental", "--out", folder], {
    encoding: "utf8",
    env: { ...process.env, CODEX_HOME: folder },
  });
  if (generated.status !== 0) throw new Error(`Cannot generate the types of "${codexPath}": ${generated.error?.message ?? generated.stderr}`);
}

/** Compiles our part of the protocol against the generated types in `folder`; `output` is the compiler's. */
export function checkCodexTypes(folder: string): TypeCheck {
  const check = renderCheck(relative(folder, join(root, "src", "domains", "agent", "service", "codex", "protocol.ts")));
  writeFileSync(join(folder, "check.ts"), check);
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({
    compilerOptions: {
      target: "es2023",
      lib: ["es2024"],
      types: [],
      module: "preserve",
      moduleResolution: "bundler",
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      allowImportingTsExtensions: true,
    },
    files: ["check.ts"],
  }));
  const compiled = spawnSync(join(root, "node_modules", ".bin", "tsc"), ["-p", folder], { encoding: "utf8" });
  return { isFine: compiled.status === 0, output: compiled.stdout + compiled.stderr, checks: check.split("\n").filter((line) => line.startsWith("export const")).length };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = process.argv[2] ?? join(root, ".cache", "codex-types");
  generateCodexTypes(join(root, "scripts", "agents", "node_modules", "@openai", "codex", "bin", "codex.js"), folder);
  const { isFine, output, checks } = checkCodexTypes(folder);
  process.stdout.write(isFine ? `${checks} checks hold against the types in ${folder}\n` : output);
  process.exit(isFine ? 0 : 1);
}
