// Memory of a task runner that waits for its model: the cost of having many at once. An idle Node is the peer.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import { startScriptedModel } from "../../test/programs/scripted-model/index.ts";
import { launcher, makeDemoRepository, median, readMemoryMb, round, type Scenario } from "../measure.ts";

// Long enough for Node to give pages back after the start; then a sample a second.
const settleMs = 8_000;
const samples = 5;

async function sampleMb(child: ChildProcess): Promise<{ readonly rssMb: number; readonly anonMb: number }> {
  await wait(settleMs);
  const rss: number[] = [];
  const anon: number[] = [];
  for (let index = 0; index < samples; index++) {
    rss.push(readMemoryMb(child.pid ?? 0, "VmRSS") ?? Number.NaN);
    anon.push(readMemoryMb(child.pid ?? 0, "RssAnon") ?? Number.NaN);
    await wait(1000);
  }
  return { rssMb: median(rss), anonMb: median(anon) };
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
      const env = { ...process.env, INSPAN_HOME: demo.statePath, INSPAN_MODEL_PROVIDER: "openai-compatible", INSPAN_MODEL_BASE_URL: model.url, INSPAN_MODEL: "scripted", GIT_CONFIG_NOSYSTEM: "1" };
      const task = spawn(process.execPath, [launcher, "task", "run", "Back-to-back bookings are refused.", "--cwd", demo.path], { env, stdio: "ignore" });
      await model.waitFor(() => true);
      const idle = await sampleMb(task);
      const peakMb = readMemoryMb(task.pid ?? 0, "VmHWM") ?? Number.NaN;
      await end(task);
      const node = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
      const floor = await sampleMb(node);
      await end(node);
      return { figures: { rssMb: round(idle.rssMb), anonymousMb: round(idle.anonMb), peakMb: round(peakMb) }, peers: { "idle node": { rssMb: round(floor.rssMb), anonymousMb: round(floor.anonMb) } } };
    } finally {
      await model.close();
      demo.dispose();
    }
  },
};
