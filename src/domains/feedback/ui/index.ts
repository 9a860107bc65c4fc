// `inspan feedback …`: what people, reviewers, checks and crashes told us; what somebody adds; webhooks.
import { z } from "zod";
import { InspanError } from "../../../base/errors.ts";
import { renderTable } from "../../../base/text.ts";
import { defineOperation, type Contribution, type OperationContext } from "../../../providers/index.ts";
import { SignalKind } from "../types.ts";

/** Pasted threads and payloads; a signal keeps 4,000 characters of a text. */
const givenCharsMax = 4_000_000;
const causesShown = 100;

async function withSignals<Result>(context: OperationContext, work: (signals: Awaited<ReturnType<typeof open>>) => Promise<Result>): Promise<Result> {
  const signals = await open(context);
  try { return await work(signals); } finally { await signals.dispose(); }
}

async function open(context: OperationContext) {
  const [{ openRepository }, { openSignals }] = await Promise.all([import("../../worktree/runtime/index.ts"), import("../runtime/index.ts")]);
  return openSignals(context.providers, (await openRepository(context)).statePath);
}

const listOperation = defineOperation({
  name: "feedback/list", command: "feedback list", summary: "List signals: comments, interruptions, holds, failed checks, findings, exceptions, incidents",
  audience: "person", readOnly: true,
  input: z.object({
    kind: SignalKind.optional().describe("Only this kind"),
    task: z.string().optional().describe("Only of this task"),
    limit: z.number().int().min(1).max(1000).default(50).describe("How many, newest first"),
  }),
  handler: (input, context) => withSignals(context, async (signals) => {
    const found = await signals.list({ countMax: input.limit + 1, ...(input.kind ? { kind: input.kind } : {}), ...(input.task ? { taskId: input.task } : {}) });
    return { version: 1 as const, signals: found.slice(0, input.limit), isCut: found.length > input.limit };
  }),
  render: ({ signals, isCut }) => {
    if (signals.length === 0) return "No signal.";
    const rows = signals.map((signal) => [String(signal.id), signal.at.slice(0, 19), signal.kind, signal.taskId ?? "", signal.title, signal.link]);
    return `${renderTable([["ID", "AT", "KIND", "TASK", "WHAT", "WHERE"], ...rows])}${isCut ? "\n… older ones left out; raise --limit" : ""}`;
  },
});

const showOperation = defineOperation({
  name: "feedback/show", command: "feedback show", summary: "Show one signal whole: its text, cause, task, commit, link",
  audience: "person", readOnly: true, positional: ["id"],
  input: z.object({ id: z.coerce.number().int().min(1).describe("Its number in `feedback list`") }),
  handler: (input, context) => withSignals(context, async (signals) => {
    const signal = await signals.find(input.id);
    if (signal === undefined)
      throw new InspanError("SIGNAL_UNKNOWN", `Cannot show the signal ${input.id}: there is none of that number.`, {
        kind: "usage",
        remedy: "inspan feedback list",
      });
    return { version: 1 as const, signal };
  }),
  render: ({ signal }) =>
    [
      `${signal.kind} ${signal.id} of ${signal.at.slice(0, 19)}: ${signal.title}`,
      ...(signal.link === "" ? [] : [`where: ${signal.link}`]),
      `cause: ${signal.cause}`,
      ...(signal.taskId === undefined ? [] : [`task: ${signal.taskId}`]),
      ...(signal.commit === undefined ? [] : [`commit: ${signal.commit}`]),
      "",
      signal.text,
    ].join("\n"),
});

