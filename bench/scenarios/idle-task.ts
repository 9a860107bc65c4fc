// Memory of a task runner that waits for its model: the cost of having many at once. An idle Node is the peer.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import { startScriptedModel } from "../../test/programs/scripted-model/index.ts";
import { type Figures, launcher, makeDemoRepository, median, type ProcessMemory, readPeakMb, readProcessMemory, round, type Scenario } from "../measure.ts";

// Long enough for Node to give pages back after the start; then a sample a second.
const settleMs = 8_000;
const samples = 5;

/** Medians of the samples: all pages, with shared pages divided among their processes, and those that are this process's alone. */
async function sampleMb(child: ChildProcess): Promise<Figures> {
  await wait(settleMs);
  const rows: ProcessMemory[] = [];
  for (let index = 0; index < samples; index++) {
    rows.push(readProcessMemory(child.pid ?? 0));
    await wait(1000);
  }
  const of = (read: (row: ProcessMemory) => number): number => round(median(rows.map(read)));
  return { rssMb: of((row) => row.rssMb), pssMb: of((row) => row.pssMb), privateMb: of((row) => row.privateMb), anonymousMb: of((row) => row.anonymousMb) };
}

async function end(child: ChildProcess): Promise<void> {
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  await gone;
}

export const idleTask: Scenario = {
  name: "idle-task", says: "memory of `task run` while its agent hangs; goal: at most 60 MB",
  run: async () => {
    const model = await startScriptedModel({ script: () => ({ kind: "hang", after: "headers" }) });
    const demo = await makeDemoRepository();
    try {
      const env = {
        ...process.env,
        INSPAN_HOME: demo.statePath,
        INSPAN_MODEL_PROVIDER: "openai-compatible",
        INSPAN_MODEL_BASE_URL: model.url,
        INSPAN_MODEL: "scripted",
        GIT_CONFIG_NOSYSTEM: "1",
      };
      const start = (): ChildProcess => spawn(process.execPath, [launcher, "task", "run", "Back-to-back bookings are refused.", "--cwd", demo.path], { env, stdio: "ignore" });
      // One run that does not count: it fills the cache of compiled code, as the first task on a machine does.
      const first = start();
      await model.waitFor(() => true);
      await end(first);
      const asked = model.requests.length;
      const task = start();
      await model.waitFor(() => model.requests.length > asked);
      const idle = await sampleMb(task);
      const peakMb = readPeakMb(task.pid ?? 0);
      await end(task);
      const node = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
      const floor = await sampleMb(node);
      await end(node);
      return { figures: { ...idle, peakMb: round(peakMb) }, peers: { "idle node": floor } };
    } finally {
      await model.close();
      demo.dispose();
    }
  },
};
