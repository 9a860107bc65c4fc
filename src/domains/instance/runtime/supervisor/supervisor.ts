// The resident process of one worktree: claims the instance, answers commands, ends with `down`, a signal, or the worktree. Its import graph is its memory.
import { join } from "node:path";
import { InspanError } from "../../../../base/errors.ts";
import { fingerprint } from "../../../../base/hash.ts";
import type { Providers, SandboxNetwork } from "../../../../providers/index.ts";
import { instancesPath, placesOf, registryPath } from "../../repo/places.ts";
import { openRegistry, type InstanceRow, type Registry } from "../../repo/registry.ts";
import { markerOf } from "../../service/marker.ts";
import { renderPreloadProgram } from "../../service/preload-program.ts";
import { readDeclarationText, readStoredPlan } from "../../repo/plan-file.ts";
import type { ControlRequest, Hello, UpRequest } from "../../types/index.ts";
import { serveControl } from "./control-server.ts";
import { Instance } from "./instance.ts";

/** How soon a deleted worktree is noticed; asking is one system call. */
const worktreeMs = 1000;
/** What a crash left gets this long to end by itself. */
const sweepGraceMs = 500;
/** An instance that nobody brought up within this time was asked for by a command that died. */
const unusedMsMax = 30_000;

export interface SupervisorOptions {
  readonly providers: Providers;
  readonly home: string;
  readonly version: string;
  readonly worktreePath: string;
  /** Common git folder, or the worktree outside of git. */
  readonly repositoryPath: string;
  readonly key: string;
  readonly branch: string | undefined;
  readonly isUnsandboxed: boolean;
  /** Where ~ leads. */
  readonly userHome: string;
  /** What it was started for; `up` asks for the same in a moment. */
  readonly begin?: Omit<UpRequest, "method" | "plan" | "isUnsandboxed">;
  readonly signal: AbortSignal;
}

/** Processes of a supervisor that was killed: in a sandbox they died with it. */
async function sweep({ providers: { processes, files }, home, key }: SupervisorOptions, previous: InstanceRow): Promise<void> {
  for (const name of [...previous.names, "network", "seed.command"]) await processes.endMarked(markerOf(previous.runId, name), sweepGraceMs);
  await files.remove(placesOf(home, key).scratchPath);
}

/** Folders of instances whose worktree is gone, with their data: nobody can ask for them any more. */
async function removeOrphans({ providers: { files }, home, key }: SupervisorOptions, registry: Registry): Promise<void> {
  for (const entry of await files.list(instancesPath(home))) {
    const path = join(instancesPath(home), entry.name);
    const row = registry.find(entry.name);
    if (entry.name === key || (row !== undefined && registry.isAlive(row))) continue;
    const worktree = (await files.readText(join(path, "worktree")))?.trim();
    if (worktree !== undefined && (await files.facts(worktree)) === undefined) await files.remove(path);
  }
}

async function resolvesHostNames({ files }: Providers): Promise<boolean> {
  return /^hosts:.*\b(?:myhostname|resolve)\b/m.test((await files.readText("/etc/nsswitch.conf")) ?? "");
}

