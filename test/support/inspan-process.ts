// Runs the command line as a user does: a process of its own, events as they come, killed where a test wants it.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { plainCommands } from "./command-line.ts";

const launcher = fileURLToPath(new URL("../../bin/inspan.js", import.meta.url));

export interface CliEvent { readonly type: string; readonly [key: string]: unknown }
export interface CliRun {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  /** With --json: all parsed lines. */
  readonly events: readonly CliEvent[];
}

export interface CliOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly timeoutMs?: number;
  /** Called for every JSON line; `kill` sends a signal to the process at once. */
  onEvent?(event: CliEvent, kill: (signal: NodeJS.Signals) => void): void;
  /** Called once, before anything is printed. */
  onStart?(kill: (signal: NodeJS.Signals) => void): void;
}

/** Resolves when the process has ended and its pipes are closed. */
export function runInspan(args: readonly string[], options: CliOptions): Promise<CliRun> {
  const forced = process.env["INSPAN_SANDBOX"]; // a whole suite can be run with another kind of sandbox
  const env = {
    ...(forced === undefined ? {} : { INSPAN_SANDBOX: forced }),
    PATH: process.env["PATH"] ?? "",
    HOME: process.env["HOME"] ?? "/",
    TMPDIR: process.env["TMPDIR"] ?? "/tmp",
    GIT_CONFIG_GLOBAL: "/dev/null",
    ...options.env,
  };
  const child = spawn(process.execPath, [launcher, ...args], { cwd: options.cwd, env, stdio: ["pipe", "pipe", "pipe"] });
  const timer = setTimeout(() => child.kill("SIGKILL"), options.timeoutMs ?? 180_000);
  options.onStart?.((signal) => { child.kill(signal); });
  child.stdin.on("error", () => undefined); // the process may end before it reads
  child.stdin.end(options.input ?? "");
  const events: CliEvent[] = [];
  let stdout = "";
  let stderr = "";
  let rest = "";
  const onLine = (line: string) => {
    if (!line.startsWith('{"')) return; // the first line of a document that is printed for people
    const event = JSON.parse(line) as CliEvent; // our own JSON lines
    events.push(event);
    options.onEvent?.(event, (signal) => child.kill(signal));
  };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    lines.forEach(onLine);
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => { stderr += text; });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (exitCode, signal) => {
      clearTimeout(timer);
      if (rest.trim().startsWith("{") && rest.trim().endsWith("}")) onLine(rest.trim());
      resolve({ exitCode, signal, stdout: plainCommands(stdout), stderr: plainCommands(stderr), events });
    });
  });
}

/** The last event of a streaming command. */
export function resultOf(run: CliRun): CliEvent {
  const last = run.events.at(-1);
  if (last?.type !== "result") throw new Error(`no result: exit ${run.exitCode ?? run.signal}\n${run.stderr.slice(-3000)}`);
  return last;
}
