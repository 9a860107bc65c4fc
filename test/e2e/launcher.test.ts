// The launcher on a Node that is too old, with a newer one at hand: signals and exit codes pass through, and neither outlives the other.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { checkoutPath, makePlace } from "../support/command-line.ts";

const bundled = join(checkoutPath, "scripts", "node24", "node_modules", `node-linux-${process.arch}`, "bin", "node");
const skip = process.platform === "linux" && existsSync(bundled) ? false : "no Node is bundled here";

/** `inspan serve` below a launcher that takes its own Node for an old one; resolves when it serves. */
async function startServer(t: TestContext) {
  const place = makePlace(t);
  place.write({ "a.ts": "export const a = 1;\n" });
  place.git("add", "-A");
  place.git("commit", "--quiet", "-m", "start");
  const preload = join(place.path, "..", "old.cjs");
  writeFileSync(preload, 'Object.defineProperty(process, "version", { value: "v18.20.4" });\n');
  const launcher = spawn(process.execPath, ["--require", preload, join(checkoutPath, "bin", "inspan.js"), "serve", "--port", "0"], {
    cwd: place.path,
    env: { ...process.env, INSPAN_HOME: place.statePath },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let childPid = 0;
  t.after(() => { for (const pid of [launcher.pid ?? 0, childPid]) if (pid > 1) { try { process.kill(pid, "SIGKILL"); } catch { /* gone, as it should be */ } } });
  let said = "";
  for await (const chunk of launcher.stderr.setEncoding("utf8").iterator({ destroyOnReturn: false })) {
    said += String(chunk);
    if (said.includes("Serving")) break;
  }
  childPid = Number(readFileSync(`/proc/${launcher.pid}/task/${launcher.pid}/children`, "utf8").trim().split(" ")[0]);
  assert.ok(childPid > 1, said);
  launcher.stdout.resume();
  launcher.stderr.resume();
  return { launcher, childPid };
}

test("SIGINT to the launcher alone ends the command", { skip }, async (t) => {
  const { launcher } = await startServer(t);
  launcher.kill("SIGINT");
  const [code] = await once(launcher, "exit");
  assert.ok(code === 0 || code === 130, String(code));
});

test("a command that was killed is told by its signal's exit code", { skip }, async (t) => {
  const { launcher, childPid } = await startServer(t);
  process.kill(childPid, "SIGKILL");
  assert.deepEqual(await once(launcher, "exit"), [137, null]);
});

test("a command ends when its launcher was killed", { skip }, async (t) => {
  const { launcher } = await startServer(t);
  launcher.kill("SIGKILL");
  await once(launcher, "close"); // both pipes are closed: nobody holds their other ends
});
