// Many tasks at once in one process, each by a scripted agent from prompt to merge on one repository: all have to land, and the harness has to stay small.
// INSPAN_BENCH_TASKS says how many (default 50); memory is that of the harness's process, with the built-in agents in it, divided by the tasks.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeTaskWorld } from "../../test/support/task-world.ts";
import { git, launcher, median, readProcessMemory, round, type Scenario } from "../measure.ts";

const sampleMs = 500;

export const tasksAtOnce: Scenario = {
  name: "tasks-at-once", says: "fifty tasks at once by scripted agents; goal: all land, at most 20 MB of harness each",
  run: async () => {
    const count = Number(process.env["INSPAN_BENCH_TASKS"] ?? 50);
    const names = Array.from({ length: count }, (_, index) => `part${index}`);
    const world = await makeTaskWorld({
      names,
      yaml: 'checks: [{ name: test, run: "ls test", timeoutSeconds: 300 }]\nmerge: { policy: auto }\nbudgets: { turnMinutes: 60, minutes: 600 }\n',
    });
    try {
      const issues = join(world.folder, "issues");
      mkdirSync(issues);
      const files = names.map((name) => { const file = join(issues, `${name}.md`); writeFileSync(file, `Mend ${name}.\n`); return file; });
      const env = {
        ...process.env,
        INSPAN_HOME: world.statePath,
        INSPAN_MODEL_PROVIDER: "openai-compatible",
        INSPAN_MODEL_BASE_URL: world.model.url,
        INSPAN_MODEL: "scripted",
        GIT_CONFIG_NOSYSTEM: "1",
      };
      const startedMs = performance.now();
      const child = spawn(process.execPath, [launcher, "task", "batch", ...files, "--at-once", String(Math.min(100, count)), "--json", "--cwd", world.path], {
        env,
        stdio: ["ignore", "pipe", "pipe"],
      });
      let last = "";
      let said = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => { last = (last + text).slice(-200_000); });
      child.stderr.setEncoding("utf8").on("data", (text: string) => { said = (said + text).slice(-20_000); });
      const samples: { pssMb: number; privateMb: number }[] = [];
      const timer = setInterval(() => { const memory = readProcessMemory(child.pid ?? 0); if (Number.isFinite(memory.pssMb)) samples.push(memory); }, sampleMs);
      const [exitCode] = await once(child, "exit");
      clearInterval(timer);
      const wallMs = performance.now() - startedMs;
      const result = JSON.parse(last.trim().split("\n").at(-1) ?? "{}") as {
        tasks?: { taskId?: string; state: string; hold?: { question: string; detail: string }; error?: { message: string } }[];
      }; // our own last line
      const failed = (result.tasks ?? []).filter((task) => task.state !== "done");
      if (failed.length > 0 || exitCode !== 0)
        process.stderr.write(
          `${failed
            .slice(0, 5)
            .map((task) => JSON.stringify({ ...task, hold: task.hold }))
            .join("\n")}\nexit ${String(exitCode)}\n${said.slice(-3000)}\n`,
        );
      const mended = names.filter((name) => git(world.origin, "show", `main:src/${name}.mjs`).includes("a + b")).length;
      const peak = Math.max(...samples.map(({ pssMb }) => pssMb));
      return {
        figures: {
          tasks: count,
          landed: (result.tasks ?? []).filter((task) => task.state === "done").length,
          merges: Number(git(world.origin, "rev-list", "--count", "main")) - 1,
          mended,
          orphans: world.processes().length,
          wallS: round(wallMs / 1000),
          harnessPeakPssMb: round(peak),
          harnessMedianPssMb: round(median(samples.map(({ pssMb }) => pssMb))),
          harnessPeakPssMbPerTask: round(peak / count),
        },
      };
    } finally { await world.close(); }
  },
};
