// The example's own dependencies, installed once for its lockfile: for the demo, and for tests that boot it.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const demoAppPath = fileURLToPath(new URL("../../examples/demo-app", import.meta.url));

/** Throws npm's words where it cannot be installed. */
export function installDemoApp(say: (line: string) => void = () => undefined): void {
  const stamp = createHash("sha256").update(readFileSync(join(demoAppPath, "package-lock.json"))).digest("hex");
  const stampPath = join(demoAppPath, "node_modules", ".installed-lock");
  if (existsSync(stampPath) && readFileSync(stampPath, "utf8") === stamp) return;
  say("Installing the example's dependencies ...");
  const result = spawnSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: demoAppPath, encoding: "utf8" });
  if (result.status !== 0) throw new Error(`Cannot install the example's dependencies: ${result.stderr || (result.error?.message ?? "")}`);
  writeFileSync(stampPath, stamp);
}
