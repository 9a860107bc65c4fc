// What a streamed answer waits for while the harness checks a repository of 7,000 files in the same process: through the gate's own thread, and, as
// the peer, through a gate in the thread of the harness.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openThreadGate } from "../../src/domains/agent/runtime/index.ts";
import { createModelRelay } from "../../src/domains/model/runtime/index.ts";
import { createNodeProviders } from "../../src/providers/node/index.ts";
import { checkArchitecture } from "../../src/app/library.ts";
import { median, quantile, root, round, time, type Figures, type Scenario } from "../measure.ts";

const files = 7_000;
const rounds = 3;

function writeRepository(folder: string): void {
  for (let index = 0; index < files; index++) {
    const at = join(folder, "src", "domains", `d${Math.floor(index / 100)}`, ["types", "repo", "service", "ui"][index % 4] ?? "ui");
    mkdirSync(at, { recursive: true });
    writeFileSync(
      join(at, `f${index}.ts`),
      `${index % 100 < 4 ? "" : `import { v${index - 4} } from "./f${index - 4}.ts";\n`}${Array.from({ length: 30 }, (_, line) => `export const ${line === 0 ? `v${index}` : `v${index}x${line}`} = ${line};`).join("\n")}\n`,
    );
  }
  writeFileSync(join(folder, "inspan.yaml"), "version: 1\ndomains: src/domains/*\nlayers: [types, repo, service, ui]\n");
}

/** Delays of events in milliseconds, read by a process of its own. */
async function readDelays(url: string, count: number): Promise<readonly number[]> {
  const child = spawn(process.execPath, [join(root, "bench", "programs", "stream-reader.mjs"), url, String(count)], { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => { text += chunk.toString("utf8"); });
  await once(child, "close");
  return JSON.parse(text) as number[]; // printed by the program above
}

/** The delays while the check runs again and again in this thread, and how long the checks took. */
async function readWhileChecking(url: string, folder: string): Promise<{ readonly delays: readonly number[]; readonly checksMs: readonly number[] }> {
  let isDone = false;
  const reading = readDelays(url, rounds).finally(() => { isDone = true; });
  const checksMs: number[] = [];
  while (!isDone) {
    const startedMs = performance.now();
    await checkArchitecture({ cwd: folder });
    checksMs.push(performance.now() - startedMs);
  }
  return { delays: await reading, checksMs };
}

const figuresOf = (delays: readonly number[], direct: readonly number[]): Figures => ({
  p50Ms: round(quantile(delays, 0.5)),
  p99Ms: round(quantile(delays, 0.99)),
  worstMs: round(Math.max(...delays)),
  addedP99Ms: round(quantile(delays, 0.99) - quantile(direct, 0.99)),
});

export const relayWhileChecking: Scenario = {
  name: "relay-while-checking", says: `Delay of a streamed event while the harness checks ${files} files; goal: p99 at most 5 ms more than without the relay`,
  run: async () => {
    const folder = mkdtempSync(join(tmpdir(), "inspan-bench-"));
    writeRepository(folder);
    const stream = spawn(process.execPath, [join(root, "bench", "programs", "paced-stream.mjs")], { stdio: ["ignore", "pipe", "inherit"] });
    const [printed] = await once(stream.stdout, "data") as [Buffer]; // the first chunk of a pipe
    const baseUrl = `http://127.0.0.1:${printed.toString().trim()}`;
    const providers = createNodeProviders({ env: {}, statePath: folder, version: "0.0.0" });
    let tokens = 0;
    const model = { wire: "chat" as const, baseUrl, key: undefined, price: undefined, smallModel: undefined };
    const nothing = (): undefined => undefined;
    const take = (usage: { readonly inputTokens: number; readonly outputTokens: number }): void => { tokens += usage.inputTokens + usage.outputTokens; };
    const inThread = await openThreadGate({ token: "t", allowedHosts: [], model: { ...model, isRecorded: false, isReplayed: false } }, {
      modelCall: nothing,
      usage: take,
      toolAnswer: nothing,
      wait: nothing,
      failure: nothing,
      refused: nothing,
      hook: () => "{}",
      mcp: nothing,
      record: nothing,
      replay: nothing,
      now: () => providers.clock.nowIso(),
      sleep: nothing,
      wake: nothing,
    });
    const relay = createModelRelay({ providers, ...model, onModelCall: nothing, onUsage: take, onWait: nothing, onRefused: nothing });
    const beside = createServer((request, response) => { void relay.handle(request, response, request.url?.replace("/t/v1", "") ?? "/"); }).listen(0, "127.0.0.1");
    await once(beside, "listening");
    try {
      const address = beside.address();
      const urlOf = (port: number): string => `http://127.0.0.1:${port}/t/v1/chat/completions`;
      await readDelays(urlOf(inThread.port), 1); // warm
      const direct = await readDelays(`${baseUrl}/chat/completions`, rounds);
      const own = await readWhileChecking(urlOf(inThread.port), folder);
      const shared = await readWhileChecking(urlOf(typeof address === "object" && address !== null ? address.port : 0), folder);
      await inThread.settled();
      if (tokens !== 12 * (2 * rounds + 1)) throw new Error(`Cannot measure the relay: it counted ${tokens} tokens, expected ${12 * (2 * rounds + 1)}`);
      const idle = await time([process.execPath, "-e", "0"]);
      return {
        figures: { ...figuresOf(own.delays, direct), directP99Ms: round(quantile(direct, 0.99)), checkMs: round(median(own.checksMs)), events: own.delays.length },
        peers: { "in the thread of the harness": figuresOf(shared.delays, direct), "node -e 0": { medianMs: round(idle.ms) } },
      };
    } finally {
      stream.kill();
      await inThread.close();
      beside.close();
      beside.closeAllConnections();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
