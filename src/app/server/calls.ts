// The table of operations over HTTP: list, call, and the streams of those that tell what they do. Knows no single operation.
import { z } from "zod";
import { InspanError } from "../../base/errors.ts";
import type { AnyOperation, OperationContext } from "../../providers/index.ts";
import { toErrorBody } from "./answers.ts";

// More calls at once than one person and a few programs make; each may hold a worktree or a model.
const callsMax = 32;
// A reader this far behind is gone or stuck; it is cut off and can attach again.
const unreadBytesMax = 4 * 1024 * 1024;

/** What the server counts and closes: calls in flight, and the signal that ends them. */
export interface Calls {
  readonly operations: ReadonlyMap<string, AnyOperation>;
  /** Throws TOO_MANY_CALLS; the returned promise is counted until it settles. */
  start(operation: AnyOperation, input: unknown, options: { readonly clientGone: AbortSignal; readonly emit: OperationContext["emit"] }): Promise<unknown>;
  /** Settles when every call in flight has. */
  settled(): Promise<void>;
}

/** The row of an operation in the answer of GET /operations. */
export function describeOperation(operation: AnyOperation) {
  const { $schema: _, ...inputSchema } = z.toJSONSchema(operation.input, { io: "input" });
  return {
    name: operation.name,
    command: operation.command,
    summary: operation.summary,
    audience: operation.audience,
    readOnly: operation.readOnly,
    isStreaming: operation.isStreaming === true,
    inputSchema,
  };
}

function parseInput(operation: AnyOperation, input: unknown): never {
  const parsed = operation.input.safeParse(input);
  if (parsed.success) return parsed.data as never; // parsed by this operation's own schema; see defineOperation()
  const issue = parsed.error.issues[0];
  throw new InspanError(
    "USAGE",
    `Cannot call "${operation.name}": ${issue && issue.path.length > 0 ? `${issue.path.join(".")}: ` : ""}${issue?.message ?? "wrong input"}.`,
    { kind: "usage", remedy: "GET /api/inspan/v1/operations" },
  );
}

/** `context` is the server's own; each call gets a copy with a signal and events of its own. */
export function createCalls(operations: readonly AnyOperation[], context: OperationContext): Calls {
  const callable = new Map(operations.filter((operation) => operation.audience !== "agent" && !operation.isCommandLineOnly).map((operation) => [operation.name, operation]));
  const living = new Set<Promise<unknown>>();
  return {
    operations: callable,
    start: async (operation, input, { clientGone, emit }) => {
      if (living.size >= callsMax)
        throw new InspanError("TOO_MANY_CALLS", `Cannot call "${operation.name}": ${living.size} calls are running, expected fewer than ${callsMax}.`, {
          kind: "outside",
          remedy: "wait for one of them to end",
          isRetryable: true,
        });
      const parsed = parseInput(operation, input);
      // What changes something goes on when its caller leaves: a closed tab is no order to stop an agent.
      const signal = operation.readOnly ? AbortSignal.any([context.signal, clientGone]) : context.signal;
      const call = context.providers.telemetry.span(`operation ${operation.name}`, { operation: operation.name, caller: "http" }, () =>
        operation.handler(parsed, { ...context, signal, emit, progress: () => undefined, readStdin: async () => undefined }),
      );
      const counted = call.then(() => undefined, () => undefined).finally(() => living.delete(counted));
      living.add(counted);
      return call;
    },
    settled: async () => { await Promise.all(living); },
  };
}

export type StreamForm = "sse" | "lines";

function frame(form: StreamForm, line: Readonly<Record<string, unknown>>): string {
  const json = JSON.stringify(line);
  return form === "lines" ? `${json}\n` : `id: ${String(line["seq"])}\nevent: ${String(line["type"]).replaceAll(/[\r\n]/g, " ")}\ndata: ${json}\n\n`;
}

/**
 * Calls a streaming operation: the body tells its events and ends with the result or the error, as a line of type "result".
 * Rejects where the operation fails before its first event, so that the failure can still have a status.
 */
export async function callStreaming(
  calls: Calls,
  operation: AnyOperation,
  input: unknown,
  options: { readonly form: StreamForm; readonly nowIso: () => string },
): Promise<ReadableStream<Uint8Array>> {
  const { form, nowIso } = options;
  const gone = new AbortController();
  const encoder = new TextEncoder();
  let seq = 0;
  let sink: ReadableStreamDefaultController<Uint8Array> | undefined;
  const body = new ReadableStream<Uint8Array>(
    {
      start: (controller) => {
        sink = controller;
      },
      cancel: () => {
        sink = undefined;
        gone.abort();
      },
    },
    new ByteLengthQueuingStrategy({ highWaterMark: unreadBytesMax }),
  );
  const write = (fields: Readonly<Record<string, unknown>>) => {
    if (!sink) return;
    sink.enqueue(encoder.encode(frame(form, { version: 1, seq: seq++, at: nowIso(), ...fields })));
    if ((sink.desiredSize ?? 0) >= 0) return;
    sink.error(new Error("the reader is too slow"));
    sink = undefined;
    gone.abort();
  };
  const opened = Promise.withResolvers<void>();
  const call = calls.start(operation, input, { clientGone: gone.signal, emit: (event) => { opened.resolve(); write(event); } });
  call.then(
    (output) => { write({ type: "result", ...(output as object) }); }, // streaming operations return objects
    (error: unknown) => write({ type: "result", ...toErrorBody(error) }),
  ).finally(() => { sink?.close(); sink = undefined; }).catch(() => undefined); // a reader that left in between
  await Promise.race([opened.promise, call]);
  return body;
}
