// Hosts the worktree's telemetry engine in the supervisor: one process for both. The engine's code is loaded when an instance wants it.
import type { Clock } from "../../../../providers/index.ts";
import type { TelemetryAddress } from "../../types/index.ts";

export interface HostedEngine {
  readonly address: TelemetryAddress;
  /** What a service printed, as log lines. */
  readonly addLines: (service: string, stream: "stdout" | "stderr", lines: readonly string[]) => void;
  close(): Promise<void>;
}

export interface HostOptions {
  readonly clock: Clock;
  readonly version: string;
  readonly port: number;
  readonly dataPath: string;
  readonly home: string;
  readonly worktreePath: string;
  /** Labels every line. */
  readonly key: string;
}

/** Resolves when it answers. Rejects where the port is taken or its folder cannot be written. */
export async function hostEngine(options: HostOptions): Promise<HostedEngine> {
  const { createLineIntake, serveEngine } = await import("../../../telemetry/runtime/index.ts");
  const stopping = new AbortController();
  return new Promise((resolve, reject) => {
    const served = serveEngine({
      clock: options.clock, version: options.version, port: options.port, dataPath: options.dataPath, cwd: options.worktreePath, statePath: options.home,
      signal: stopping.signal, pid: process.pid, warn: () => undefined,
      print: (line) => {
        const { url, grpc } = JSON.parse(line) as { readonly url: string; readonly grpc: string }; // the line of CONTRACTS
        const intake = createLineIntake({ url, clock: options.clock, labels: { worktree: options.key } });
        resolve({ address: { url, grpc }, addLines: intake.take, close: async () => { await intake.close(); stopping.abort(); await served; } });
      },
    });
    served.catch(reject);
  });
}