const addOperation = defineOperation({
  name: "feedback/add", command: "feedback add", summary: "Keep what somebody said or what broke: a sentence, a pasted thread, an incident, a payload of Sentry or Alertmanager",
  audience: "person", readOnly: false, positional: ["text"],
  input: z.object({
    text: z.string().max(givenCharsMax).optional().describe("The text; standard input where it is absent"),
    format: z.enum(["auto", "text", "sentry", "alertmanager"]).default("auto").describe("auto takes payloads of Sentry and Alertmanager by their form, all else as text"),
    kind: z.enum(["comment", "incident", "correction", "revert", "lesson"]).default("comment").describe("Of a text: what it is"),
    title: z.string().max(200).optional().describe("Of a text; its first line unless told"),
    link: z.string().max(2_000).default("").describe("Where it is from"),
  }),
  handler: async (input, context) => {
    const text = input.text ?? await context.readStdin();
    if (text === undefined || text.trim() === "")
      throw new InspanError("TEXT_MISSING", "Cannot keep a signal: there is no text, expected one as an argument or on standard input.", {
        kind: "usage",
        remedy: 'inspan feedback add "…", or: pbpaste | inspan feedback add',
      });
    if (text.length > givenCharsMax)
      throw new InspanError("TEXT_LARGE", `Cannot keep a signal: the text has ${text.length} characters, expected at most ${givenCharsMax}.`, {
        kind: "usage",
        remedy: "paste the part that matters",
      });
    const { detectFormat, fromText, readSignals } = await import("../service/intake.ts");
    const format = input.format === "auto" ? detectFormat(text) ?? "text" : input.format;
    const received = format === "text" ? [fromText(text, { kind: input.kind, title: input.title, link: input.link })] : readSignals(text, format);
    if (received.length === 0)
      throw new InspanError("PAYLOAD_EMPTY", `Cannot keep a signal: the text holds nothing of ${format} that fires or failed.`, {
        kind: "usage",
        remedy: "inspan feedback add --format text",
      });
    return withSignals(context, async (signals) => {
      const causes = [...new Set(received.map(({ signal }) => signal.cause))];
      return {
        version: 1 as const,
        format,
        received: received.length,
        added: await signals.recordAll(received),
        causes: causes.slice(0, causesShown).map((cause) => context.providers.secrets.redact(cause)),
        isCut: causes.length > causesShown,
      };
    });
  },
  render: ({ format, received, added }) =>
    `Kept ${added} of ${received} ${format === "text" ? "signal" : `${format} signals`}${received - added > 0 ? `; ${received - added} were known, or more of one cause than a day keeps` : ""}.\nNext: inspan feedback stats`,
});

const serveOperation = defineOperation({
  name: "feedback/serve",
  command: "feedback serve",
  summary: "Take webhooks on loopback (GitHub, GitLab, Slack, Sentry, Alertmanager, signed texts) and keep what they say, until it is stopped",
  audience: "person", readOnly: false, isStreaming: true, isCommandLineOnly: true,
  input: z.object({ port: z.number().int().min(0).max(65_535).default(0).describe("Port to listen on; 0 takes a free one") }),
  handler: (input, context) => withSignals(context, async (signals) => {
    const { serveWebhooks } = await import("../runtime/index.ts");
    const server = await serveWebhooks({ providers: context.providers, signals, port: input.port, onTaken: (taken) => { context.emit({ type: "taken", ...taken }); } });
    try {
      const record = await context.providers.processRecords.register({ kind: "server", label: "webhooks", repositoryPath: context.cwd, taskId: undefined, url: server.url });
      try {
        context.emit({ type: "listening", url: server.url, sources: server.sources, pid: process.pid });
        context.progress(`Taking webhooks of ${server.sources.join(", ")} on ${server.url}/hooks/<source>`);
        if (!context.signal.aborted) await new Promise<void>((stopped) => { context.signal.addEventListener("abort", () => { stopped(); }, { once: true }); });
      } finally { await record.remove(); }
    } finally { await server.close(); }
    return { version: 1 as const, url: server.url, isStopped: true };
  }),
  render: () => "",
});

export const contribution: Contribution = { domain: "feedback", operations: [listOperation, showOperation, addOperation, serveOperation], configSections: [] };
