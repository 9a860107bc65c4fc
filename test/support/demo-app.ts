// The example's own dependencies, installed once for its lockfile: for the demo, and for tests that boot it.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const demoAppPath = fileURLToPath(new URL("../../examples/demo-app", import.meta.url));

/** An installation took 20 s on a slow line; a lock that is older was left by one that was killed. */
const lockMsMax = 300_000;
const lockPath = join(demoAppPath, ".installing");

const ageMs = (path: string): number => { try { return Date.now() - statSync(path).mtimeMs; } catch { return 0; } }; // gone meanwhile

/** Two installations beside each other (tests run several files at once) would take each other's files away. */
function takeLock(): void {
  for (;;) {
    try { mkdirSync(lockPath); return; } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
      if (ageMs(lockPath) > lockMsMax) rmSync(lockPath, { recursive: true, force: true });
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    }
  }
}

/** Throws npm's words where it cannot be installed. */
export function installDemoApp(say: (line: string) => void = () => undefined): void {
  const stamp = createHash("sha256").update(readFileSync(join(demoAppPath, "package-lock.json"))).digest("hex");
  const stampPath = join(demoAppPath, "node_modules", ".installed-lock");
  const isInstalled = (): boolean => existsSync(stampPath) && readFileSync(stampPath, "utf8") === stamp;
  if (isInstalled()) return;
  takeLock();
  try { if (!isInstalled()) install(say, stampPath, stamp); } finally { rmSync(lockPath, { recursive: true, force: true }); }
}

function install(say: (line: string) => void, stampPath: string, stamp: string): void {
  say("Installing the example's dependencies ...");
  const result = spawnSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: demoAppPath, encoding: "utf8" });
  if (result.status !== 0) throw new Error(`Cannot install the example's dependencies: ${result.stderr || (result.error?.message ?? "")}`);
  writeFileSync(stampPath, stamp);
}
