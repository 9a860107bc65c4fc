// npm run test:agents: drives the real agent clients against the scripted model. Installs the pinned clients into scripts/agents first.
// Arguments are passed to `node --test` in place of the folder. The last line of output is "N passed, N failed" alone.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
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
  say("Installing the pinned agent clients into scripts/agents (about 400 MB) ...");
  if (!run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], folder)) {
    say("Cannot install the agent clients.\nNext: npm ci --prefix scripts/agents");
    process.exit(2);
  }
  writeFileSync(stampPath, stamp);
}

/** Root on a Debian may install it; everybody else tests with what is there (util-linux has the second kind of sandbox). */
function installBubblewrap(): void {
  if (process.platform !== "linux" || spawnSync("bwrap", ["--version"]).status === 0) return;
  if (process.getuid?.() !== 0 || spawnSync("apt-get", ["--version"]).status !== 0) { say("bubblewrap is not installed; what needs it is skipped or tested with unshare."); return; }
  say("Installing bubblewrap ...");
  const isInstalled = run(["apt-get", "install", "--yes", "--quiet=2", "bubblewrap"], root) || (run(["apt-get", "update", "--quiet=2"], root) && run(["apt-get", "install", "--yes", "--quiet=2", "bubblewrap"], root));
  if (!isInstalled) say("bubblewrap could not be installed; going on without it.");
}

async function runTests(files: readonly string[]): Promise<{ readonly exitCode: number; readonly passed: number; readonly failed: number }> {
  // One file at a time: each starts processes that listen, compile and count.
  const child = spawn(process.execPath, ["--test", "--test-concurrency=1", "--test-timeout=600000", "--test-reporter=spec", ...files], { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
  let tail = "";
  child.stdout.setEncoding("utf8");
  child.stdout.on("data", (text: string) => { process.stdout.write(text); tail = (tail + text).slice(-2_000_000); });
  const exitCode = await new Promise<number>((resolve) => { child.once("close", (code) => resolve(code ?? 1)); });
  const count = (word: string): number => Number(new RegExp(`^\\S+ ${word} (\\d+)$`, "m").exec(tail)?.[1] ?? 0);
  return { exitCode, passed: count("pass"), failed: count("fail") + count("cancelled") };
}

installClients();
installBubblewrap();
const asked = process.argv.slice(2);
const files = asked.length > 0 ? asked : globSync("test/agents/**/*.test.ts", { cwd: root }).sort();
const { exitCode, passed, failed } = await runTests(files);
// A run that saw nothing, or that ended badly without a failed test, is not a pass.
const failures = exitCode === 0 && passed > 0 ? failed : Math.max(failed, 1);
process.stdout.write(`\n${passed} passed, ${failures} failed\n`);
process.exit(failures === 0 ? 0 : 1);
