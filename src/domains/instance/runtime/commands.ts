// What the commands of an instance do: one request to its supervisor each, and an answer that also holds without one.
import { InspanError } from "../../../base/errors.ts";
import type { OperationContext } from "../../../providers/index.ts";
import { findCheckout, type Checkout } from "../repo/checkout.ts";
import { outputFileOf, placesOf, registryPath } from "../repo/places.ts";
import { readOutput } from "../repo/output-file.ts";
import { openRegistry } from "../repo/registry.ts";
import { cutLine } from "../service/failure.ts";
import { compareRuns, type RunComparison } from "../service/compare.ts";
import { markerOf } from "../service/marker.ts";
import type { DownAnswer } from "../service/render.ts";
import type { InstancePlan, InstanceState } from "../types/index.ts";
import { askSupervisor } from "./control-client.ts";
import { findClaim, findSupervisor, isLost, reachSupervisor, waitUntilEnded } from "./reach-supervisor.ts";
import { readPlan } from "./read-plan.ts";

/** What a killed supervisor left unsandboxed gets this long to end by itself. */
const sweepGraceMs = 500;
/** Who takes the instance down as often as this while it comes up means it. */
const upTriesMax = 5;

export interface UpInput {
  readonly unsandboxed: boolean;
  readonly fresh: boolean;
  readonly restart: readonly string[];
  readonly telemetry: boolean;
  /** From beginInstance(). */ readonly startedPid?: number | undefined;
}

const emptyState = (checkout: Checkout, dataDir: string): InstanceState => ({
  version: 1,
  worktree: checkout.rootPath,
  supervisor: undefined,
  services: [],
  telemetry: undefined,
  dataDir,
  isSandboxed: true,
});

async function checkoutOf(context: Pick<OperationContext, "providers" | "cwd">): Promise<Checkout> {
  return findCheckout(context.providers.files, context.cwd);
}

/** Everything declared, ready or failed. Rejects with SERVICES_MISSING, CONFIG_INVALID, SANDBOX_MISSING, SEED_FAILED. */
export async function bringUp(context: OperationContext, input: UpInput): Promise<InstanceState> {
  const checkout = await checkoutOf(context);
  const options = { isUnsandboxed: input.unsandboxed, begin: { isFresh: input.fresh, restart: input.restart, hasTelemetry: input.telemetry }, startedPid: input.startedPid };
  // The supervisor starts while the configuration is read; a declaration that is wrong costs it its life.
  const reaching = reachSupervisor(context, checkout, options);
  reaching.catch(() => undefined); // told below
  let plan: InstancePlan;
  try {
    plan = await readPlan(context, checkout, placesOf(context.statePath, checkout.key));
  } catch (error) {
    const reached = await reaching.catch(() => undefined);
    const state =
      reached === undefined
        ? undefined
        : await askSupervisor<InstanceState>(reached.places.socketPath, { method: "status" }, { signal: context.signal }).catch(() => undefined);
    if (reached !== undefined && state?.services.length === 0) await end(context, checkout);
    throw error;
  }
  const request = {
    method: "up",
    plan,
    isUnsandboxed: input.unsandboxed,
    isFresh: input.fresh,
    restart: input.restart,
    hasTelemetry: input.telemetry && plan.hasTelemetry,
  } as const;
  let reached = await reaching;
  for (let tries = 1; ; tries++) {
    const { pid } = reached.hello;
    const startTime = context.providers.processes.startTimeOf(pid);
    const state = await askSupervisor<InstanceState>(reached.places.socketPath, request, { signal: context.signal, progress: context.progress }).catch(
      (error: unknown) => {
        if (isLost(error)) return undefined;
        throw error;
      },
    );
    if (state !== undefined) return state;
    await waitUntilEnded(context, { pid, startTime });
    // One that a `down` ended in order has left the registry, and this `up` came after it; one that was killed is told.
    if (tries >= upTriesMax || (await findClaim(context, checkout)) === "dead")
      throw new InspanError("SUPERVISOR_LOST", 'Cannot finish "up": the supervisor ended meanwhile, expected its answer.', {
        remedy: "inspan status",
        isRetryable: true,
      });
    reached = await reachSupervisor(context, checkout, { isUnsandboxed: input.unsandboxed, begin: options.begin });
  }
}

/** Idempotent: one that ends by itself, or by another `down`, has ended. */
async function end(context: OperationContext, checkout: Checkout): Promise<InstanceState | undefined> {
  const reached = await findSupervisor(context, checkout);
  if (reached === undefined) return undefined;
  const startTime = context.providers.processes.startTimeOf(reached.hello.pid);
  const state = await askSupervisor<InstanceState>(reached.places.socketPath, { method: "down" }, { signal: context.signal }).catch((error: unknown) => {
    if (isLost(error)) return undefined;
    throw error;
  });
  await waitUntilEnded(context, { pid: reached.hello.pid, startTime });
  return state;
}

/** What a killed supervisor left: processes that carry its markers, its row, its files. True where there was something. */
async function clearCrash(context: OperationContext, checkout: Checkout): Promise<boolean> {
  const { providers: { databases, processes, files, sandbox }, statePath } = context;
  const places = placesOf(statePath, checkout.key);
  if ((await files.facts(registryPath(statePath))) === undefined) return false;
  const registry = openRegistry(databases, registryPath(statePath), processes);
  try {
    const row = registry.find(checkout.key);
    if (row === undefined || registry.isAlive(row)) return false;
    for (const name of [...row.names, "network", "seed.command"]) await processes.endMarked(markerOf(row.runId, name), sweepGraceMs);
    await sandbox.sweep();
    await files.remove(places.scratchPath);
    await files.remove(places.socketPath);
    registry.release(checkout.key, row.pid);
    return true;
  } finally { registry.close(); }
}

