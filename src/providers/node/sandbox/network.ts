// Owns a loopback that several sandboxes share: its holding process, the ways in and out. Knows no sandbox that enters it.
import { connect, createServer } from "node:net";
import type { Server, Socket } from "node:net";
import { mkdtemp, rm } from "node:fs/promises";
import nodeModule from "node:module";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { withDeadline } from "../../../base/async.ts";
import { InspanError } from "../../../base/errors.ts";
import { tailLines } from "../../../base/text.ts";
import { loopbackCommand } from "./commands.ts";
import { openOutsideBridge } from "./outside-bridge.ts";
import type { Processes, RunningProcess } from "../../processes.ts";
import type { ExposedPort, SandboxNetwork } from "../../sandbox.ts";

/** Its own address inside is up within milliseconds; without a bound a broken machine would hang every start. */
const openMsMax = 10_000;
/** Connections at once for one port; above it a loop outside would use up our file descriptors. */
const connectionCountMax = 1024;

const gatewayPath = fileURLToPath(new URL(`./gateway${extname(import.meta.url)}`, import.meta.url));

export interface NetworkOptions {
  readonly processes: Processes;
  /** Absolute, ours alone: sockets lie below it. */
  readonly scratchPath: string;
  readonly runId: string;
  /** In the order of trying. */
  readonly kinds: readonly ("bubblewrap" | "unshare")[];
}

interface Holder { readonly child: RunningProcess; readonly pid: number; readonly isReady: Promise<void>; answer(word: string): Promise<boolean> }

/** Starts the holder; resolves as soon as the loopback exists, before the gateway in it listens. */
async function startHolder(kind: "bubblewrap" | "unshare", socketPath: string, { processes, runId }: NetworkOptions): Promise<Holder | string> {
  const command = loopbackCommand(kind, [process.execPath, gatewayPath, socketPath]);
  const child = await processes.start({
    command,
    cwd: "/",
    env: processes.environment({ INSPAN_RUN_ID: runId, ...compileCache() }),
    stdin: { kind: "open" },
    timeoutMs: undefined,
    graceMs: 200,
  });
  const waiting = new Map<string, (found: boolean) => void>();
  let onPid: (pid: number | undefined) => void = () => undefined;
  let onReady: () => void = () => undefined;
  const pid = new Promise<number | undefined>((resolve) => { onPid = resolve; });
  const isReady = new Promise<void>((resolve) => { onReady = resolve; });
  void (async () => {
    for await (const line of child.lines) {
      const [word = "", value = ""] = line.split(" ");
      if (word === "open") onPid(Number(value));
      else if (word === "ready") onReady();
      else for (const [wanted, answer] of waiting) if (value === wanted) answer(word === "reached");
    }
    onPid(undefined);
    onReady();
    for (const answer of waiting.values()) answer(false);
  })();
  const found = await withDeadline(pid, openMsMax, () => undefined);
  if (found !== undefined && found > 0)
    return {
      child,
      pid: found,
      isReady,
      answer: (word) =>
        new Promise((resolve) =>
          waiting.set(word, (isFound) => {
            waiting.delete(word);
            resolve(isFound);
          }),
        ),
    };
  const { stderr, exitCode } = await child.stop();
  return `${kind}: ${tailLines(stderr.trim(), 2) || `exit code ${exitCode}`}`;
}

/** From source its types would be stripped at every start, which costs more memory than the gateway itself. */
function compileCache(): Readonly<Record<string, string>> {
  const folder = nodeModule.getCompileCacheDir?.(); // not on Node 20
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: dirname(folder) };
}

function listenOutside(hostPort: number, onConnection: (socket: Socket) => void): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, onConnection);
  server.maxConnections = connectionCountMax;
  return new Promise((resolve, reject) => {
    server.once("error", (error) =>
      reject(
        new InspanError("PORT_TAKEN", `Cannot listen on port ${hostPort}: ${error.message}, expected it to be free.`, { cause: error, isRetryable: true }),
      ),
    );
    server.listen(hostPort, "127.0.0.1", () => resolve(server));
  });
}

async function expose(hostPort: number, port: number, socketPath: string): Promise<ExposedPort> {
  let target = port;
  const sockets = new Set<Socket>();
  const server = await listenOutside(hostPort, (outside) => {
    const inside = connect({ path: socketPath, allowHalfOpen: true });
    inside.write(`${target}\n`);
    inside.pipe(outside);
    outside.pipe(inside);
    for (const [one, other] of [[inside, outside], [outside, inside]] as const) {
      sockets.add(one);
      one.on("error", () => other.destroy());
      one.on("close", () => { sockets.delete(one); if (!one.readableEnded || !one.writableFinished) other.destroy(); });
    }
  });
  return {
    setTarget: (next) => { target = next; },
    close: () => new Promise((resolve) => { server.close(() => resolve()); for (const socket of sockets) socket.destroy(); }),
  };
}

/** The smallest limit of an address of a unix socket among systems that we run on; see unix(7). */
const socketPathBytesMax = 103;
const longestName = "network-123456/out-99";

/** Below the scratch folder, or, where that lies too deep for a socket, below the system's own. */
async function makeSocketFolder(scratchPath: string): Promise<string> {
  const isDeep = Buffer.byteLength(join(scratchPath, longestName)) > socketPathBytesMax;
  return mkdtemp(isDeep ? "/tmp/inspan-network-" : join(scratchPath, "network-"));
}

/** Rejects with SANDBOX_NETWORK where no kind works here. */
export async function openNetwork(options: NetworkOptions): Promise<SandboxNetwork> {
  const folder = await makeSocketFolder(options.scratchPath);
  const socketPath = join(folder, "in");
  const reasons: string[] = [];
  let holder: Holder | undefined;
  for (const kind of options.kinds) {
    const started = await startHolder(kind, socketPath, options);
    if (typeof started !== "string") { holder = started; break; }
    reasons.push(started);
  }
  if (holder === undefined) {
    await rm(folder, { recursive: true, force: true });
    throw new InspanError("SANDBOX_NETWORK", `Cannot make a network for services: ${reasons.join("; ")}, expected unprivileged user namespaces.`, { remedy: "inspan doctor" });
  }
  const { child, pid, isReady, answer } = holder;
  const closes: (() => Promise<void>)[] = [];
  let bridges = 0;
  let closing: Promise<void> | undefined;
  return {
    pid,
    expose: async (hostPort, port) => {
      const exposed = await expose(hostPort, port, socketPath);
      closes.push(exposed.close);
      return exposed;
    },
    reach: async (port, hostPort) => {
      const path = join(folder, `out-${bridges++}`);
      const bridge = await openOutsideBridge(path, hostPort);
      closes.push(bridge.close);
      await isReady;
      const isReached = answer(String(port));
      await child.write(`reach\t${port}\t${path}\n`);
      if (!await isReached) throw new InspanError("PORT_TAKEN", `Cannot lead port ${port} of the sandbox outside: something inside has it, expected it to be free.`);
    },
    ended: child.exited.then(() => undefined),
    close: () => closing ??= (async () => {
      await Promise.all([child.stop(), ...closes.map((close) => close())]);
      await rm(folder, { recursive: true, force: true });
    })(),
  };
}
