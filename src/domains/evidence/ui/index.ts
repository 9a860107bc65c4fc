// Evidence on the command line: record something, keep a file, show what there is. Knows the operations, not how a recording is made.
import { z } from "zod";
import { renderTable } from "../../../base/text.ts";
import { defineOperation, type Contribution } from "../../../providers/index.ts";
import { evidenceRoles, type EvidenceItem } from "../types/index.ts";

const runtime = () => import("../runtime/index.ts");

const choice = {
  bundle: z.string().optional().describe("Name of the bundle; this worktree's own unless told"),
  task: z.string().optional().describe("Id of the task whose bundle it is"),
};
const about = {
  role: z.enum(evidenceRoles).default("other").describe("Whether it shows the world before a change, after it, or neither"),
  proves: z.string().min(1).max(300).describe("One sentence: what somebody who looks at it knows"),
  title: z.string().max(120).optional().describe("Recordings before and after of the same title stand side by side"),
  journey: z.string().optional().describe("Id of the journey that was played"),
  ...choice,
};
const showItem = (item: EvidenceItem, folder: string) => `${item.kind}${item.role === "other" ? "" : ` ${item.role}`}: ${folder}/${item.file} (${item.sizeBytes} bytes)`;

const addOperation = defineOperation({
  name: "evidence/add", command: "evidence add", summary: "Keep a file (video, picture, log, trace) as evidence of this worktree",
  audience: "person", readOnly: false, positional: ["file"],
  input: z.object({ file: z.string().min(1).describe("Path of the file"), ...about }),
  handler: async (input, context) => {
    const { addFile, openBundle } = await runtime();
    const open = await openBundle(context, input);
    const item = await addFile(context, open, { path: input.file, role: input.role, title: input.title ?? input.file, proves: input.proves, journey: input.journey });
    return { version: 1 as const, folder: open.folder, item };
  },
  render: ({ folder, item }) => showItem(item, folder),
});

const terminalOperation = defineOperation({
  name: "evidence/terminal", command: "evidence terminal", summary: "Run a command in the sandbox and keep what its terminal showed, with times (asciicast)",
  audience: "person", readOnly: false, positional: ["command"], personFields: ["unsandboxed"],
  input: z.object({
    command: z.array(z.string()).default([]).describe("The command, after --"), ...about,
    timeoutSeconds: z.number().positive().max(3600).optional().describe("When to give up; 600 unless told"),
    unsandboxed: z.boolean().default(false).describe("Run it without a sandbox, with your network and your files"),
  }),
  handler: async (input, context) => {
    const [{ openBundle, recordEvidence }, { recordTerminal }] = await Promise.all([runtime(), import("../runtime/record-terminal.ts")]);
    const title = input.title ?? input.command.join(" ");
    const open = await openBundle(context, input);
    const { cast, exitCode, outcome, durationMs, isTerminal, isCut } = await recordTerminal(context, {
      command: input.command,
      timeoutSeconds: input.timeoutSeconds,
      unsandboxed: input.unsandboxed,
      title,
    });
    const item = await recordEvidence(context, open, {
      kind: "terminal",
      role: input.role,
      title,
      proves: input.proves,
      journey: input.journey,
      durationMs,
      content: { text: cast, extension: ".cast" },
    });
    return { version: 1 as const, folder: open.folder, item, exitCode, outcome, isTerminal, isCut };
  },
  render: ({ folder, item, exitCode, outcome, isTerminal, isCut }) => [
    showItem(item, folder), outcome === "exited" ? `the command ended with ${exitCode ?? "a signal"}` : `the command was ${outcome}`,
    ...(isTerminal ? [] : ["without a terminal: this machine has no `script` (util-linux)"]), ...(isCut ? ["cut: more was printed than a recording keeps"] : []),
  ].join("\n"),
});

const httpOperation = defineOperation({
  name: "evidence/http", command: "evidence http", summary: "Send one request to this worktree's application and keep the transcript, secrets removed",
  audience: "person", readOnly: false, positional: ["url"],
  input: z.object({
    url: z.string().min(1).describe("A path of the first service that is up, or an address of loopback"),
    method: z.string().regex(/^[A-Z]{3,10}$/, "expected a method like POST").default("GET").describe("Method"),
    headers: z.array(z.string()).default([]).describe("\"name: value\" each"),
    body: z.string().max(1_000_000).optional().describe("What is sent"), ...about,
  }),
  handler: async (input, context) => {
    const [{ openBundle, recordEvidence }, { recordHttp }] = await Promise.all([runtime(), import("../runtime/record-http.ts")]);
    const { transcript, status, durationMs, url } = await recordHttp(context, { url: input.url, method: input.method, headers: input.headers, body: input.body });
    const open = await openBundle(context, input);
    const item = await recordEvidence(context, open, {
      kind: "http",
      role: input.role,
      title: input.title ?? `${input.method} ${input.url}`,
      proves: input.proves,
      journey: input.journey,
      durationMs,
      content: { text: transcript, extension: ".txt" },
    });
    return { version: 1 as const, folder: open.folder, item, url, status: status ?? null };
  },
  render: ({ folder, item, status, url }) => `${showItem(item, folder)}\n${url} answered ${status ?? "nothing"}`,
});