/** Nothing of the instance runs when this resolves; its data stays unless asked. Idempotent. */
export async function takeDown(context: OperationContext, options: { readonly data: boolean }): Promise<DownAnswer> {
  const checkout = await checkoutOf(context);
  const state = await end(context, checkout);
  const { files } = context.providers;
  const places = placesOf(context.statePath, checkout.key);
  // A supervisor that ended in order takes its socket along as the last thing.
  const hadCrashed = (state === undefined || (await files.facts(places.socketPath)) !== undefined) && await clearCrash(context, checkout);
  if (options.data) await files.remove(places.folder);
  return { version: 1, worktree: checkout.rootPath, stopped: state?.services.map(({ name }) => name) ?? [], hadCrashed, isDataRemoved: options.data };
}

/** `supervisor` undefined where nothing is up. */
export async function readStatus(context: OperationContext): Promise<InstanceState> {
  const checkout = await checkoutOf(context);
  const places = placesOf(context.statePath, checkout.key);
  return (await askSupervisor<InstanceState>(places.socketPath, { method: "status" }, { signal: context.signal })) ?? emptyState(checkout, places.dataPath);
}

/** Where its ready services answer, the first with an address first; empty where nothing is up. */
export async function readOrigins(context: Pick<OperationContext, "providers" | "cwd" | "statePath" | "signal">): Promise<readonly string[]> {
  const places = placesOf(context.statePath, (await checkoutOf(context)).key);
  const state = await askSupervisor<InstanceState>(places.socketPath, { method: "status" }, { signal: context.signal });
  const services = state?.services ?? [];
  const named = services.flatMap(({ url, hostUrl }) => [url, hostUrl].filter((one) => one !== undefined));
  return [...new Set([...named, ...services.flatMap(({ ports }) => ports.map(({ port }) => `http://127.0.0.1:${port}`))].map((url) => new URL(url).origin))];
}

export async function requireUp<T>(value: Promise<T | undefined>, what: string): Promise<T> {
  const found = await value;
  if (found === undefined)
    throw new InspanError("INSTANCE_DOWN", `Cannot ${what}: nothing is up in this worktree, expected a running instance.`, {
      kind: "usage",
      remedy: "inspan up",
    });
  return found;
}

export interface RestartResult { readonly state: InstanceState; readonly comparisons: readonly RunComparison[] }

/** The services anew, with how long each took before. Rejects with INSTANCE_DOWN, SERVICE_UNKNOWN, UNSANDBOXED. */
export async function restartServices(context: OperationContext, names: readonly string[], options: { readonly isUnsandboxed: boolean }): Promise<RestartResult> {
  const places = placesOf(context.statePath, (await checkoutOf(context)).key);
  const ask = (request: Parameters<typeof askSupervisor>[1]) => askSupervisor<InstanceState>(places.socketPath, request, { signal: context.signal, progress: context.progress });
  const before = await requireUp(ask({ method: "status" }), "restart services");
  if (!before.isSandboxed && !options.isUnsandboxed) {
    throw new InspanError(
      "UNSANDBOXED",
      "Cannot restart services: they run without a sandbox, with your network and your files; expected the same choice again.",
      { kind: "usage", remedy: `inspan restart${names.map((name) => ` ${name}`).join("")} --unsandboxed, or in a sandbox: inspan up` },
    );
  }
  const state = await requireUp(ask({ method: "restart", names }), "restart services");
  const restarted = names.length === 0 ? state.services.map(({ name }) => name) : names;
  const comparisons = restarted.flatMap((name) => {
    const [was, is] = [before, state].map(({ services }) => services.find((service) => service.name === name && service.status === "ready")?.readyMs);
    return is === undefined ? [] : [compareRuns({ name, figure: "readyMs", was, is })];
  });
  return { state, comparisons };
}

/** The end of what a service printed, secrets removed. Rejects with SERVICE_UNKNOWN. */
export async function readServiceOutput(
  context: OperationContext,
  input: { readonly service: string | undefined; readonly lines: number },
): Promise<{ readonly version: 1; readonly service: string; readonly text: string }> {
  const checkout = await checkoutOf(context);
  const places = placesOf(context.statePath, checkout.key);
  const known = (await context.providers.files.list(places.outputPath)).filter(({ name }) => name.endsWith(".log")).map(({ name }) => name.slice(0, -4));
  const [only] = known;
  const service = input.service ?? (known.length === 1 ? only : undefined);
  if (service === undefined || !known.includes(service)) {
    const state =
      known.length === 0
        ? "no service of this worktree has printed anything"
        : input.service === undefined
          ? `expected one of ${known.join(", ")}`
          : `no service of that name has printed anything, expected one of ${known.join(", ")}`;
    throw new InspanError("SERVICE_UNKNOWN", `Cannot show the output${input.service === undefined ? "" : ` of "${input.service}"`}: ${state}.`, {
      kind: "usage",
      remedy: known.length === 0 ? "inspan up" : `inspan output ${only}`,
    });
  }
  const lines = context.providers.secrets.redact(readOutput(outputFileOf(places, service))).split("\n");
  if (lines.at(-1) === "") lines.pop();
  return { version: 1, service, text: lines.slice(-input.lines).map((line) => `${cutLine(line)}\n`).join("") };
}
