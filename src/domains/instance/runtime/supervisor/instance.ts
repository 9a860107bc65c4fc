// Owns the services of one worktree: what they stand on, in which order they start and end. Knows no socket and no command line.
import { join } from "node:path";
import { InspanError, messageOf } from "../../../../base/errors.ts";
import { slugify, tailLines } from "../../../../base/text.ts";
import type { Providers, SandboxNetwork } from "../../../../providers/index.ts";
import { outputFileOf, seedsPath, type Places } from "../../repo/places.ts";
import type { Registry } from "../../repo/registry.ts";
import { prepareCommand, type Surroundings } from "../../service/environment.ts";
import { renderStartMetric, renderStartTrace } from "../../service/otlp.ts";
import type { CommandResult, InstancePlan, InstanceState, ServicePlan, ServiceState, TelemetryAddress, WorkloadPlan } from "../../types/index.ts";
import { ensureData } from "./data.ts";
import { ManagedService, type Surrounding } from "./managed-service.ts";
import { InstancePorts } from "./ports.ts";
import type { Ground } from "./sandboxing.ts";
import { startProgram } from "./sandboxing.ts";
import { hostEngine, type HostedEngine } from "./telemetry-host.ts";
import { waitForTurn } from "./turns.ts";

/** What a workload shows of its output; the whole of a test run is more than anybody reads. */
const workloadOutputBytesMax = 64 * 1024;
const workloadLinesMax = 200;
const workloadProcessesMax = 4096;
/** Chunks of lines that wait for the engine, which answers after a tenth of a second; a service that prints more has its files. */
const earlyLinesMax = 1000;

export interface InstanceOptions {
  readonly providers: Providers;
  /** $INSPAN_HOME. */
  readonly home: string;
  readonly places: Places;
  readonly registry: Registry;
  readonly key: string;
  readonly runId: string;
  readonly version: string;
  readonly worktreePath: string;
  /** Names the repository in snapshots that its worktrees share. */
  readonly repositoryKey: string;
  readonly branch: string | undefined;
  readonly commit: string | undefined;
  /** True where names below localhost lead to this machine. */
  readonly hasHostNames: boolean;
  /** Begun before anybody asked, because every sandboxed start needs it. */
  readonly network: Promise<SandboxNetwork> | undefined;
  readonly startTime: string;
}

export interface UpOptions {
  readonly plan: InstancePlan;
  readonly isUnsandboxed: boolean;
  readonly isFresh: boolean;
  readonly restart: readonly string[];
  readonly hasTelemetry: boolean;
  readonly progress: (line: string) => void;
  readonly signal: AbortSignal;
}

function unknownService(name: string, known: readonly string[]): InspanError {
  return new InspanError("SERVICE_UNKNOWN", `Cannot restart "${name}": no service has that name, expected one of ${known.join(", ")}.`, { kind: "usage", remedy: "inspan status" });
}

export class Instance {
  readonly #options: InstanceOptions;
  readonly #ports: InstancePorts;
  readonly #services = new Map<string, ManagedService>();
  #plan: InstancePlan = { version: 1, services: [], env: {}, seed: undefined, resources: {}, share: [], hasTelemetry: true };
  #isSandboxed = true;
  #network: SandboxNetwork | undefined;
  #telemetry: TelemetryAddress | undefined;
  #engine: Promise<HostedEngine | undefined> | undefined;
  #hosted: HostedEngine | undefined;
  /** What services printed before the engine answered. */
  readonly #early: Parameters<HostedEngine["addLines"]>[] = [];

  constructor(options: InstanceOptions) {
    this.#options = options;
    this.#ports = new InstancePorts({ registry: options.registry, key: options.key, network: () => this.#network });
  }

