// From `task run` to the agent's first model request, in a repository of 1,000 files: what a person waits for before any work begins.
// The built-in agent has no start of its own, so the whole time is ours. INSPAN_BENCH_AGENT=codex (or another) measures that client, with its own start in it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { makeTaskWorld } from "../../test/support/task-world.ts";
import { launcher, median, round, time, type Figures, type Scenario } from "../measure.ts";

const files = 1_000;
const documents = 60;
const runs = 7;

/** A house with layers, rules and documents: everything that is read before a session begins has something to read. */
function repositoryFiles(): Readonly<Record<string, string>> {
  const layers = ["types", "repo", "service", "ui"];
  const sources = Array.from({ length: files - documents }, (_, index) => {
    const [domain, layer] = [Math.floor(index / 40), layers[index % 4] ?? "ui"];
    return [`src/domains/d${domain}/${layer}/f${index}.ts`, `${Array.from({ length: 40 }, (_, line) => `export const v${index}x${line} = ${line};`).join("\n")}\n`] as const;
  });
  const pages = Array.from(
    { length: documents },
    (_, index) =>
      [
        `docs/${index % 2 === 0 ? "design-docs" : "guides"}/p${index}.md`,
        `# Page ${index}\n\nIt is about \`src/domains/d${index % 20}/service/\` and says why.\n\n${"A sentence of prose. ".repeat(60)}\n`,
      ] as const,
  );
  return Object.fromEntries([...sources, ...pages]);
}

/** Milliseconds of processor of a process and of its children that have ended; NaN where there is no /proc. A tick is 10 ms. */
function readCpuMs(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) /, "").split(" ");
    return [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]) * 10, 0);
  } catch { return Number.NaN; } // ended, or no Linux
}

/** Durations of the runner's spans until the first model call, by name. */
function spansOf(statePath: string): Figures {
  const folder = join(statePath, "logs");
  const lines = readdirSync(folder).flatMap((name) => readFileSync(join(folder, name), "utf8").trim().split("\n"));
  const spans = lines.map((line) => JSON.parse(line) as { event?: string; name?: string; durationMs?: number }).filter((line) => line.event === "span"); // our own log
  return Object.fromEntries(
    ["task prepare"].flatMap((name) => {
      const found = spans.findLast((span) => span.name === name);
      return found?.durationMs === undefined ? [] : [[`${name.replace(/ (\w)/, (_, letter: string) => letter.toUpperCase())}Ms`, round(found.durationMs)]];
    }),
  );
}

export const taskFirstRequest: Scenario = {
  name: "task-first-request", says: "from `task run` to the first model request in 1,000 files; goal: at most 1 s beyond the client's own start",
  run: async () => {
    const agent = process.env["INSPAN_BENCH_AGENT"] ?? "builtin";
    const world = await makeTaskWorld({
      names: ["sum"],
      yaml: 'domains: src/domains/*\nlayers: [types, repo, service, ui]\nchecks: [{ name: test, run: "true" }]\n',
      files: repositoryFiles(),
      script: () => ({ kind: "hang", after: "headers" }),
    });
    try {
      const env = {
        ...process.env,
        INSPAN_HOME: world.statePath,
        INSPAN_MODEL_PROVIDER: "openai-compatible",
        INSPAN_MODEL_BASE_URL: world.model.url,
        INSPAN_MODEL: "scripted",
        GIT_CONFIG_NOSYSTEM: "1",
      };
      const [times, cpu, idle]: [number[], number[], number[]] = [[], [], []];
      for (let index = 0; index <= runs; index++) {
        const asked = world.model.requests.length;
        const startedMs = performance.now();
        const child = spawn(
          process.execPath,
          [launcher, "task", "run", `Mend sum in src/domains/d3/service/f122.ts, ${index}.`, "--agent", agent, "--cwd", world.path],
          { env, stdio: "ignore" },
        );
        await world.model.waitFor(() => world.model.requests.length > asked);
        if (index > 0) { times.push(performance.now() - startedMs); cpu.push(readCpuMs(child.pid ?? 0)); } // the first fills the cache of compiled code
        const gone = once(child, "exit");
        child.kill("SIGTERM");
        await gone;
        idle.push((await time([process.execPath, "-e", "0"])).ms);
      }
      return {
        peers: { "node -e 0": { medianMs: round(median(idle)) } },
        figures: {
          medianMs: round(median(times)),
          cpuMs: round(median(cpu)),
          bestMs: round(Math.min(...times)),
          worstMs: round(Math.max(...times)),
          ...spansOf(world.statePath),
        },
      };
    } finally { await world.close(); }
  },
};
