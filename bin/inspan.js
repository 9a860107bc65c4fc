#!/usr/bin/env node
// The launcher: finds a Node that can run Inspan, then hands over. Old syntax on purpose, so that an old Node can read it.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import nodeModule from "node:module";

// An import of node:fs loads streams and promises too, which cost a hook a quarter of its time.
const { existsSync, readFileSync } = process.getBuiltinModule ? process.getBuiltinModule("node:fs") : await import("node:fs");
const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const args = process.argv.slice(2);
const isCheckout = existsSync(join(root, "src", "app", "main.ts")); // the package holds dist alone

function isNewEnough(version) {
  const parts = version.replace(/^v/, "").split(".").map(Number);
  return parts[0] > 22 || (parts[0] === 22 && parts[1] >= 18);
}

/** What check and init need; tasks keep their state in SQLite and say so on such a Node. The range is that of our parser. */
function canRunCompiled(version) {
  const parts = version.replace(/^v/, "").split(".").map(Number);
  return (parts[0] === 20 && parts[1] >= 19) || parts[0] > 22 || (parts[0] === 22 && parts[1] >= 12);
}

function bundledNode() {
  const arch = process.arch === "arm64" ? "arm64" : "x64";
  const path = join(root, "scripts", "node24", "node_modules", "node-linux-" + arch, "bin", "node");
  return process.platform === "linux" && existsSync(path) ? path : undefined;
}

/** Commands that wait for hours for a model or a caller: there may be many at once, and what they hold while they wait counts. */
function isPatient() {
  return ["task", "serve", "mcp"].indexOf(args[0]) !== -1 || isEngine();
}

/** The telemetry engine has an entry of its own: a worktree starts it often and leaves it idle for long. */
function isEngine() {
  return args[0] === "telemetry" && args[1] === "serve";
}

/** Runs the same command line on another Node; passes on its signals and exit code, and takes it along when it dies itself. */
async function runOn(node) {
  const { spawn } = await import("node:child_process");
  const { constants } = await import("node:os");
  const env = Object.assign({}, process.env, { INSPAN_LAUNCHER: String(process.pid) });
  const child = spawn(node, [fileURLToPath(import.meta.url)].concat(args), { stdio: ["inherit", "inherit", "inherit", "ipc"], env: env });
  const pass = function (signal) { child.kill(signal); };
  // A terminal sends Ctrl-C to the whole group already; twice would be the order to die at once.
  const isAtTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  process.on("SIGINT", function () { if (!isAtTerminal) pass("SIGINT"); });
  process.on("SIGTERM", function () { pass("SIGTERM"); });
  process.on("SIGHUP", function () { pass("SIGHUP"); });
  child.on("error", function (error) { process.stderr.write("Cannot start " + node + ": " + error.message + "\n"); process.exit(3); });
  child.on("exit", function (code, signal) { process.exit(code === null ? 128 + (constants.signals[signal] || 0) : code); });
}

/** The launcher above us is gone, killed where it could not say so: end as by a signal of its own. */
function endWithLauncher() {
  const isLaunched = process.env.INSPAN_LAUNCHER === String(process.ppid);
  delete process.env.INSPAN_LAUNCHER;
  if (!isLaunched || !process.channel) return;
  process.on("disconnect", function () { process.kill(process.pid, "SIGTERM"); });
  process.channel.unref();
}

async function runHere() {
  endWithLauncher();
  const emitWarning = process.emitWarning;
  process.emitWarning = function (warning, options) { // node:sqlite and type stripping are experimental on Node 22 only
    const type = typeof options === "string" ? options : options && options.type;
    if (type !== "ExperimentalWarning") emitWarning.apply(process, arguments);
  };
  // The young generation stays at its first 2 MB; it would grow to 26 MB while modules load, and an idle process never gives that back.
  if (isPatient()) (await import("node:v8")).setFlagsFromString("--semi-space-growth-factor=1");
  if (nodeModule.enableCompileCache) nodeModule.enableCompileCache();
  if (isEngine()) {
    const engine = await import(isCheckout ? "../src/app/engine.ts" : "../dist/app/engine-bundle.js");
    if (await engine.runEngine(args.slice(2))) return;
  }
  if (args[0] === "up" || args[0] === "down" || args[0] === "status") {
    const instance = await import(isCheckout ? "../src/app/instance.ts" : "../dist/app/instance.js");
    if (await instance.runInstance(args)) return;
  }
  if (args[0] === "hook" && args.length === 2) {
    const hook = await import(isCheckout ? "../src/app/hook-client.ts" : "../dist/app/hook-client.js");
    return hook.runHook(args);
  }
  const main = await import(isCheckout ? "../src/app/main.ts" : "../dist/app/main.js");
  await main.runMain(args);
}

if (args.length === 1 && (args[0] === "--version" || args[0] === "-V")) {
  process.stdout.write(JSON.parse(readFileSync(join(root, "package.json"), "utf8")).version + "\n");
} else if (isNewEnough(process.version) || (!isCheckout && canRunCompiled(process.version))) {
  await runHere();
} else {
  const node = bundledNode();
  if (node) await runOn(node);
  else {
    const remedy = isCheckout
      ? (process.platform === "linux" ? "npm --prefix " + join(root, "scripts", "node24") + " ci --ignore-scripts" : "install Node 24, for example: brew install node@24")
      : "install Node 22.18 or newer, for example: npm install --global n && n 24";
    process.stderr.write("Cannot run inspan: Node is " + process.version + ", expected 22.18 or newer.\nNext: " + remedy + "\n");
    process.exit(2);
  }
}
