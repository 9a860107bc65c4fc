// npm run test:agents: drives the real agent clients against the scripted model. Installs the pinned clients into scripts/agents first.
// `npm run test:agents -- <part of a path>` runs only those files.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { finish, root, runTestFiles, testFiles } from "./suite.ts";

const say = (line: string): void => { process.stderr.write(`${line}\n`); };

function run(command: readonly [string, ...string[]], cwd: string): boolean {
  const [program, ...args] = command;
  return spawnSync(program, args, { cwd, stdio: ["ignore", "ignore", "inherit"] }).status === 0;
}

/** One install for each lockfile; a stamp says for which it was done. */
function installClients(): void {
  const folder = join(root, "scripts", "agents");
  const stamp = createHash("sha256").update(readFileSync(join(folder, "package-lock.json"))).digest("hex");
  const stampPath = join(folder, "node_modules", ".installed-lock");
  if (existsSync(stampPath) && readFileSync(stampPath, "utf8") === stamp) return;
  say("Installing the pinned agent clients into scripts/agents (about 1.4 GB) ...");
  // Not `npm ci`: opencode names packages for platforms that are not to be had, and only install leaves those out. Versions and hashes are the lockfile's all the same.
  if (!run(["npm", "install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], folder)) {
    say("Cannot install the agent clients.\nNext: npm install --no-save --prefix scripts/agents");
    process.exit(2);
  }
  writeFileSync(stampPath, stamp);
}

/** Root on a Debian may install it; everybody else tests with what is there (util-linux has the second kind of sandbox). */
function installBubblewrap(): void {
  if (process.platform !== "linux" || spawnSync("bwrap", ["--version"]).status === 0) return;
  if (process.getuid?.() !== 0 || spawnSync("apt-get", ["--version"]).status !== 0) {
    say("bubblewrap is not installed; what needs it is skipped or tested with unshare.");
    return;
  }
  say("Installing bubblewrap ...");
  const isInstalled =
    run(["apt-get", "install", "--yes", "--quiet=2", "bubblewrap"], root) ||
    (run(["apt-get", "update", "--quiet=2"], root) && run(["apt-get", "install", "--yes", "--quiet=2", "bubblewrap"], root));
  if (!isInstalled) say("bubblewrap could not be installed; going on without it.");
}

installClients();
installBubblewrap();
const wanted = process.argv.slice(2).filter((arg) => !arg.startsWith("-"));
// Two at a time, which is what two cores do beside each other: a client mostly waits for its own start. The longest first, so that none is left alone at the end.
const longest = ["scenario", "injections", "acp-task", "project-level"];
const rank = (path: string): number => { const found = longest.findIndex((name) => path.endsWith(`/${name}.test.ts`)); return found < 0 ? longest.length : found; };
await runTestFiles(
  testFiles(["test/agents"], (path) => wanted.length === 0 || wanted.some((part) => path.includes(part))).sort((left, right) => rank(left) - rank(right)),
  2,
  { isTriedAlone: true },
);
finish();
