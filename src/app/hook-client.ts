// `inspan hook <client>` by the daemon of the repository. Runs after every edit of an agent, so it loads nothing that it does not need.
import { dirname, join } from "node:path";
import { askDaemon } from "./daemon-client.ts";

// An import of node:fs would load its promises as well.
const { existsSync, readSync } = process.getBuiltinModule("node:fs");

/** Standard input above this is no hook's. */
const stdinCharsMax = 4 * 1024 * 1024;
/** Ends the process, always with 0 where an answer was found: a hook must not end an agent's turn. */
export async function runHook(args: readonly string[]): Promise<void> {
  const stdin = await readStdin();
  const cwd = cwdOf(stdin) ?? process.cwd();
  const rootPath = findRoot(cwd);
  const answer = await askDaemon(rootPath, { cwd, stdin });
  if (answer !== undefined) {
    process.stdout.write(answer === "" ? "" : `${answer}\n`, () => process.exit(0));
    return;
  }
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
