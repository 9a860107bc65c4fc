// Runs a command as somebody at a terminal would see it and keeps what it printed with its times. Knows no bundle.
import { join } from "node:path";
import { InspanError } from "../../../base/errors.ts";
import type { OperationContext } from "../../../providers/index.ts";
import { findCheckout, readStatus } from "../../instance/runtime/index.ts";
import { renderCast, type CastEvent } from "../service/terminal.ts";

/** A recording that prints for ever keeps its start and its end is told. Characters. */
const outputCharsMax = 2_000_000;
const eventsMax = 20_000;
const defaultTimeoutMs = 600_000;
/** Wide enough for a table, narrow enough for two beside each other. */
const columns = 100, rows = 30;

export interface TerminalInput { readonly command: readonly string[]; readonly timeoutSeconds: number | undefined; readonly unsandboxed: boolean; readonly title: string }
export interface TerminalRecording {
  readonly cast: string;
  readonly exitCode: number | null;
  readonly outcome: "exited" | "timed-out" | "idle" | "cancelled" | "not-started";
  readonly durationMs: number;
  readonly isTerminal: boolean;
  readonly isCut: boolean;
  readonly tail: string;
}

/** Rejects with COMMAND_MISSING, SANDBOX_MISSING. */
export async function recordTerminal(context: OperationContext, input: TerminalInput): Promise<TerminalRecording> {
  const { providers, signal } = context;
  const { clock, processes, sandbox, files } = providers;
  if (input.command.length === 0)
    throw new InspanError("COMMAND_MISSING", "Cannot record a terminal: no command, expected one.", {
      kind: "usage",
      remedy: 'inspan evidence terminal --proves "…" -- npm test',
    });
  const checkout = await findCheckout(context);
  const line = input.command.length === 1 ? input.command[0] ?? "" : input.command.map(quoteWord).join(" ");
  // `script` (util-linux) gives a terminal; Node has none.
  const hasScript = process.platform === "linux" && (await files.facts("/usr/bin/script"))?.kind === "file";
  const command: readonly [string, ...string[]] = hasScript
    ? ["/usr/bin/script", "--quiet", "--return", "--flush", "--command", `stty cols ${columns} rows ${rows} 2>/dev/null; ${line}`, "/dev/null"]
    : ["/bin/sh", "-c", line];
  const events: CastEvent[] = [];
  let chars = 0, isCut = false;
  const started = clock.monotonicMs();
  const spec = {
    command,
    cwd: context.cwd,
    env: processes.environment({ TERM: "xterm-256color", COLUMNS: String(columns), LINES: String(rows), SHELL: "/bin/sh" }),
    timeoutMs: (input.timeoutSeconds ?? defaultTimeoutMs / 1000) * 1000,
    signal,
    onOutput: (_stream: "stdout" | "stderr", text: string) => {
      if (chars + text.length > outputCharsMax || events.length >= eventsMax) { isCut = true; return; }
      chars += text.length;
      events.push([(clock.monotonicMs() - started) / 1000, "o", hasScript ? text : text.replaceAll(/\r?\n/g, "\r\n")]);
    },
  };
  const services = await readStatus(context).then((state) => state.services, () => []); // nothing is up: the command needs none
  const bridges = services.flatMap((service) => service.ports.map(({ port }) => ({ port, hostPort: port })));
  const policy = { writable: [checkout.rootPath], readOnly: [join(checkout.rootPath, ".git")], network: "loopback", bridges } as const;
  const prepared = input.unsandboxed ? { spec, dispose: () => Promise.resolve() } : await sandbox.prepare(spec, policy, { isUnsandboxedAllowed: false });
  try {
    const result = await processes.run(prepared.spec);
    if (result.outcome === "cancelled") signal.throwIfAborted();
    const cast = renderCast({
      width: columns,
      height: rows,
      title: input.title,
      timestamp: Math.round(clock.nowMs() / 1000),
      events: [...events, ...(isCut ? [[result.durationMs / 1000, "o", "\r\n[more was printed than a recording keeps]\r\n"] as const] : [])],
    });
    return { cast, exitCode: result.exitCode, outcome: result.outcome, durationMs: result.durationMs, isTerminal: hasScript, isCut, tail: result.output };
  } finally { await prepared.dispose(); }
}

function quoteWord(word: string): string {
  return /^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
