// `inspan hook <client>` by the daemon of the repository. Runs after every edit of an agent, so it loads nothing that it does not need.
import { connect } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { fingerprint } from "../base/hash.ts";
import { stateFolder } from "./state-folder.ts";

// An import of node:fs would load its promises as well.
const { existsSync, readFileSync, readSync } = process.getBuiltinModule("node:fs");

/** Standard input above this is no hook's. */
const stdinCharsMax = 4 * 1024 * 1024;
/** The kernel's limit for the path of a socket is 108 bytes; a longer state folder has no daemon. */
const socketPathMax = 100;
/** A daemon that is silent for so long is about to end or in trouble; the answer then comes without it. */
const answerMsMax = 5_000;

const packagePath = fileURLToPath(new URL("../..", import.meta.url));

/** Ends the process, always with 0 where an answer was found: a hook must not end an agent's turn. */
export async function runHook(args: readonly string[]): Promise<void> {
  const stdin = await readStdin();
  const cwd = cwdOf(stdin) ?? process.cwd();
  const rootPath = findRoot(cwd);
  const version = (JSON.parse(readFileSync(join(packagePath, "package.json"), "utf8")) as { version: string }).version; // our own package.json
  const socketPath = join(stateFolder(process.env), "run", `${fingerprint(rootPath)}.sock`);
  const answer = Buffer.byteLength(socketPath) > socketPathMax ? undefined : await ask(socketPath, `${JSON.stringify({ version, cwd, stdin })}\n`);
  if (answer !== undefined) {
    process.stdout.write(answer === "" ? "" : `${answer}\n`, () => process.exit(0));
    return;
  }
  if (Buffer.byteLength(socketPath) <= socketPathMax) await startDaemon(rootPath, socketPath);
  const { runMain } = await import("./main.ts");
  await runMain([...args, "--cwd", rootPath], stdin);
}

async function readStdin(): Promise<string> {
  const parts: Buffer[] = [];
  const part = Buffer.allocUnsafe(64 * 1024);
  try {
    // Without a stream where the pipe lets us wait.
    for (let size = 0, count = 1; count > 0 && size <= stdinCharsMax; size += count) {
      count = readSync(0, part);
      parts.push(Buffer.from(part.subarray(0, count)));
    }
    return Buffer.concat(parts).toString();
  } catch { /* a pipe that does not block, or none: read as a stream, after what has been read */ }
  let text = Buffer.concat(parts).toString();
  process.stdin.setEncoding("utf8");
  for await (const chunk of process.stdin) {
    text += String(chunk);
    if (text.length > stdinCharsMax) break;
  }
  return text;
}

/** Where the client works, as its JSON says. */
function cwdOf(stdin: string): string | undefined {
  try {
    const value: unknown = JSON.parse(stdin);
    return typeof value === "object" && value !== null && "cwd" in value && typeof value.cwd === "string" && existsSync(value.cwd) ? value.cwd : undefined;
  } catch { return undefined; } // no hook's JSON: the operation says so
}

/** The nearest folder with an inspan.yaml or a .git; `inspan check` looks for the same. */
function findRoot(cwd: string): string {
  for (let folder = cwd; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "inspan.yaml")) || existsSync(join(folder, ".git"))) return folder;
    if (dirname(folder) === folder) return cwd;
  }
}

/** Undefined where no daemon of our version answers. */
function ask(socketPath: string, request: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    let text = "";
    const socket = connect(socketPath);
    const give = (value: string | undefined) => { socket.destroy(); resolve(value); };
    socket.setEncoding("utf8").setTimeout(answerMsMax, () => give(undefined));
    socket.once("connect", () => socket.write(request));
    socket.on("data", (chunk: string) => { text += chunk; });
    socket.once("error", () => give(undefined));
    socket.once("close", () => give(parseAnswer(text)));
  });
}

function parseAnswer(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && "text" in value && typeof value.text === "string" ? value.text : undefined;
  } catch { return undefined; } // ended in the middle of its answer
}

/** For the next edit; this one is answered without. */
async function startDaemon(rootPath: string, socketPath: string): Promise<void> {
  const { createNodeProcesses } = await import("../providers/node/processes.ts");
  const processes = createNodeProcesses();
  const home = process.env["INSPAN_HOME"];
  const xdg = process.env["XDG_STATE_HOME"];
  const env = processes.environment({ ...(home === undefined ? {} : { INSPAN_HOME: home }), ...(xdg === undefined ? {} : { XDG_STATE_HOME: xdg }) });
  try { await processes.startDetached({ command: [process.execPath, join(packagePath, "bin", "inspan.js"), "check", "daemon", "--socket", socketPath, "--cwd", rootPath], cwd: rootPath, env }); } catch { return; } // every edit is then answered the slow way
}