class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #instance: Instance;
  readonly #registry: Registry;
  readonly #row: InstanceRow;
  readonly #ending = new AbortController();
  /** Cancels what a command started and another one, `down`, wants ended. */
  #work = new AbortController();
  #queue: Promise<unknown> = Promise.resolve();
  #isUsed = false;
  /** The `up` that was begun before anybody asked. */
  #begun: { readonly words: string; readonly lines: string[]; readonly state: Promise<unknown>; readonly told: { progress: (line: string) => void } } | undefined;

  constructor(options: SupervisorOptions, parts: { readonly instance: Instance; readonly registry: Registry; readonly row: InstanceRow }) {
    this.#options = options;
    this.#instance = parts.instance;
    this.#registry = parts.registry;
    this.#row = parts.row;
  }

  get ending(): AbortSignal { return this.#ending.signal; }

  end(): void { this.#work.abort(); this.#ending.abort(); }

  /** One after the other: two commands at once see one instance. */
  #next<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#queue.then(work, work);
    this.#queue = next.catch(() => undefined);
    return next;
  }

  #state() {
    const { pid, version, startedAt } = this.#row;
    return { ...this.#instance.state(), supervisor: { pid, version, startedAt } };
  }

  async handle(request: ControlRequest, progress: (line: string) => void): Promise<unknown> {
    switch (request.method) {
      case "hello": return { version: this.#row.version, pid: this.#row.pid } satisfies Hello;
      case "status": return this.#state();
      case "down":
        this.#isUsed = true;
        this.#work.abort();
        return this.#next(async () => {
          await this.#instance.down();
          const state = this.#state();
          setImmediate(() => this.end());
          return state;
        });
      case "up":
        this.#isUsed = true;
        return this.#joinBegun(request, progress) ?? this.#up(request, progress);
      case "restart":
        return this.#next(async () => { await this.#instance.restart(request.names, { progress, signal: this.#begin() }); return this.#state(); });
      case "workload":
        return this.#instance.runWorkload(request.workload, this.#work.signal);
    }
  }

  #up(request: UpRequest, progress: (line: string) => void): Promise<unknown> {
    return this.#next(async () => {
      try { await this.#instance.up({ ...request, progress, signal: this.#begin() }); } catch (error) {
        // It was refused before there was a service: nobody would look for what is left of it.
        if (this.#instance.names.length === 0) setImmediate(() => this.end());
        throw error;
      }
      return this.#state();
    });
  }

  /** The command that this supervisor was started for finds its work begun, once. */
  #joinBegun(request: UpRequest, progress: (line: string) => void): Promise<unknown> | undefined {
    const begun = this.#begun;
    this.#begun = undefined;
    if (begun?.words !== JSON.stringify(request)) return undefined;
    begun.lines.forEach(progress);
    begun.told.progress = progress;
    return begun.state;
  }

  /** Starts what the stored plan says where inspan.yaml is still what it was made of: the command that asks is some tens of milliseconds behind. */
  async begin(): Promise<void> {
    const { begin, userHome: home, isUnsandboxed, version, worktreePath, home: statePath, key, providers: { files } } = this.#options;
    const text = begin === undefined ? undefined : await readDeclarationText(files, worktreePath);
    const plan = text === undefined ? undefined : await readStoredPlan(files, placesOf(statePath, key).planPath, { version, home, text });
    if (begin === undefined || plan === undefined || this.#isUsed) return;
    const request: UpRequest = { method: "up", plan, isUnsandboxed, isFresh: begin.isFresh, restart: begin.restart, hasTelemetry: begin.hasTelemetry && plan.hasTelemetry };
    const lines: string[] = [];
    const told = { progress: (line: string): void => { lines.push(line); } };
    const state = this.#up(request, (line) => told.progress(line));
    state.catch(() => undefined); // told to the command that joins
    this.#begun = { words: JSON.stringify(request), lines, state, told };
  }

  #begin(): AbortSignal {
    if (this.ending.aborted)
      throw new InspanError("SUPERVISOR_ENDING", "Cannot start services: the supervisor is ending, expected a new one.", {
        remedy: "inspan up",
        isRetryable: true,
      });
    this.#work = new AbortController();
    return this.#work.signal;
  }

  /** Resolves when the worktree is gone, or nobody ever used this supervisor. */
  async watch(): Promise<void> {
    const { clock, files, log } = this.#options.providers;
    const startedMs = clock.monotonicMs();
    for (;;) {
      try { await clock.sleep(worktreeMs, this.ending); } catch { return; } // it ends
      const isGone = (await files.facts(this.#options.worktreePath)) === undefined;
      const isUnused = !this.#isUsed && clock.monotonicMs() - startedMs > unusedMsMax;
      if (!isGone && !isUnused) continue;
      log.info("instance.ends", { key: this.#row.key, reason: isGone ? "the worktree is gone" : "nobody used it" });
      this.end();
      return;
    }
  }

  /** Ends everything and forgets the instance; the data stays while the worktree does. */
  async close(): Promise<void> {
    const { providers: { files }, home, key, worktreePath } = this.#options;
    this.#work.abort();
    await this.#queue;
    await this.#instance.down();
    const places = placesOf(home, key);
    await files.remove(places.scratchPath);
    if ((await files.facts(worktreePath)) === undefined) await files.remove(places.folder);
    this.#registry.release(key, this.#row.pid);
  }
}

/** Resolves when the instance has ended and nothing of it runs; at once where another supervisor has it. */
export async function runSupervisor(options: SupervisorOptions): Promise<void> {
  const { providers, home, key, worktreePath, signal, version } = options;
  const { files, clock, processes, random, databases } = providers;
  const places = placesOf(home, key);
  const startTime = processes.startTimeOf(process.pid) ?? "unknown";
  const runId = random.id(12);
  const registry = openRegistry(databases, registryPath(home), processes);
  const row: InstanceRow = { key, worktree: worktreePath, pid: process.pid, startTime, version, runId, names: [], startedAt: clock.nowIso() };
  const { other, previous } = registry.claim(row);
  if (other !== undefined) { registry.close(); return; }
  if (previous !== undefined) await sweep(options, previous);
  await files.makeFolder(places.scratchPath);
  let network: Promise<SandboxNetwork> | undefined;
  if (!options.isUnsandboxed) {
    network = providers.sandbox.openNetwork({ runId: markerOf(runId, "network"), expect: [worktreePath] });
    network.catch(() => undefined); // told by the first `up` that needs it
  }
  const instance = new Instance({
    providers, home, places, registry, key, runId, version, worktreePath, repositoryKey: fingerprint(options.repositoryPath).slice(0, 12),
    branch: options.branch, commit: undefined, hasHostNames: await resolvesHostNames(providers), network, startTime,
  });
  const supervisor = new Supervisor(options, { instance, registry, row });
  signal.addEventListener("abort", () => supervisor.end(), { once: true });
  // Before anybody can ask for a service, which reads it; as a rule it is there already.
  const preload = renderPreloadProgram();
  if (await files.readText(places.preloadPath) !== preload) await files.writeText(places.preloadPath, preload);
  await supervisor.begin();
  const control = await serveControl(places.socketPath, (request, progress) => supervisor.handle(request, progress));
  const record = await providers.processRecords.register({
    kind: "supervisor",
    label: worktreePath.split("/").at(-1) ?? key,
    repositoryPath: worktreePath,
    taskId: undefined,
    url: undefined,
  });
  const worktreeMark = join(places.folder, "worktree");
  if (await files.readText(worktreeMark) !== `${worktreePath}\n`) await files.writeText(worktreeMark, `${worktreePath}\n`);
  void removeOrphans(options, registry).catch(() => undefined); // tidying; the next supervisor tries again
  if (signal.aborted) supervisor.end();
  await supervisor.watch();
  await supervisor.close();
  await control.close();
  await record.remove();
  registry.close();
}
