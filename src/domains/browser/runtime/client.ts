// Asks the browser daemon over its socket, and starts it where there is none. Loads nothing that a quick command does not need.
import { connect } from "node:net";
import { readFileSync } from "node:fs";
import { InspanError } from "../../../base/errors.ts";
import { delay } from "../../../base/async.ts";
import type { OperationContext } from "../../../providers/index.ts";
import { browserPlaces } from "../repo/places.ts";
import type { BrowserAnswer, BrowserReply, BrowserRequest } from "../types/wire.ts";

/** A daemon listens after about a tenth of a second; on a machine that swaps it may take long. */
const startMsMax = 20_000;
/** Above every deadline of the daemon: it answers by itself, or it hangs. */
const answerMsMax = 120_000;
const pollMs = 4;
/** An older daemon of another version ends its pages before it goes. */
const endMsMax = 15_000;

export interface ClientOptions {
  readonly statePath: string;
  readonly signal: AbortSignal;
  /** Starts the daemon's process and resolves to its id. */
  start(): Promise<number>;
  isAlive(pid: number): boolean;
}

/** Asked again where the daemon ended before it answered: a killed one may still take a connection before it is gone. An action may have been done, and is told. */
const repeatable = new Set<string>(["open", "snapshot", "screenshot", "console", "network", "perf", "status", "close"]);

/** Undefined where nobody listens, or has ended meanwhile and may be asked again. */
function askOnce(socketPath: string, request: BrowserRequest, signal: AbortSignal): Promise<BrowserReply | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path: socketPath });
    let isConnected = false;
    let text = "";
    const onAbort = (): void => { socket.destroy(); reject(new InspanError("CANCELLED", "Cancelled.", { kind: "cancelled" })); };
    signal.addEventListener("abort", onAbort, { once: true });
    socket.setTimeout(answerMsMax, () => {
      socket.destroy();
      reject(
        new InspanError("BROWSER_HANGS", `Cannot ${request.verb}: the browser daemon has not answered within ${answerMsMax / 1000} s, expected an answer.`, {
          remedy: "inspan stop --all",
          isRetryable: true,
        }),
      );
    });
    socket.on("connect", () => { isConnected = true; socket.write(`${JSON.stringify(request)}\n`); });
    socket.setEncoding("utf8").on("data", (chunk: string) => { text += chunk; });
    socket.on("error", () => undefined); // "close" follows
    socket.on("close", () => {
      signal.removeEventListener("abort", onAbort);
      const end = text.indexOf("\n");
      if (end !== -1) resolve(JSON.parse(text.slice(0, end)) as BrowserReply); // written by our own daemon
      else if (isConnected && !repeatable.has(request.verb)) reject(new InspanError("BROWSER_LOST", `Cannot ${request.verb}: the browser daemon ended meanwhile, expected its answer.`, { remedy: "inspan browser open", isRetryable: true }));
      else resolve(undefined);
    });
  });
}

function endOfLog(path: string): string {
  try { return readFileSync(path, "utf8").trim().split("\n").slice(-5).join("\n"); } catch { return ""; } // it has said nothing
}

async function startAndAsk(options: ClientOptions, request: BrowserRequest): Promise<BrowserReply> {
  const { socketPath, logPath } = browserPlaces(options.statePath);
  const pid = await options.start();
  for (let waitedMs = 0; ; waitedMs += pollMs) {
    // Asked before the look at the process: one that lost the race for the socket is gone while the winner answers.
    const wasAlive = options.isAlive(pid);
    const reply = await askOnce(socketPath, request, options.signal);
    if (reply !== undefined) return reply;
    if (!wasAlive || waitedMs > startMsMax)
      throw new InspanError(
        "BROWSER_NOT_STARTED",
        `Cannot start the browser daemon: ${wasAlive ? `it does not answer within ${startMsMax / 1000} s` : "it ended at once"}.\n${endOfLog(logPath)}`,
        { remedy: "inspan doctor", isRetryable: true },
      );
    await delay(pollMs, options.signal);
  }
}

async function waitUntilGone(options: ClientOptions, pid: number): Promise<void> {
  for (let waitedMs = 0; options.isAlive(pid) && waitedMs < endMsMax; waitedMs += pollMs) await delay(pollMs, options.signal);
}

/** Nobody starts a browser to hear that there is none. */
function answerWithout(verb: "status" | "close"): BrowserAnswer {
  return {
    version: 1,
    verb,
    url: "",
    title: "",
    said: verb === "status" ? "no browser runs" : "nothing was open",
    text: "",
    file: undefined,
    data: verb === "status" ? { isUp: false, worktrees: [] } : {},
    browserMs: 0,
    totalMs: 0,
  };
}

/** Undefined where the daemon wants to be told the policy. Rejects with what the daemon said, BROWSER_NOT_STARTED, BROWSER_LOST, BROWSER_HANGS. */
export async function askBrowser(options: ClientOptions, request: BrowserRequest): Promise<BrowserAnswer | undefined> {
  const { socketPath } = browserPlaces(options.statePath);
  let reply = await askOnce(socketPath, request, options.signal);
  if (reply === undefined && (request.verb === "status" || request.verb === "close")) return answerWithout(request.verb);
  reply ??= await startAndAsk(options, request);
  if (reply.kind === "other-version") {
    await waitUntilGone(options, reply.pid);
    reply = await startAndAsk(options, request);
  }
  switch (reply.kind) {
    case "result": return reply.value;
    case "policy-needed": return undefined;
    case "other-version":
      throw new InspanError(
        "BROWSER_OTHER_VERSION",
        `Cannot ${request.verb}: another Inspan (${reply.version}) keeps starting its own browser daemon, expected one of ${request.version}.`,
        { remedy: "inspan stop --all", isRetryable: true },
      );
    case "error": throw new InspanError(reply.code, reply.message, { kind: reply.isUsage ? "usage" : "outside", ...(reply.remedy === undefined ? {} : { remedy: reply.remedy }) });
  }
}

export interface DaemonStart {
  readonly processes: OperationContext["providers"]["processes"];
  readonly statePath: string;
  readonly version: string;
  readonly program: OperationContext["programs"]["browserDaemon"];
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What tells the daemon which browser is meant, of the environment of whoever starts it. */
const passedNames = ["INSPAN_CHROME", "PLAYWRIGHT_BROWSERS_PATH", "PUPPETEER_CACHE_DIR"] as const;

/** Resolves to the id of its process. Where a daemon runs already, the second ends at once. */
export async function startBrowserDaemon({ processes, statePath, version, program, env }: DaemonStart): Promise<number> {
  const passed = Object.fromEntries(passedNames.flatMap((name) => { const value = env[name]; return value === undefined ? [] : [[name, value]]; }));
  const { pid } = await processes.startResident({
    command: [...program.command, JSON.stringify({ home: statePath, version })],
    cwd: "/",
    env: processes.environment({ ...passed, ...program.env }),
    logPath: browserPlaces(statePath).logPath,
  });
  return pid;
}
