// What the relay between an agent and its model adds to a streamed answer: the same paced stream read directly and through it, event by event, with
// a record kept. The stream and its reader are processes of their own machine's clock; the relay shares the reader's process, as with nobody else.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createNodeProviders } from "../../src/providers/node/index.ts";
import { createModelRelay, openTranscript } from "../../src/domains/model/runtime/index.ts";
import { quantile, root, round, type Scenario } from "../measure.ts";

const rounds = 4;

async function readDelays(url: string): Promise<readonly number[]> {
  const delays: number[] = [];
  const response = await fetch(`${url}/chat/completions`, {
    method: "POST",
    body: JSON.stringify({ model: "m", stream: true, messages: [] }),
    headers: { "content-type": "application/json" },
  });
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of response.body ?? []) {
    const at = performance.timeOrigin + performance.now();
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) { const sent = /^data: \{"sent":([\d.]+)/.exec(line)?.[1]; if (sent !== undefined) delays.push(at - Number(sent)); }
  }
  return delays;
}

export const modelRelay: Scenario = {
  name: "model-relay", says: "Delay that the relay adds to a streamed answer, event by event; goal: p99 at most 5 ms more than without",
  run: async () => {
    const folder = mkdtempSync(join(tmpdir(), "inspan-bench-"));
    const stream = spawn(process.execPath, [join(root, "bench", "programs", "paced-stream.mjs")], { stdio: ["ignore", "pipe", "inherit"] });
    const [printed] = await once(stream.stdout, "data") as [Buffer]; // the first chunk of a pipe
    const baseUrl = `http://127.0.0.1:${printed.toString().trim()}`;
    const providers = createNodeProviders({ env: {}, statePath: folder, version: "0.0.0" });
    let tokens = 0;
    const relay = createModelRelay({
      providers, wire: "chat", baseUrl, key: undefined, price: undefined, transcript: openTranscript(providers, join(folder, "wire.jsonl")),
      onModelCall: () => undefined, onUsage: (usage) => { tokens += usage.inputTokens + usage.outputTokens; }, onWait: () => undefined, onRefused: () => undefined,
    });
    const server = createServer((request, response) => { void relay.handle(request, response, request.url ?? "/"); });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
    try {
      await readDelays(url); // warm
      const [direct, through]: [number[], number[]] = [[], []];
      for (let round = 0; round < rounds; round++) { direct.push(...await readDelays(baseUrl)); through.push(...await readDelays(url)); }
      if (tokens !== 12 * (rounds + 1)) throw new Error(`Cannot measure the relay: it counted ${tokens} tokens, expected ${12 * (rounds + 1)}`);
      return { figures: {
        addedP50Ms: round(quantile(through, 0.5) - quantile(direct, 0.5)), addedP99Ms: round(quantile(through, 0.99) - quantile(direct, 0.99)),
        directP99Ms: round(quantile(direct, 0.99)), throughP99Ms: round(quantile(through, 0.99)), events: through.length,
      } };
    } finally {
      stream.kill();
      server.close();
      server.closeAllConnections();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
