// Runs `node bin/inspan.js …` as a user does: an own process, an own state folder, nothing of this machine's git configuration.
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const checkoutPath = fileURLToPath(new URL("../..", import.meta.url));
// A command of these tests that runs longer hangs.
const commandMsMax = 60_000;

/** The commands of a text as its code names them; a person sees them with what this checkout and state folder need. */
export function plainCommands(text: string): string {
  return text.replaceAll(/(?:INSPAN_HOME=\S+ )?node \S*bin\/inspan\.js/g, "inspan");
}

export interface Answer { readonly exitCode: number | null; readonly stdout: string; readonly stderr: string }

export interface Place {
  /** An empty folder, links resolved; `state` below it is the state folder. */
  readonly path: string;
  readonly statePath: string;
  write(files: Readonly<Record<string, string>>): void;
  git(...args: readonly string[]): string;
  /** `inspan <args>` in `path` or in `cwd`; standard input is closed unless told. */
  inspan(
    args: readonly string[],
    options?: {
      readonly cwd?: string;
      readonly env?: Readonly<Record<string, string>>;
      readonly input?: string;
      /** A minute unless told. */ readonly timeoutMs?: number;
    },
  ): Promise<Answer>;
}

export function run(
  command: readonly [string, ...string[]],
  options: { readonly cwd: string; readonly timeoutMs?: number; readonly env: NodeJS.ProcessEnv; readonly input?: string | undefined },
): Promise<Answer> {
  const child = spawn(command[0], command.slice(1), {
    cwd: options.cwd,
    env: options.env,
    stdio: ["pipe", "pipe", "pipe"],
    timeout: options.timeoutMs ?? commandMsMax,
    killSignal: "SIGKILL",
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => { stdout += text; });
  child.stderr.setEncoding("utf8").on("data", (text: string) => { stderr += text; });
  child.stdin.on("error", () => { /* it did not want its input */ });
  child.stdin.end(options.input ?? "");
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (exitCode) => resolve({ exitCode, stdout, stderr }));
  });
}

/** A temporary folder that is removed with the test; with `isRepository` unless told otherwise. */
export function makePlace(t: { after(close: () => void): void }, options: { readonly isRepository?: boolean } = {}): Place {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "inspan-cli-")));
  t.after(() => rmSync(root, { recursive: true, force: true, maxRetries: 3 }));
  const path = join(root, "place");
  const statePath = join(root, "state");
  mkdirSync(path);
  const { INSPAN_SANDBOX: _, INSPAN_AGENT: __, INSPAN_MODEL: ___, ...inherited } = process.env;
  const env = {
    ...inherited,
    INSPAN_HOME: statePath,
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_AUTHOR_NAME: "Ada",
    GIT_AUTHOR_EMAIL: "ada@example.org",
    GIT_COMMITTER_NAME: "Ada",
    GIT_COMMITTER_EMAIL: "ada@example.org",
  };
  const git = (...args: readonly string[]): string => execFileSync("git", args, { cwd: path, env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
  if (options.isRepository !== false) git("init", "--quiet", "--initial-branch=main");
  return {
    path, statePath, git,
    write: (files) => {
      for (const [name, text] of Object.entries(files)) {
        mkdirSync(dirname(join(path, name)), { recursive: true });
        writeFileSync(join(path, name), text);
      }
    },
    inspan: async (args, given = {}) => {
      const answer = await run([process.execPath, join(checkoutPath, "bin", "inspan.js"), ...args], {
        cwd: given.cwd ?? path,
        env: { ...env, ...given.env },
        input: given.input,
        ...(given.timeoutMs === undefined ? {} : { timeoutMs: given.timeoutMs }),
      });
      return { ...answer, stdout: plainCommands(answer.stdout), stderr: plainCommands(answer.stderr) };
    },
  };
}
