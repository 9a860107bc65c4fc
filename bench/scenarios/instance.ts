// Bringing the demo app up and down in a worktree: one, against its own start alone, and ten at once. What Inspan adds is the figure.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { git, launcher, makeDemoRepository, median, readProcessMemory, round, type Scenario, time } from "../measure.ts";

const repetitions = 9;
const atOnce = 10;
const startMsMax = 60_000;

interface Answer { readonly services: readonly { readonly name: string; readonly status: string; readonly readyMs: number }[]; readonly supervisor: { readonly pid: number } }

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    socket.setEncoding("latin1").once("data", (text: string) => { socket.destroy(); resolve(text.startsWith("HTTP/1.1 200")); });
    socket.on("error", () => resolve(false));
    socket.write(`GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
  });
}

/** The application alone: from spawn to its first 200, and from TERM to its end. */
async function measureAlone(path: string, dataPath: string, port: number): Promise<{ readonly readyMs: number; readonly endMs: number }> {
  const startedMs = performance.now();
  const child = spawn(process.execPath, ["src/app/main.ts"], {
    cwd: path,
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"], PORT: String(port), DATA_DIR: dataPath },
    stdio: "ignore",
  });
  while (!await answers(port)) {
    if (performance.now() - startedMs > startMsMax) throw new Error("Cannot measure the demo app: it does not answer");
    await wait(2);
  }
  const readyMs = performance.now() - startedMs;
  const stoppedMs = performance.now();
  child.kill("SIGTERM");
  await once(child, "exit");
  return { readyMs, endMs: performance.now() - stoppedMs };
}

async function inspan(cwd: string, statePath: string, ...args: readonly string[]) {
  const done = await time([process.execPath, launcher, ...args], { cwd, env: { ...process.env, INSPAN_HOME: statePath } });
  if (done.exitCode !== 0) throw new Error(`Cannot measure "inspan ${args.join(" ")}": it ended with ${done.exitCode}\n${done.stdout}`);
  return done;
}

export const instanceUp: Scenario = {
  name: "instance-up", says: "up and down of the demo app; goals: 150 ms beyond its own start, 300 ms beyond its own end",
  run: async () => {
    const demo = await makeDemoRepository();
    const figures: Record<string, number[]> = { upMs: [], readyMs: [], downMs: [], floorMs: [], beyondUpMs: [], beyondReadyMs: [], beyondDownMs: [] };
    const alone: Record<string, number[]> = { readyMs: [], endMs: [] };
    const dataPath = mkdtempSync(join(tmpdir(), "inspan-bench-data-"));
    try {
      for (let index = -1; index < repetitions; index++) { // the first fills caches and does not count
        const own = await measureAlone(demo.path, dataPath, 19_876);
        const floor = await inspan(demo.path, demo.statePath, "status", "--json");
        const up = await inspan(demo.path, demo.statePath, "up", "--json", "--no-telemetry");
        const readyMs = (JSON.parse(up.stdout) as Answer).services[0]?.readyMs ?? Number.NaN; // our own form
        const down = await inspan(demo.path, demo.statePath, "down", "--json");
        if (index < 0) continue;
        const row: Record<string, number> = {
          upMs: up.ms,
          readyMs,
          downMs: down.ms,
          floorMs: floor.ms,
          beyondUpMs: up.ms - own.readyMs,
          beyondReadyMs: readyMs - own.readyMs,
          beyondDownMs: down.ms - own.endMs,
        };
        for (const [name, value] of Object.entries(row)) figures[name]?.push(value);
        alone["readyMs"]?.push(own.readyMs);
        alone["endMs"]?.push(own.endMs);
      }
      const medians = (values: Record<string, number[]>) => Object.fromEntries(Object.entries(values).map(([name, all]) => [name, round(median(all))]));
      return { figures: medians(figures), peers: { "the application alone": medians(alone) } };
    } finally {
      rmSync(dataPath, { recursive: true, force: true });
      demo.dispose();
    }
  },
};

/** The process that holds the network of a supervisor. */
function gatewayOf(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").map(Number);
  return children.find((child) => readFileSync(`/proc/${child}/cmdline`, "utf8").includes("gateway")) ?? Number.NaN;
}

export const instanceTen: Scenario = {
  name: "instance-ten", says: "ten instances of the demo app at once; goals: all ready, supervisors at most 60 MB each",
  run: async () => {
    const demo = await makeDemoRepository();
    const paths = Array.from({ length: atOnce }, (_, index) => join(demo.path, "..", `tree-${index}`));
    try {
      for (const path of paths) {
        git(demo.path, "worktree", "add", "--quiet", "--detach", path, "main");
        cpSync(join(demo.path, "node_modules"), join(path, "node_modules"), { recursive: true, verbatimSymlinks: true });
      }
      await inspan(demo.path, demo.statePath, "up", "--json", "--no-telemetry");
      await inspan(demo.path, demo.statePath, "down", "--json");
      const startedMs = performance.now();
      const ups = await Promise.all(paths.map((path) => inspan(path, demo.statePath, "up", "--json", "--no-telemetry")));
      const allReadyMs = performance.now() - startedMs;
      const states = ups.map(({ stdout }) => JSON.parse(stdout) as Answer); // our own form
      await wait(3000); // what starting needed is given back
      const memory = states.map(({ supervisor }) => readProcessMemory(supervisor.pid));
      const gateways = states.map(({ supervisor }) => readProcessMemory(gatewayOf(supervisor.pid)));
      const stoppedMs = performance.now();
      await Promise.all(paths.map((path) => inspan(path, demo.statePath, "down", "--json")));
      const allDownMs = performance.now() - stoppedMs;
      const left = readdirSync(join(demo.statePath, "processes")).length;
      const ready = states.flatMap(({ services }) => services).filter(({ status }) => status === "ready").length;
      return { figures: {
        ready,
        allReadyMs: round(allReadyMs),
        slowestReadyMs: Math.max(...states.flatMap(({ services }) => services.map(({ readyMs }) => readyMs))),
        allDownMs: round(allDownMs),
        left,
        supervisorRssMb: round(Math.max(...memory.map(({ rssMb }) => rssMb))),
        supervisorPssMb: round(Math.max(...memory.map(({ pssMb }) => pssMb))),
        supervisorPrivateMb: round(median(memory.map(({ privateMb }) => privateMb))),
        gatewayRssMb: round(Math.max(...gateways.map(({ rssMb }) => rssMb))), gatewayPssMb: round(Math.max(...gateways.map(({ pssMb }) => pssMb))),
      } };
    } finally {
      for (const path of paths) await inspan(path, demo.statePath, "down", "--json").catch(() => undefined); // what is up after a failure
      demo.dispose();
    }
  },
};
