// `inspan telemetry serve` as a process: engine up, one line said, record written, and down again with the signal.
import type { Clock } from "../../../providers/index.ts";
import { findWorktreeRoot, writeEngineRecord } from "../repo/engine-record.ts";
import { startEngine } from "./engine.ts";

export interface ServeOptions {
  readonly clock: Clock;
  readonly version: string;
  readonly port: number;
  readonly dataPath: string | undefined;
  readonly cwd: string;
  readonly statePath: string;
  readonly signal: AbortSignal;
  readonly pid: number;
  /** Gets the one line, without its end. */
  print(line: string): void;
  warn(line: string): void;
}

/** Resolves when the signal has aborted and everything is closed. */
export async function serveEngine(options: ServeOptions): Promise<{ readonly url: string }> {
  const engine = await startEngine({ clock: options.clock, version: options.version, port: options.port, dataPath: options.dataPath });
  let forget = (): void => {};
  try {
    options.print(JSON.stringify({ url: engine.url, grpc: engine.grpc, pid: options.pid }));
    try {
      forget = writeEngineRecord(options.statePath, { version: 1, url: engine.url, grpc: engine.grpc, pid: options.pid, rootPath: findWorktreeRoot(options.cwd) });
    } catch { options.warn(`Cannot write the state folder "${options.statePath}": commands of this worktree will not find the engine by themselves.\nNext: inspan metrics <query> --url ${engine.url}`); }
    if (!options.signal.aborted) await new Promise<void>((stopped) => options.signal.addEventListener("abort", () => stopped(), { once: true }));
  } finally {
    forget();
    await engine.close();
  }
  return { url: engine.url };
}
