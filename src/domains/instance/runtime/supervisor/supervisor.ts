// The resident process of one worktree: claims the instance, answers commands, ends with `down`, a signal, or the worktree. Its import graph is its memory.
import { join } from "node:path";
import { InspanError } from "../../../../base/errors.ts";
import { fingerprint } from "../../../../base/hash.ts";
import type { Providers, SandboxNetwork } from "../../../../providers/index.ts";
import { instancesPath, placesOf, registryPath } from "../../repo/places.ts";
import { openRegistry, type InstanceRow, type Registry } from "../../repo/registry.ts";
import { markerOf } from "../../service/environment.ts";
import { renderPreloadProgram } from "../../service/preload-program.ts";
import type { ControlRequest, Hello } from "../../types/index.ts";
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
        return this.#next(async () => { await this.#instance.up({ ...request, progress, signal: this.#begin() }); return this.#state(); });
      case "restart":
        return this.#next(async () => { await this.#instance.restart(request.names, { progress, signal: this.#begin() }); return this.#state(); });
      case "workload":
        return this.#instance.runWorkload(request.workload, this.#work.signal);
    }
  }

  #begin(): AbortSignal {
    if (this.ending.aborted) throw new InspanError("SUPERVISOR_ENDING", "Cannot start services: the supervisor is ending, expected a new one.", { remedy: "inspan up", isRetryable: true });
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
    network = providers.sandbox.openNetwork({ runId: markerOf(runId, "network") });
    network.catch(() => undefined); // told by the first `up` that needs it
  }
  const instance = new Instance({
    providers, home, places, registry, key, runId, version, worktreePath, repositoryKey: fingerprint(options.repositoryPath).slice(0, 12),
    branch: options.branch, commit: undefined, hasHostNames: await resolvesHostNames(providers), network, startTime,
  });
  const supervisor = new Supervisor(options, { instance, registry, row });
  signal.addEventListener("abort", () => supervisor.end(), { once: true });
  const control = await serveControl(places.socketPath, (request, progress) => supervisor.handle(request, progress));
  const record = await providers.processRecords.register({ kind: "supervisor", label: worktreePath.split("/").at(-1) ?? key, repositoryPath: worktreePath, taskId: undefined, url: undefined });
  await files.writeText(places.preloadPath, renderPreloadProgram());
  await files.writeText(join(places.folder, "worktree"), `${worktreePath}\n`);
  void removeOrphans(options, registry).catch(() => undefined); // tidying; the next supervisor tries again
  if (signal.aborted) supervisor.end();
  await supervisor.watch();
  await supervisor.close();
  await control.close();
  await record.remove();
  registry.close();
}
