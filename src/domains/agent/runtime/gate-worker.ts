// The thread of the gates: answers of models stream through it while the harness checks a repository in its own. Loads the relay and nothing besides.
import nodeModule from "node:module";
import { parentPort } from "node:worker_threads";
import type { GateAsks, ToGates, ToHarness } from "./gate-questions.ts";
import type { SessionGate } from "./session-gate.ts";

if (parentPort === null) throw new Error("BUG: expected to run as a thread");
const port = parentPort;
nodeModule.enableCompileCache?.(); // each thread asks for itself
const [{ openSessionGate }, { ThreadChannel }] = await Promise.all([import("./session-gate.ts"), import("./thread-channel.ts")]);

const gates = new Map<number, SessionGate>();
const channel = new ThreadChannel<ToHarness, ToGates>(port, {
  open: async ({ gate, spec, port: wanted }) => {
    const ask = <K extends keyof GateAsks>(what: K, input: GateAsks[K][0]): Promise<GateAsks[K][1]> =>
      channel.ask("gate", { gate, what, input }) as Promise<GateAsks[K][1]>; // answered by gate-thread.ts by that name
    const opened = await openSessionGate(spec, ask, wanted);
    gates.set(gate, opened);
    return opened.port;
  },
  settled: ({ gate }) => gates.get(gate)?.settled(),
  close: async ({ gate }) => {
    const found = gates.get(gate);
    gates.delete(gate);
    await found?.close();
  },
});
