// The check daemon of one repository: answers over a socket that only its user can open, and ends by itself. Keeps nothing but memory.
import { chmod, unlink } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { dirname } from "node:path";
import { InspanError, messageOf } from "../../../base/errors.ts";
import { readEngineStamp } from "../repo/engine-stamp.ts";
import { answerHook } from "./answer-hook.ts";
import { type CheckSessionOptions, createCheckSession } from "./check-session.ts";

/** Without calls for this long nobody edits here. */
const idleMsMax = 10 * 60 * 1000;
/** How often the daemon looks whether its repository and its own program are still what they were. */
const lookMs = 5_000;
/** A hook's JSON holds a whole file at most; more would only fill memory. */
const requestCharsMax = 8 * 1024 * 1024;

export interface DaemonOptions extends CheckSessionOptions {
  /** Ends the daemon. */
  readonly signal: AbortSignal;
  /** Absolute path of the socket. */
  readonly socketPath: string;
  readonly version: string;
  /** Milliseconds; ten minutes unless told. */
  readonly idleMs?: number;
  /** Milliseconds between looks at the repository and the program; five seconds unless told. */
  readonly lookEveryMs?: number;
}

export interface DaemonEnd { readonly reason: "idle" | "stopped" | "repository-gone" | "program-changed" | "other-version" | "already-running" }

/** Resolves when the daemon has ended. */
export async function runDaemon(options: DaemonOptions): Promise<DaemonEnd> {
  const { providers, rootPath, socketPath, signal } = options;
  await providers.files.makeFolder(dirname(socketPath));
  await chmod(dirname(socketPath), 0o700);
  if (await isAnswering(socketPath)) return { reason: "already-running" };
  await unlink(socketPath).catch(() => undefined); // left by one that was killed, or not there
  const session = createCheckSession(options);
  let lastMs = providers.clock.monotonicMs();
  let isVersionOther = false;
  const server = createServer((socket) => serve(socket, async (line) => {
    lastMs = providers.clock.monotonicMs();
    const request = parseRequest(line);
    if (request === undefined) return { kind: "refused" };
    if (request.version !== options.version) { isVersionOther = true; return { kind: "other-version", version: options.version }; }
    if ("stdin" in request) return { kind: "answer", text: await answerHook(session, request.stdin, request.cwd) };
    const found = await session.report(request.files);
    const durationMs = Math.round(providers.clock.monotonicMs() - lastMs);
    // The form of `check <files…>` without a daemon.
    return found === undefined
      ? { kind: "refused" }
      : {
          kind: "answer",
          text: JSON.stringify({ version: 1, findings: found.findings, coverage: found.coverage, scope: "files", exceptionsUsed: 0, durationMs }),
        };
  }));
  const record = await providers.processRecords.register({ kind: "check-daemon", label: "check", repositoryPath: rootPath, taskId: undefined, url: undefined });
  try { await listen(server, socketPath); } catch (error) {
    await record.remove();
    if (error instanceof Error && "code" in error && error.code === "EADDRINUSE") return { reason: "already-running" };
    throw new InspanError("DAEMON_FAILED", `Cannot listen at "${socketPath}": ${messageOf(error)}.`, { cause: error });
  }
  await chmod(socketPath, 0o600);
  const program = await readEngineStamp(providers.files);
  await session.check([]).catch(() => undefined); // warm; what is wrong is said to who asks
  const look = async (): Promise<DaemonEnd> => {
    for (;;) {
      try { await providers.clock.sleep(options.lookEveryMs ?? lookMs, signal); } catch { return { reason: "stopped" }; }
      if (isVersionOther) return { reason: "other-version" };
      if (providers.files.now.facts(rootPath) === undefined || providers.files.now.facts(socketPath) === undefined) return { reason: "repository-gone" };
      if (providers.clock.monotonicMs() - lastMs >= (options.idleMs ?? idleMsMax)) return { reason: "idle" };
      if (await readEngineStamp(providers.files) !== program) return { reason: "program-changed" };
    }
  };
  try { return await look(); } finally {
    server.close();
    await unlink(socketPath).catch(() => undefined); // the next daemon would remove it as well
    await record.remove();
  }
}

type Request =
  | { readonly version: string; readonly cwd: string; readonly stdin: string }
  /** Absolute paths of sources. */
  | { readonly version: string; readonly files: readonly string[] };

function parseRequest(line: string): Request | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== "object" || value === null || !("version" in value)) return undefined;
    if ("files" in value)
      return typeof value.version === "string" && Array.isArray(value.files) && value.files.every((file) => typeof file === "string")
        ? { version: value.version, files: value.files }
        : undefined;
    if (!("cwd" in value) || !("stdin" in value)) return undefined;
    const { version, cwd, stdin } = value;
    return typeof version === "string" && typeof cwd === "string" && typeof stdin === "string" ? { version, cwd, stdin } : undefined;
  } catch { return undefined; } // not one of ours
}

/** One line in, one line out, then the connection ends. */
function serve(socket: Socket, answer: (line: string) => Promise<object>): void {
  let text = "";
  socket.setEncoding("utf8");
  socket.on("error", () => socket.destroy()); // a client that has gone
  socket.on("data", (chunk: string) => {
    text += chunk;
    const end = text.indexOf("\n");
    if (end === -1) { if (text.length > requestCharsMax) socket.destroy(); return; }
    const line = text.slice(0, end);
    text = "";
    answer(line).then((value) => socket.end(`${JSON.stringify(value)}\n`), () => socket.end("{\"kind\":\"refused\"}\n"));
  });
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, () => resolve());
  });
}

function isAnswering(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => { socket.destroy(); resolve(true); });
    socket.once("error", () => resolve(false));
  });
}
