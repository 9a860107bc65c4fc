// Sets up what a fresh clone lacks (Node 24 on an old machine, the dependencies), then runs one script of ours.
// Old syntax on purpose: the first thing that a fresh machine runs. Usage: node scripts/run.js <script.ts> [arguments]
import { existsSync, lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createHash } from "node:crypto";
import { spawn, spawnSync } from "node:child_process";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

function isNewEnough(version) {
  const parts = version.replace(/^v/, "").split(".").map(Number);
  return parts[0] > 22 || (parts[0] === 22 && parts[1] >= 18);
}

function fail(what, next) {
  process.stderr.write(what + "\nNext: " + next + "\n");
  process.exit(2);
}

/** Installs a folder's lockfile once; a stamp beside node_modules says for which lockfile that was done. */
function install(folder, what) {
  const lock = readFileSync(join(folder, "package-lock.json"));
  const stampPath = join(folder, "node_modules", ".installed-lock");
  const stamp = createHash("sha256").update(lock).digest("hex");
  if (existsSync(stampPath) && readFileSync(stampPath, "utf8") === stamp) return;
  if (existsSync(join(folder, "node_modules")) && lstatSync(join(folder, "node_modules")).isSymbolicLink()) return; // somebody else's folder: npm ci would empty it
  process.stderr.write("Installing " + what + " ...\n");
  const started = Date.now();
  const result = spawnSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: folder, stdio: ["ignore", "ignore", "pipe"], encoding: "utf8" });
  if (result.status !== 0) fail("Cannot install " + what + ": " + (result.error ? result.error.message : String(result.stderr).slice(-2000)), "npm ci --prefix " + folder);
  mkdirSync(join(folder, "node_modules"), { recursive: true });
  writeFileSync(stampPath, stamp);
  process.stderr.write("Installed " + what + " in " + Math.round((Date.now() - started) / 1000) + " s\n");
}

function findNode() {
  if (isNewEnough(process.version)) return process.execPath;
  if (process.platform !== "linux") fail("Inspan needs Node 22.18 or newer; this is " + process.version + ".", "brew install node@24");
  const folder = join(root, "scripts", "node24");
  const path = join(folder, "node_modules", "node-linux-" + (process.arch === "arm64" ? "arm64" : "x64"), "bin", "node");
  if (!existsSync(path)) rmSync(join(folder, "node_modules"), { recursive: true, force: true });
  install(folder, "Node 24 (a pinned npm package, into scripts/node24; this machine has " + process.version + ")");
  if (!existsSync(path)) fail("Cannot find " + path + " after its installation.", "npm ci --include=optional --prefix " + folder);
  return path;
}

const node = findNode();
install(root, "the dependencies");
const env = Object.assign({}, process.env, { PATH: dirname(node) + delimiter + (process.env.PATH || ""), NODE_NO_WARNINGS: "1" });
const child = spawn(node, [join(root, process.argv[2])].concat(process.argv.slice(3)), { stdio: "inherit", env: env });
process.on("SIGINT", function () {}); // the terminal sends it to the whole group already
process.on("SIGTERM", function () { child.kill("SIGTERM"); });
child.on("error", function (error) { fail("Cannot start " + node + ": " + error.message, "node --version"); });
child.on("exit", function (code, signal) { process.exit(code === null ? (signal === "SIGINT" ? 130 : 143) : code); });