const signalsOperation = defineOperation({
  name: "evidence/signals", command: "evidence signals", summary: "Keep what telemetry holds now: lines that a LogQL query finds, or one trace as a tree",
  audience: "person", readOnly: false,
  input: z
    .object({
      logs: z.string().optional().describe("LogQL"),
      trace: z
        .string()
        .regex(/^[0-9a-fA-F]{1,32}$/, "expected a trace id: up to 32 hex digits")
        .optional()
        .describe("Trace id"),
      ...about,
    })
    .refine(({ logs, trace }) => (logs === undefined) !== (trace === undefined), { message: "expected one of --logs and --trace" }),
  handler: async (input, context) => {
    const [{ openBundle, recordEvidence }, { excerptLogs, excerptTrace }] = await Promise.all([runtime(), import("../runtime/excerpts.ts")]);
    const text = input.trace === undefined ? await excerptLogs(context, input.logs ?? "") : await excerptTrace(context, input.trace);
    const open = await openBundle(context, input);
    const item = await recordEvidence(context, open, {
      kind: input.trace === undefined ? "log" : "spans",
      role: input.role,
      title: input.title ?? input.logs ?? `trace ${input.trace ?? ""}`,
      proves: input.proves,
      journey: input.journey,
      content: { text, extension: ".txt" },
    });
    return { version: 1 as const, folder: open.folder, item };
  },
  render: ({ folder, item }) => showItem(item, folder),
});

const listOperation = defineOperation({
  name: "evidence/list", command: "evidence list", summary: "Show the bundles of evidence, newest first",
  audience: "person", readOnly: true,
  input: z.object({ limit: z.number().int().min(1).max(1000).default(20).describe("Bundles at most") }),
  handler: async (input, context) => {
    const bundles = await (await runtime()).listEvidence(context);
    return { version: 1 as const, total: bundles.length, bundles: bundles.slice(0, input.limit) };
  },
  render: ({ bundles, total }) => total === 0 ? "No evidence was recorded yet.\nNext: inspan evidence terminal --proves \"the tests pass\" -- npm test" : [
    renderTable([
      ["BUNDLE", "ITEMS", "MISSING", "BEGUN", "WORKTREE"],
      ...bundles.map(({ id, items, missing, createdAt, worktree }) => [id, String(items.length), String(missing.length), createdAt.slice(0, 16), worktree]),
    ]),
    ...(total > bundles.length ? [`… ${total - bundles.length} more; raise --limit`] : []),
  ].join("\n"),
});

const bundleOperation = defineOperation({
  name: "evidence/bundle", command: "evidence bundle", summary: "Write the bundle's page: before and after side by side, what each proves, the hash of each file",
  audience: "person", readOnly: false,
  input: z.object({ ...choice }),
  handler: async (input, context) => {
    const { currentBundleId, writeBundlePage } = await runtime();
    const written = await writeBundlePage(context, await currentBundleId(context, input));
    return { version: 1 as const, ...written };
  },
  render: ({ bundle, indexPath, altered }) => [
    indexPath,
    ...bundle.items.map((item) => `  ${item.role === "other" ? "" : `${item.role}: `}${item.kind} "${item.title}" proves: ${item.proves}`),
    ...bundle.missing.map(({ what, why }) => `  no ${what}, because ${why}`),
    ...(bundle.items.some(({ kind }) => kind === "trace") ? ["Traces open in their viewer with: inspan evidence show"] : []),
    ...altered.map(({ file, state }) => `ERROR: ${file} is ${state === "missing" ? "gone" : "not what was recorded"}`),
  ].join("\n"),
  exitCode: ({ altered }) => (altered.length === 0 ? 0 : 1),
});

export const contribution: Contribution = {
  domain: "evidence",
  operations: [addOperation, terminalOperation, httpOperation, signalsOperation, listOperation, bundleOperation],
  configSections: [],
};
