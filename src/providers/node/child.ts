// Owns one child from spawn to the last member of its group. Knows no other child but as groups to spare in a sweep.
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { delay } from "../../base/async.ts";
import { messageOf } from "../../base/errors.ts";
import { LineQueue, OutputTail } from "./process-output.ts";
import { endByMarker } from "./marker-sweep.ts";
import { hasGroup, signalGroup, signalPrograms } from "./process-table.ts";
import type { ProcessResult, ProcessSpec, RunningProcess } from "../processes.ts";

const defaultOutputBytesMax = 256 * 1024;
const defaultGraceMs = 2000;

/** How long a finished child's pipe may be held open by a grandchild; without it such a child never ends for us. */
const pipeGraceMs = 500;

/** How long a killed group may take to vanish; without it one process in uninterruptible sleep, or an unreaped zombie, holds us for ever. */
const vanishMs = 1000;

/** Node's timers wrap above this and would fire at once. */
const timerMsMax = 2 ** 31 - 1;

type Ending = ProcessResult["outcome"];

export interface ChildSetting {
  readonly env: Readonly<Record<string, string>>;
  /** Set where the caller marked the child on purpose; what carries the marker then ends with it, in whatever session. */
  readonly explicitRunId: string | undefined;
  readonly areLinesWanted: boolean;
  readonly siblingGroups: () => readonly number[];
}

export class RunningChild implements RunningProcess {
  pid = 0;
  readonly lines: LineQueue;
  readonly exited: Promise<ProcessResult>;
  readonly #spec: ProcessSpec;
  readonly #setting: ChildSetting;
  readonly #startedMs = performance.now();
  readonly #stdout: OutputTail;
  readonly #stderr: OutputTail;
  readonly #output: OutputTail;
  readonly #graceMs: number;
  readonly #cleanups: (() => void)[] = [];
  #resolveExited: (result: ProcessResult) => void = () => undefined;
  #child: ChildProcess | undefined;
  #exit: { readonly exitCode: number | null; readonly signal: string | null } | undefined;
  #onExit: () => void = () => undefined;
  readonly #leaderGone: Promise<void>;
  #lastOutputMs = 0;
  #openStreams = 2;
  #isStdinOpen = false;
  #ending: Promise<void> | undefined;

