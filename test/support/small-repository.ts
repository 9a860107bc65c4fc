// A small real repository and a state folder of its own, for tests of the command line and the servers.
import { execFileSync } from "node:child_process";
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const inspanPath = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "bin", "inspan.js");

export interface SmallRepository {
  readonly path: string;
  readonly statePath: string;
  /** Environment for a child: our own, with the state folder and without a token of ours. */
  readonly env: Readonly<Record<string, string | undefined>>;
  remove(): void;
}

/** `files` are written and committed; without any the repository has a README and an empty configuration. */
export function makeSmallRepository(files: Readonly<Record<string, string>> = {}): SmallRepository {
  const folder = mkdtempSync(join(tmpdir(), "inspan-app-"));
  const path = join(folder, "desk");
  const statePath = join(folder, "state");
  for (const [name, text] of Object.entries({ "README.md": "# Desk\n", "inspan.yaml": "version: 1\n", ...files })) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  const git = (...args: string[]) => execFileSync("git", args, { cwd: path, stdio: "pipe", env: { ...process.env, GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null" } });
  git("init", "--quiet", "--initial-branch=main");
  git("add", "-A");
  git("-c", "user.name=Test", "-c", "user.email=test@localhost", "commit", "--quiet", "-m", "A desk");
  const { INSPAN_SERVER_TOKEN: _, ...env } = process.env;
  return { path, statePath, env: { ...env, INSPAN_HOME: statePath }, remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }) };
}
