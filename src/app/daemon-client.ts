// Asks the check daemon of a repository over its socket, and starts it for the next question. Runs after every edit of an agent, so it loads nothing that it does not need.
import { connect } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fingerprint } from "../base/hash.ts";
import { stateFolder } from "./state-folder.ts";

// An import of node:fs would load its promises as well.
const { readFileSync } = process.getBuiltinModule("node:fs");

/** The kernel's limit for the path of a socket is 108 bytes; a longer state folder has no daemon. */
const socketPathMax = 100;
/** A daemon that is silent for so long is about to end or in trouble; the answer then comes without it. */
const answerMsMax = 5_000;

const packagePath = fileURLToPath(new URL("../..", import.meta.url));

/** Undefined where no daemon of our version answers; then one is started for the next question. */
export async function askDaemon(rootPath: string, question: Readonly<Record<string, unknown>>): Promise<string | undefined> {
  const socketPath = join(stateFolder(process.env), "run", `${fingerprint(rootPath)}.sock`);
  if (Buffer.byteLength(socketPath) > socketPathMax) return undefined;
  const { version } = JSON.parse(readFileSync(join(packagePath, "package.json"), "utf8")) as { version: string }; // our own package.json
  const answer = await ask(socketPath, `${JSON.stringify({ version, ...question })}\n`);
  if (answer === "absent") await startDaemon(rootPath, socketPath);
  return typeof answer === "string" ? undefined : answer.text;
}

type Answer = { readonly text: string } | "absent" | "refused";

/** `absent` where no daemon of our version answers. */
function ask(socketPath: string, request: string): Promise<Answer> {
  return new Promise((resolve) => {
    let text = "";
    const socket = connect(socketPath);
    const give = (value: Answer) => { socket.destroy(); resolve(value); };
    socket.setEncoding("utf8").setTimeout(answerMsMax, () => give("absent"));
    socket.once("connect", () => socket.write(request));
    socket.on("data", (chunk: string) => { text += chunk; });
    socket.once("error", () => give("absent"));
    socket.once("close", () => give(parseAnswer(text)));
  });
}

function parseAnswer(text: string): Answer {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return "absent";
    if ("text" in value && typeof value.text === "string") return { text: value.text };
    return "kind" in value && value.kind === "refused" ? "refused" : "absent";
  } catch { return "absent"; } // ended in the middle of its answer
}

/** For the next edit; this one is answered without. */
async function startDaemon(rootPath: string, socketPath: string): Promise<void> {
  const { createNodeProcesses } = await import("../providers/node/processes.ts");
  const processes = createNodeProcesses();
  const home = process.env["INSPAN_HOME"];
  const xdg = process.env["XDG_STATE_HOME"];
  const env = processes.environment({ ...(home === undefined ? {} : { INSPAN_HOME: home }), ...(xdg === undefined ? {} : { XDG_STATE_HOME: xdg }) });
  try {
    await processes.startDetached({
      command: [process.execPath, join(packagePath, "bin", "inspan.js"), "check", "daemon", "--socket", socketPath, "--cwd", rootPath],
      cwd: rootPath,
      env,
    });
  } catch {
    return;
  } // every edit is then answered the slow way
}