  constructor(spec: ProcessSpec, setting: ChildSetting) {
    this.#spec = spec;
    this.#setting = setting;
    this.#graceMs = spec.graceMs ?? defaultGraceMs;
    const bytesMax = spec.outputBytesMax ?? defaultOutputBytesMax;
    this.#stdout = new OutputTail(bytesMax);
    this.#stderr = new OutputTail(bytesMax);
    this.#output = new OutputTail(bytesMax);
    this.lines = new LineQueue({ pause: () => this.#child?.stdout?.pause(), resume: () => this.#child?.stdout?.resume() });
    if (!setting.areLinesWanted) this.lines.discard();
    this.exited = new Promise((resolve) => { this.#resolveExited = resolve; });
    this.#leaderGone = new Promise((resolve) => { this.#onExit = resolve; });
  }

  /** Resolves when the child runs, or when it is known that it does not; then `exited` is resolved. Never rejects. */
  async open(): Promise<void> {
    const { signal, command, cwd, stdin } = this.#spec;
    if (signal?.aborted) { this.#report("cancelled"); return; }
    const [program, ...args] = command;
    try {
      // Detached: the child leads a group (and session) of its own, which is what signals go to.
      const child = spawn(program, args, { cwd, env: this.#setting.env, detached: true, stdio: [stdin === undefined ? "ignore" : "pipe", "pipe", "pipe"] });
      this.#child = child;
      this.#listen(child);
      await new Promise<void>((resolve, reject) => { child.once("spawn", resolve); child.once("error", reject); });
      child.on("error", () => undefined); // a signal that could not be sent; the group decides
      this.pid = child.pid ?? 0;
    } catch (error) {
      const reason = existsSync(cwd) ? messageOf(error) : `the working folder "${cwd}" does not exist`;
      this.#stderr.add(Buffer.from(`Cannot start "${program}": ${reason}, expected a program that can be executed.`));
      this.#report("not-started");
      return;
    }
    this.#feed();
    this.#watch();
  }

  write(text: string): Promise<void> {
    const stream = this.#child?.stdin;
    return new Promise((resolve, reject) => {
      if (!this.#isStdinOpen || !stream?.writable) {
        reject(new Error(`Cannot write to "${this.#spec.command[0]}": its standard input is closed, expected an open one.`));
        return;
      }
      stream.write(text, (error) => { if (error) reject(error); else resolve(); });
    });
  }

  closeStdin(): void {
    if (!this.#isStdinOpen) return;
    this.#isStdinOpen = false;
    this.#child?.stdin?.end();
  }

  async stop(): Promise<ProcessResult> {
    if (this.pid > 0) this.#end("cancelled");
    return this.exited;
  }

  #listen(child: ChildProcess): void {
    const { onOutput } = this.#spec;
    for (const name of ["stdout", "stderr"] as const) {
      const stream = child[name];
      if (stream === null) continue;
      const tail = name === "stdout" ? this.#stdout : this.#stderr;
      const decoder = new TextDecoder();
      stream.on("data", (chunk: Buffer) => {
        this.#lastOutputMs = performance.now();
        tail.add(chunk);
        this.#output.add(chunk);
        if (name === "stdout") this.lines.add(chunk);
        if (onOutput === undefined) return;
        const text = decoder.decode(chunk, { stream: true });
        if (text !== "") onOutput(name, text);
      });
      stream.on("error", () => undefined); // followed by "close", which counts
      stream.once("close", () => {
        this.#openStreams -= 1;
        if (name === "stdout") this.lines.end();
        if (this.#openStreams === 0 && this.#exit !== undefined) this.#end("exited");
      });
    }
    child.once("exit", (exitCode, signal) => {
      this.#exit = { exitCode, signal };
      this.#isStdinOpen = false;
      this.lines.noteExit();
      this.#onExit();
      if (this.#openStreams === 0) this.#end("exited");
      else this.#after(pipeGraceMs, () => this.#end("exited"));
    });
  }

  #feed(): void {
    const stream = this.#child?.stdin;
    const { stdin } = this.#spec;
    if (!stream || stdin === undefined) return;
    stream.on("error", () => { this.#isStdinOpen = false; }); // EPIPE: the child does not read; its exit tells the rest
    if (stdin.kind === "text") stream.end(stdin.text);
    else this.#isStdinOpen = true;
  }

  #watch(): void {
    const { timeoutMs, idleTimeoutMs, signal } = this.#spec;
    this.#lastOutputMs = performance.now();
    if (timeoutMs !== undefined) this.#after(timeoutMs, () => this.#end("timed-out"));
    if (idleTimeoutMs !== undefined) this.#watchSilence(idleTimeoutMs, idleTimeoutMs);
    if (signal === undefined) return;
    const onAbort = () => this.#end("cancelled");
    if (signal.aborted) { onAbort(); return; }
    signal.addEventListener("abort", onAbort, { once: true });
    this.#cleanups.push(() => signal.removeEventListener("abort", onAbort));
  }

  #watchSilence(idleTimeoutMs: number, waitMs: number): void {
    this.#after(waitMs, () => {
      if (this.lines.isPaused) this.#lastOutputMs = performance.now();
      const leftMs = this.#lastOutputMs + idleTimeoutMs - performance.now();
      if (leftMs <= 0) this.#end("idle");
      else this.#watchSilence(idleTimeoutMs, leftMs);
    });
  }

  #after(ms: number, act: () => void): void {
    const timer = setTimeout(act, Math.min(Math.ceil(ms), timerMsMax));
    this.#cleanups.push(() => clearTimeout(timer));
  }

  /** The one way out: the first reason wins, and an own exit that came before it wins over that. */
  #end(reason: Ending): void {
    if (this.#ending !== undefined) return;
    const outcome: Ending = this.#exit === undefined ? reason : "exited";
    for (const cleanup of this.#cleanups.splice(0)) cleanup();
    this.#ending = this.#endGroup(reason !== "exited").then(() => this.#report(outcome));
  }

  async #endGroup(isStopped: boolean): Promise<void> {
    // A reader that has stopped reading must not keep the pipe full while the child tries to end in order.
    if (isStopped) this.lines.noteExit();
    if (signalPrograms(this.pid, this.#spec.stopSignal ?? "SIGTERM")) {
      await this.#waitUntilGone(this.#graceMs);
      if (signalGroup(this.pid, "SIGKILL")) await this.#waitUntilGone(vanishMs);
    }
    if (isStopped) await this.#sweep();
    // What a grandchild in another session holds open is closed here; what was printed before is read first.
    await this.#drain();
    this.#child?.stdout?.destroy();
    this.#child?.stderr?.destroy();
    this.#child?.stdin?.destroy();
    this.#child?.unref();
  }

  async #waitUntilGone(ms: number): Promise<void> {
    const untilMs = performance.now() + ms;
    if (this.#exit === undefined) {
      const timer = new AbortController();
      await Promise.race([this.#leaderGone, delay(ms, timer.signal).catch(() => undefined)]);
      timer.abort();
    }
    // No event tells when the rest of a group is gone, so ask, ever less often.
    for (let pauseMs = 2; hasGroup(this.pid) && performance.now() < untilMs; pauseMs = Math.min(pauseMs * 2, 50)) await delay(pauseMs);
  }

  /** Children that left the group are known by the marker. Groups of siblings with the same marker are spared. */
  async #sweep(): Promise<void> {
    const runId = this.#setting.explicitRunId;
    if (runId === undefined) return;
    const spared = new Set(this.#setting.siblingGroups().filter((pgid) => pgid !== this.pid));
    await endByMarker(runId, { graceMs: this.#graceMs, isSpared: (pgid) => spared.has(pgid) });
  }

  /** Two turns of the event loop, in which all that waits in the pipes is read. */
  async #drain(): Promise<void> {
    for (let turn = 0; turn < 2 && this.#openStreams > 0; turn += 1) await new Promise<void>((resolve) => { setImmediate(resolve); });
  }

  #report(outcome: Ending): void {
    this.lines.end();
    const combined = outcome === "not-started" ? this.#stderr : this.#output;
    this.#resolveExited({
      outcome,
      exitCode: this.#exit?.exitCode ?? null,
      signal: this.#exit?.signal ?? null,
      stdout: this.#stdout.text(),
      stderr: this.#stderr.text(),
      // Made on demand: most callers read one stream, and a large output would exist twice.
      get output() { return combined.text(); },
      omittedBytes: this.#stdout.omittedBytes + this.#stderr.omittedBytes,
      durationMs: performance.now() - this.#startedMs,
    });
  }
}
