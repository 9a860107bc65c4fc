// Owns one service from its turn in the queue to its end: start, readiness, output, failure. Knows its instance by a few calls.
import { join } from "node:path";
import { withoutControls } from "../../../../base/text.ts";
import type { ProcessResult } from "../../../../providers/index.ts";
import { openOutputFile, type OutputFile } from "../../repo/output-file.ts";
import { prepareService, urlOf, type Surroundings } from "../../service/environment.ts";
import { markerOf } from "../../service/marker.ts";
import { explainFailure } from "../../service/failure.ts";
import { createLineCutter } from "../../service/lines.ts";
import type { ServiceFailure, ServicePlan, ServiceState, ServiceStatus } from "../../types/index.ts";
import type { InstancePorts } from "./ports.ts";
import { waitUntilReady } from "./readiness.ts";
import { startProgram, type Ground, type Started } from "./sandboxing.ts";

/** What a failure can show of a service; more lies in its file. */
const outputBytesMax = 64 * 1024;
/** How often an unsandboxed service's processes are counted; in a sandbox the kernel does it. */
const countMs = 1000;

export interface Surrounding {
  readonly ground: () => Ground;
  readonly ports: InstancePorts;
  readonly surroundings: () => Surroundings;
  readonly outputPath: (service: string) => string;
  readonly hostUrlOf: (service: string, port: number) => string | undefined;
  /** Complete lines, for whoever keeps logs. */
  readonly onLines: (service: string, stream: "stdout" | "stderr", lines: readonly string[]) => void;
  /** Its program ended without being asked: what it held is free. */
  readonly onEnded: (service: string) => void;
  readonly onReady: (service: ServiceState, startedMs: number) => void;
}

interface Run {
  readonly started: Started;
  readonly startedMs: number;
  readonly output: OutputFile;
  readonly stopping: AbortController;
  /** Resolves when the program has ended, with what was seen of it last. */
  readonly ended: Promise<ProcessResult>;
  isStopping: boolean;
}

export class ManagedService {
  plan: ServicePlan;
  readonly #around: Surrounding;
  #status: ServiceStatus = "stopped";
  #run: Run | undefined;
  #readyMs: number | undefined;
  #startedAt: string | undefined;
  #starts = 0;
  #port: number | undefined;
  #failure: ServiceFailure | undefined;
  #owned: { readonly key: string; readonly ports: readonly number[] } = { key: "", ports: [] };

  constructor(plan: ServicePlan, around: Surrounding) {
    this.plan = plan;
    this.#around = around;
  }