  get names(): readonly string[] { return [...this.#services.keys()]; }
  get plan(): InstancePlan { return this.#plan; }

  state(): InstanceState {
    return {
      version: 1, worktree: this.#options.worktreePath, supervisor: undefined, services: [...this.#services.values()].map((service) => service.state()),
      telemetry: this.#telemetry, dataDir: this.#options.places.dataPath, isSandboxed: this.#isSandboxed,
    };
  }

  /** Brings it to the plan: what runs as planned stays, what changed or ended starts again. Rejects where nothing could start at all. */
  async up(options: UpOptions): Promise<InstanceState> {
    const { plan, signal, progress } = options;
    const unknown = options.restart.find((name) => !plan.services.some((service) => service.name === name));
    if (unknown !== undefined) throw unknownService(unknown, plan.services.map(({ name }) => name));
    const hasOtherGround = this.#services.size > 0 && this.#isSandboxed === options.isUnsandboxed;
    const isUnchanged = (service: ServicePlan): boolean => {
      const known = this.#services.get(service.name);
      return known !== undefined && known.isReady && JSON.stringify(known.plan) === JSON.stringify(service);
    };
    const needed = plan.services.filter((service) => !isUnchanged(service) || hasOtherGround || options.isFresh || options.restart.includes(service.name));
    const surplus = this.names.filter((name) => !plan.services.some((service) => service.name === name) || needed.some((service) => service.name === name));
    // Who starts again with the same things keeps its turn.
    await this.#stopServices(surplus, (name) => {
      const next = plan.services.find((service) => service.name === name);
      return next !== undefined && JSON.stringify(next.uses) === JSON.stringify(this.#services.get(name)?.plan.uses);
    });
    for (const name of surplus) if (!plan.services.some((service) => service.name === name)) this.#services.delete(name);
    await this.#layGround(options);
    this.#plan = plan;
    this.#options.registry.writeNames(this.#options.key, plan.services.map(({ name }) => name));
    for (const service of plan.services) {
      for (const name of service.ports) await this.#ports.open(`${service.name}/${name}`);
    }
    const around = this.#surrounding();
    for (const service of needed) {
      const managed = this.#services.get(service.name) ?? new ManagedService(service, around);
      managed.plan = service;
      this.#services.set(service.name, managed);
      managed.wait();
    }
    const { origin } = await this.#fillData(options).catch((error: unknown) => {
      for (const { name } of needed) { const service = this.#services.get(name); if (service !== undefined) this.#giveUp(service, "seed", "the seed failed", messageOf(error)); }
      throw error;
    });
    if (origin !== "kept") this.#options.providers.log.info("instance.data", { origin, path: this.#options.places.dataPath });
    await this.#startServices(needed.map(({ name }) => name), signal, progress);
    await this.#engine;
    return this.state();
  }

  /** Ends and starts the named services again, with what depends on nothing else. */
  async restart(names: readonly string[], options: { readonly signal: AbortSignal; readonly progress: (line: string) => void }): Promise<InstanceState> {
    const wanted = names.length === 0 ? this.names : names;
    const unknown = wanted.find((name) => !this.#services.has(name));
    if (unknown !== undefined) throw unknownService(unknown, this.names);
    await this.#stopServices(wanted, () => true);
    for (const name of wanted) this.#services.get(name)?.wait();
    await this.#startServices(wanted, options.signal, options.progress);
    return this.state();
  }

  /** Runs a command against the services. Rejects where its sandbox cannot be made. */
  async runWorkload(workload: WorkloadPlan, signal: AbortSignal): Promise<CommandResult> {
    const { clock, secrets } = this.#options.providers;
    const { run, env } = prepareCommand(workload, this.#surroundings());
    const startedAt = clock.nowIso();
    const started = await startProgram(this.#ground(), {
      run,
      cwd: ".",
      env,
      timeoutMs: workload.timeoutMs,
      processesMax: workloadProcessesMax,
      outputBytesMax: workloadOutputBytesMax,
      signal,
    });
    try {
      const result = await started.child.exited;
      return {
        exitCode: result.exitCode,
        outcome: result.outcome,
        durationMs: Math.round(result.durationMs),
        output: secrets.redact(tailLines(result.output, workloadLinesMax)),
        startedAt,
        endedAt: clock.nowIso(),
      };
    } finally { await started.dispose(); }
  }

  /** Ends everything, dependents first. Idempotent. */
  async down(): Promise<void> {
    await this.#stopServices(this.names);
    await this.#ports.close();
    await this.#closeGround();
  }

  async #closeGround(): Promise<void> {
    const network = this.#network ?? await this.#options.network?.catch(() => undefined);
    this.#network = undefined;
    await network?.close();
    await (await this.#engine?.catch(() => undefined))?.close();
    this.#engine = undefined;
    this.#hosted = undefined;
    this.#telemetry = undefined;
  }

  async #layGround({ isUnsandboxed, hasTelemetry }: UpOptions): Promise<void> {
    const { providers, places } = this.#options;
    if (this.#isSandboxed === isUnsandboxed && this.#services.size > 0) { await this.#ports.close(); await this.#closeGround(); }
    this.#isSandboxed = !isUnsandboxed;
    await providers.files.makeFolder(places.scratchPath);
    await providers.files.makeFolder(places.cachePath);
    if (this.#isSandboxed && this.#network === undefined) {
      const network = await (this.#options.network ?? providers.sandbox.openNetwork({ runId: `${this.#options.runId}.network` }));
      this.#network = network;
      void network.ended.then(() => this.#onNetworkLost(network));
    }
    if (isUnsandboxed) await (await this.#options.network?.catch(() => undefined))?.close();
    if (hasTelemetry && this.#engine === undefined) await this.#openTelemetry();
  }

  /** The address is known before the engine answers: services start beside it, and their SDKs send when they have something. */
  async #openTelemetry(): Promise<void> {
    const { providers: { clock, log }, places, version, home, worktreePath, key } = this.#options;
    const port = await this.#ports.openOutside("telemetry/OTLP");
    this.#telemetry = { url: `http://127.0.0.1:${port}`, grpc: undefined };
    const network = this.#network;
    this.#engine = (async () => {
      try {
        const hosted = await hostEngine({ clock, version, port, dataPath: places.telemetryPath, home, worktreePath, key });
        this.#telemetry = hosted.address;
        this.#hosted = hosted;
        for (const printed of this.#early.splice(0)) hosted.addLines(...printed);
        await network?.reach(port, port);
        return hosted;
      } catch (error) {
        log.warn("instance.telemetry-failed", { message: messageOf(error) });
        this.#telemetry = undefined;
        return undefined;
      }
    })();
  }

  /** Without its network no service can be reached: a program in it ended the gateway, or the machine did. */
  #onNetworkLost(network: SandboxNetwork): void {
    if (this.#network !== network) return;
    this.#network = undefined;
    for (const service of this.#services.values()) void service.stop().then(() => service.fail("limit", "the network of its sandbox ended"));
  }

  #ground(): Ground {
    const { providers, worktreePath, places } = this.#options;
    return {
      providers,
      worktreePath,
      dataPath: places.dataPath,
      cachePath: places.cachePath,
      readable: [places.preloadPath, ...this.#plan.share],
      isSandboxed: this.#isSandboxed,
      network: this.#network,
    };
  }

  #surroundings(): Surroundings {
    const { worktreePath, places, runId, key, branch, commit } = this.#options;
    return {
      plan: this.#plan,
      ports: this.#ports.tableOf(this.#plan.services),
      worktreePath,
      dataPath: places.dataPath,
      runId,
      telemetry: this.#telemetry,
      preloadPath: places.preloadPath,
      cachePath: places.cachePath,
      resource: { "worktree.id": key, "vcs.ref.head.name": branch ?? "", "vcs.ref.head.revision": commit ?? "", "run.id": runId },
    };
  }

  #surrounding(): Surrounding {
    const { places, hasHostNames, worktreePath, branch, providers, registry, key } = this.#options;
    const label = slugify(branch ?? worktreePath.split("/").at(-1) ?? "", 40, "worktree");
    return {
      ground: () => this.#ground(), ports: this.#ports, surroundings: () => this.#surroundings(), outputPath: (service) => outputFileOf(places, service),
      hostUrlOf: (service, port) => (hasHostNames ? `http://${slugify(service, 40, "service")}.${label}.localhost:${port}` : undefined),
      onLines: (...printed) => {
        if (this.#hosted !== undefined) this.#hosted.addLines(...printed);
        else if (this.#engine !== undefined && this.#early.length < earlyLinesMax) this.#early.push(printed);
      },
      onEnded: (service) => registry.dropTickets(key, service),
      onReady: (service) => { void this.#report(service).catch((error: unknown) => providers.log.warn("instance.report-failed", { message: messageOf(error) })); },
    };
  }

  /** The truth about start-up: a run to compare with, a line in our log, and a span and a metric for the engine. */
  async #report(service: ServiceState): Promise<void> {
    const { providers: { clock, random, log }, registry, key } = this.#options;
    const readyMs = service.readyMs ?? 0;
    const readyAtMs = clock.nowMs();
    registry.addRun({ key, kind: "start", name: service.name, at: clock.nowIso(), result: JSON.stringify({ readyMs }) });
    log.info("instance.service-ready", { service: service.name, readyMs, starts: service.starts });
    const hosted = await this.#engine;
    if (hosted === undefined) return;
    const { postOtlp } = await import("./report.ts");
    const report = { service: service.name, readyMs, readyAtMs, starts: service.starts, resource: this.#surroundings().resource, traceId: random.hex(16), spanId: random.hex(8) };
    await Promise.all([postOtlp(hosted.address.url, "traces", renderStartTrace(report)), postOtlp(hosted.address.url, "metrics", renderStartMetric(report))]);
  }

  #fillData({ plan, isFresh, signal, progress }: UpOptions): ReturnType<typeof ensureData> {
    const { home, repositoryKey, key } = this.#options;
    return ensureData({
      ground: this.#ground(),
      surroundings: this.#surroundings(),
      env: plan.env,
      seed: plan.seed,
      snapshotsPath: join(seedsPath(home), repositoryKey),
      key,
      isFresh,
      signal,
      progress,
    });
  }

  /** All at once, each behind what it needs. Resolves when each is ready or has failed. */
  async #startServices(names: readonly string[], signal: AbortSignal, progress: (line: string) => void): Promise<void> {
    const starts = new Map<string, Promise<boolean>>();
    for (const { name } of this.#plan.services.filter((service) => names.includes(service.name))) starts.set(name, this.#startService(name, starts, { signal, progress }));
    await Promise.all(starts.values());
  }

  async #startService(
    name: string,
    starts: ReadonlyMap<string, Promise<boolean>>,
    { signal, progress }: { readonly signal: AbortSignal; readonly progress: (line: string) => void },
  ): Promise<boolean> {
    const service = this.#services.get(name);
    if (service === undefined) return false;
    for (const need of service.plan.needs) {
      const isReady = await (starts.get(need) ?? Promise.resolve(this.#services.get(need)?.isReady ?? false));
      if (!isReady) { this.#giveUp(service, "needs", `"${need}", which it needs, is not ready`); return false; }
    }
    const { registry, key, providers: { clock }, startTime } = this.#options;
    const isOurTurn = await waitForTurn({ registry, clock, key, service: name, uses: service.plan.uses, resources: this.#plan.resources, startTime, signal, progress });
    if (!isOurTurn || signal.aborted) { service.fail("cancelled", undefined); return false; }
    const onAbort = (): void => { void service.stop(); };
    signal.addEventListener("abort", onAbort, { once: true });
    const isReady = await service.start();
    signal.removeEventListener("abort", onAbort);
    const { readyMs, failure, url } = service.state();
    if (!isReady && service.plan.uses.length > 0) registry.dropTickets(key, name);
    progress(isReady ? `${name}: ready after ${readyMs} ms${url === undefined ? "" : `, ${url}`}` : `${name}: ${failure?.message ?? "stopped"}`);
    return isReady;
  }

  /** Not started, with what it may still hold of an earlier start given back. */
  #giveUp(service: ManagedService, ...[reason, why, output]: Parameters<ManagedService["fail"]>): void {
    service.fail(reason, why, output);
    if (service.plan.uses.length > 0) this.#options.registry.dropTickets(this.#options.key, service.plan.name);
  }

  /** In waves: nothing is ended before what needs it. Scarce things are given back but by those that keep their turn. */
  async #stopServices(names: readonly string[], keepsTurn: (name: string) => boolean = () => false): Promise<void> {
    let left = names.flatMap((name) => { const service = this.#services.get(name); return service === undefined ? [] : [service]; });
    while (left.length > 0) {
      const wave = left.filter((service) => !left.some((other) => other !== service && other.plan.needs.includes(service.plan.name)));
      const ending = wave.length > 0 ? wave : left;
      await Promise.all(ending.map((service) => service.stop()));
      for (const service of ending) if (service.plan.uses.length > 0 && !keepsTurn(service.plan.name)) this.#options.registry.dropTickets(this.#options.key, service.plan.name);
      left = left.filter((service) => !ending.includes(service));
    }
  }
}
