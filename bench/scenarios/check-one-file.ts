// One file of a large repository: in a fresh process, through the daemon, and as a hook of an agent's client.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { launcher, median, quantile, round, timeMany, type Scenario } from "../measure.ts";
import { copySubject, runInspan, type Subject } from "../subject.ts";

const freshCount = 15;
const daemonCount = 1_000;
const hookCount = 25;
/** As many files as an agent edits again and again in one task. */
const editedFiles = 40;

function hookJson(subject: Subject, file: string): string {
  return JSON.stringify({ cwd: subject.path, hook_event_name: "PostToolUse", tool_name: "Edit", tool_input: { file_path: join(subject.path, file) } });
}

/** Wall time of one hook as a client runs it. */
function runHook(subject: Subject, file: string): number {
  const startedMs = performance.now();
  spawnSync(process.execPath, [launcher, "hook", "claude"], {
    cwd: subject.path,
    env: { ...process.env, INSPAN_HOME: subject.statePath },
    input: hookJson(subject, file),
    stdio: ["pipe", "ignore", "ignore"],
  });
  return performance.now() - startedMs;
}

async function waitForDaemon(subject: Subject): Promise<string> {
  const folder = join(subject.statePath, "run");
  for (let tries = 0; tries < 600; tries++) {
    const name = existsSync(folder) ? readdirSync(folder).find((one) => one.endsWith(".sock")) : undefined;
    if (name !== undefined) return join(folder, name);
    await new Promise((done) => { setTimeout(done, 50); });
  }
  throw new Error("Cannot measure the daemon: it did not come up within 30 s");
}

function ask(socketPath: string, request: string): Promise<number> {
  const startedMs = performance.now();
  return new Promise((resolve, reject) => {
    const socket = connect(socketPath, () => socket.write(request));
    socket.on("error", reject).on("data", () => undefined).on("close", () => resolve(performance.now() - startedMs));
  });
}

export const checkOneFile: Scenario = {
  name: "check-one-file",
  says: "one file of INSPAN_BENCH_SUBJECT; goals: 150 ms in a fresh process, 2 ms (p50) and 20 ms (p99) by the daemon, 20 ms of a hook besides Node's own start",
  run: async () => {
    const subject = copySubject();
    try {
      const files = (JSON.parse((await runInspan(subject, ["graph", "--format", "json"])).stdout) as { files: { file: string }[] }).files.map(
        (one) => one.file,
      ); // the form of CONTRACTS
      const file = files[Math.floor(files.length / 2)] ?? "";
      const fresh: number[] = [];
      for (let index = 0; index <= freshCount; index++) { const { ms } = await runInspan(subject, ["check", file, "--json"]); if (index > 0) fresh.push(ms); }
      const first = runHook(subject, file);
      const socketPath = await waitForDaemon(subject);
      const version = JSON.parse(
        spawnSync(process.execPath, ["-p", `JSON.stringify(require(${JSON.stringify(join(launcher, "..", "..", "package.json"))}).version)`], {
          encoding: "utf8",
        }).stdout,
      ) as string;
      const byDaemon: number[] = [];
      for (let index = 0; index < daemonCount + 50; index++) {
        const ms = await ask(
          socketPath,
          `${JSON.stringify({ version, cwd: subject.path, stdin: hookJson(subject, files[((index % editedFiles) * 137) % files.length] ?? file) })}\n`,
        );
        if (index >= 50) byDaemon.push(ms);
      }
      const hooks = Array.from({ length: hookCount }, () => runHook(subject, file));
      const node = await timeMany(hookCount, [process.execPath, "-e", "0"]);
      spawn(process.execPath, [launcher, "stop", "--all"], { env: { ...process.env, INSPAN_HOME: subject.statePath }, stdio: "ignore" });
      return {
        figures: {
          freshMedianMs: round(median(fresh)), hookWithoutDaemonMs: round(first), daemonP50Ms: round(median(byDaemon)), daemonP99Ms: round(quantile(byDaemon, 0.99)),
          hookMedianMs: round(median(hooks)), hookShareMs: round(median(hooks) - median(node)),
        },
        peers: { "node -e 0": { medianMs: round(median(node)) } },
      };
    } finally { subject.dispose(); }
  },
};