  get isReady(): boolean { return this.#status === "ready"; }
  get failure(): ServiceFailure | undefined { return this.#failure; }

  state(): ServiceState {
    const { ports, hostUrlOf } = this.#around;
    const port = this.#port ?? ports.portsOf(this.plan)[0]?.port;
    const hasUrl = port !== undefined && this.#run !== undefined;
    return {
      name: this.plan.name, status: this.#status, url: hasUrl ? urlOf(port) : undefined, hostUrl: hasUrl ? hostUrlOf(this.plan.name, port) : undefined,
      ports: this.#run === undefined ? [] : ports.portsOf(this.plan),
      pid: this.#run?.started.child.pid,
      readyMs: this.#readyMs,
      startedAt: this.#startedAt,
      starts: this.#starts,
      failure: this.#failure,
    };
  }

  wait(): void { this.#failure = undefined; this.#readyMs = undefined; this.#become("waiting"); }

  /** Given up before its program was started. */
  fail(reason: ServiceFailure["reason"], why: string | undefined, output = ""): void {
    this.#failure = this.#explain({ reason, exitCode: null, signal: null, afterMs: 0, output, lastAnswer: why, wasReady: false, portsSeen: [] });
    this.#become("failed");
  }

  /** Starts the program and waits until it is ready or has failed. Its ports are open already. Never rejects for what the program does. */
  async start(): Promise<boolean> {
    const { clock, processes } = this.#around.ground().providers;
    this.#failure = undefined;
    this.#readyMs = undefined;
    this.#port = undefined;
    this.#owned = { key: "", ports: [] };
    this.#startedAt = clock.nowIso();
    this.#starts += 1;
    this.#become("starting");
    const run = await this.#spawn();
    if (run === undefined) return false;
    const { startedMs, stopping } = run;
    const seen = await waitUntilReady({
      service: this.plan, ports: this.#around.ports, hasNetwork: this.#around.ground().network !== undefined, signal: stopping.signal,
      listening: () => this.#listening(run), isLogged: () => this.#isLogged,
      nowMs: () => clock.monotonicMs(), sleep: (ms) => clock.sleep(ms, stopping.signal).catch(() => undefined), // the signal only shortens the pause
    });
    if (run.isStopping) { await this.#ending; return false; } // it ended by itself, or somebody stops it
    if (seen.isReady && !stopping.signal.aborted) {
      this.#readyMs = Math.round(clock.monotonicMs() - startedMs);
      this.#port = seen.port;
      this.#become("ready");
      this.#around.onReady(this.state(), startedMs);
      if (!this.#around.ground().isSandboxed && processes.countMarked(this.#marker) > 0) this.#count(run);
      return true;
    }
    const portsSeen = this.#listening(run) ?? [];
    run.isStopping = true;
    const result = await run.started.child.stop();
    await this.#close(run);
    this.#failure = this.#explain({
      reason: "timed-out",
      exitCode: null,
      signal: null,
      afterMs: clock.monotonicMs() - startedMs,
      output: result.output,
      lastAnswer: seen.lastAnswer,
      wasReady: false,
      portsSeen,
    });
    this.#become("failed");
    return false;
  }

  /** Ends it with its grace. Idempotent. */
  async stop(): Promise<void> {
    const run = this.#run;
    if (run !== undefined) {
      run.isStopping = true;
      run.stopping.abort();
      await run.started.child.stop();
      await this.#close(run);
    }
    if (this.#status !== "failed" && this.#status !== "exited") this.#become("stopped");
  }

  get #marker(): string { return markerOf(this.#around.surroundings().runId, this.plan.name); }
  #isLogged = false;
  #ending: Promise<void> = Promise.resolve();

  async #spawn(): Promise<Run | undefined> {
    const { providers, worktreePath } = this.#around.ground();
    if (this.plan.cwd !== "." && (await providers.files.facts(join(worktreePath, this.plan.cwd)))?.kind !== "folder") {
      this.fail("not-started", `there is no folder "${this.plan.cwd}" in the worktree`);
      return undefined;
    }
    const prepared = prepareService(this.plan, this.#around.surroundings());
    const output = openOutputFile(this.#around.outputPath(this.plan.name));
    const cutters = { stdout: createLineCutter(), stderr: createLineCutter() };
    const matches = this.plan.ready.kind === "log" ? await compilePattern(this.plan.ready.pattern) : undefined;
    this.#isLogged = false;
    const onOutput = (stream: "stdout" | "stderr", text: string): void => {
      output.write(text);
      const lines = cutters[stream].take(text);
      if (matches !== undefined && !this.#isLogged) this.#isLogged = lines.some(matches) || matches(cutters[stream].rest());
      if (lines.length > 0) this.#around.onLines(this.plan.name, stream, lines);
    };
    const { name, stopSignal, graceMs, processesMax, cwd } = this.plan;
    let started: Started;
    try {
      started = await startProgram(this.#around.ground(), {
        run: prepared.run,
        cwd,
        env: prepared.env,
        timeoutMs: undefined,
        stopSignal,
        graceMs,
        processesMax,
        outputBytesMax,
        onOutput,
      });
    } catch (error) {
      output.close();
      this.fail("not-started", undefined, error instanceof Error ? error.message : String(error));
      providers.log.warn("instance.service-not-started", { service: name });
      return undefined;
    }
    const run: Run = { started, output, startedMs: providers.clock.monotonicMs(), stopping: new AbortController(), isStopping: false, ended: started.child.exited };
    this.#run = run;
    void run.ended.then((result) => { this.#ending = this.#onEnd(run, result); });
    return run;
  }

  /** The program has ended by itself, or was stopped by us; only the first is news. */
  async #onEnd(run: Run, result: ProcessResult): Promise<void> {
    if (this.#run !== run || run.isStopping) return;
    run.isStopping = true;
    const wasReady = this.#status === "ready";
    this.#failure = this.#explain({
      reason: result.outcome === "not-started" ? "not-started" : "exited", exitCode: result.exitCode, signal: result.signal, output: result.output, wasReady,
      afterMs: this.#around.ground().providers.clock.monotonicMs() - run.startedMs, lastAnswer: undefined, portsSeen: this.#owned.ports,
    });
    await this.#close(run);
    this.#become(wasReady ? "exited" : "failed");
    if (this.plan.uses.length > 0) this.#around.onEnded(this.plan.name);
    run.stopping.abort();
  }

  async #close(run: Run): Promise<void> {
    run.stopping.abort();
    run.output.close();
    await run.started.dispose();
    if (!this.#around.ground().isSandboxed) await this.#around.ground().providers.processes.endMarked(this.#marker, 500);
    if (this.#run === run) this.#run = undefined;
  }

  /** Ports inside that its processes listen on; the expensive question is asked when the set of sockets has changed. */
  #listening(run: Run): readonly number[] | undefined {
    const ground = this.#around.ground();
    const sockets = ground.providers.processes.listening(ground.network?.pid ?? process.pid);
    if (sockets.length === 0 && ground.network === undefined) return process.platform === "linux" ? [] : undefined;
    const key = sockets.map(({ inode }) => inode).join(" ");
    if (key !== this.#owned.key) {
      const owned = ground.providers.processes.ownedSockets(new Set(sockets.map(({ inode }) => inode)), { pid: run.started.child.pid, runId: this.#marker });
      // A socket that nobody seems to hold is being set up, or its holder is: it is asked about again.
      this.#owned = { key: owned.size === 0 ? "" : key, ports: [...new Set(sockets.filter(({ inode }) => owned.has(inode)).map(({ port }) => port))] };
    }
    return this.#owned.ports;
  }

  /** Without a sandbox nothing but counting holds a fork bomb. */
  #count(run: Run): void {
    const { clock, processes } = this.#around.ground().providers;
    void (async () => {
      for (;;) {
        try { await clock.sleep(countMs, run.stopping.signal); } catch { return; } // it ends
        const count = processes.countMarked(this.#marker);
        if (count <= this.plan.processesMax) continue;
        run.isStopping = true;
        const result = await run.started.child.stop();
        await this.#close(run);
        this.#failure = this.#explain({
          reason: "limit",
          exitCode: null,
          signal: null,
          afterMs: 0,
          output: result.output,
          wasReady: true,
          portsSeen: [],
          lastAnswer: `it had ${count} processes, expected at most ${this.plan.processesMax}`,
        });
        this.#become("failed");
        if (this.plan.uses.length > 0) this.#around.onEnded(this.plan.name);
        return;
      }
    })();
  }

  #explain(ended: Omit<Parameters<typeof explainFailure>[0], "service" | "ports">): ServiceFailure {
    const { secrets } = this.#around.ground().providers;
    const failure = explainFailure({ ...ended, service: this.plan, ports: this.#around.ports.tableOf([this.plan]).get(this.plan.name) ?? new Map() });
    return { ...failure, lastLines: failure.lastLines.map((line) => secrets.redact(line)) };
  }

  #become(status: ServiceStatus): void {
    this.#status = status;
  }
}

/** RE2: linear in the line, whatever was written into inspan.yaml. Loaded where it is needed alone. */
async function compilePattern(pattern: string): Promise<(line: string) => boolean> {
  const { RE2JS } = await import("re2js");
  const compiled = RE2JS.compile(pattern);
  // Colours stand between letters of what people read as one word.
  return (line) => compiled.matcher(line.includes("\u001b") ? withoutControls(line) : line).find();
}
