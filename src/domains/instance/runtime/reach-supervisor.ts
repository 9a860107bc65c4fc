// Finds the supervisor of a worktree, or starts one. Knows no plan.
import { InspanError } from "../../../base/errors.ts";
import { tailLines } from "../../../base/text.ts";
import type { OperationContext } from "../../../providers/index.ts";
import type { Checkout } from "../repo/checkout.ts";
import { placesOf, registryPath, type Places } from "../repo/places.ts";
import { openRegistry } from "../repo/registry.ts";
import type { Hello, UpRequest } from "../types/index.ts";
import { homeOf } from "../repo/plan-file.ts";
import { askSupervisor } from "./control-client.ts";

/** A supervisor listens after about a tenth of a second; on a machine that swaps it may take long. */
const startMsMax = 30_000;
/** Ending services takes their grace; a supervisor that takes longer than this hangs. */
const endMsMax = 60_000;
const pollMs = 4;
/** While another one begins or ends; asking opens the registry. */
const claimedMs = 25;
/** One that lost the instance to another that was ending is started again; one that cannot start fails every time. */
const startsMax = 3;

export interface Reached { readonly places: Places; readonly hello: Hello }

type Context = Pick<OperationContext, "providers" | "statePath" | "version" | "signal" | "programs" | "env">;
type StartContext = Pick<OperationContext, "statePath" | "version" | "programs" | "env"> & { readonly providers: Pick<OperationContext["providers"], "processes"> };

export interface StartOptions {
  readonly isUnsandboxed: boolean;
  /** What it is going to be asked: it begins by itself where inspan.yaml is what it was. */
  readonly begin?: Omit<UpRequest, "method" | "plan" | "isUnsandboxed">;
}

export function isLost(error: unknown): boolean { return error instanceof InspanError && (error.code === "SUPERVISOR_LOST" || error.code === "SUPERVISOR_ENDING"); }

/** Undefined where none runs, or the one that ran is gone with the question. */
export async function findSupervisor(context: Context, checkout: Checkout): Promise<Reached | undefined> {
  const places = placesOf(context.statePath, checkout.key);
  const hello = await askSupervisor<Hello>(places.socketPath, { method: "hello" }, { signal: context.signal }).catch((error: unknown) => {
    if (isLost(error)) return undefined;
    throw error;
  });
  return hello === undefined ? undefined : { places, hello };
}

/** Who has the instance by the registry: a living supervisor, which may not answer yet or no more; one that was killed; nobody. */
export async function findClaim({ providers: { databases, files, processes }, statePath }: Context, checkout: Checkout): Promise<"living" | "dead" | undefined> {
  if ((await files.facts(registryPath(statePath))) === undefined) return undefined;
  const registry = openRegistry(databases, registryPath(statePath), processes);
  try {
    const row = registry.find(checkout.key);
    return row === undefined ? undefined : registry.isAlive(row) ? "living" : "dead";
  } finally { registry.close(); }
}

/** Waits until the process is gone; rejects with SUPERVISOR_HANGS. */
export async function waitUntilEnded(
  { providers: { processes, clock }, signal }: Context,
  { pid, startTime }: { readonly pid: number; readonly startTime: string | undefined },
): Promise<void> {
  const untilMs = clock.monotonicMs() + endMsMax;
  while (startTime !== undefined && processes.isAlive(pid, startTime)) {
    if (clock.monotonicMs() > untilMs)
      throw new InspanError("SUPERVISOR_HANGS", `Cannot end the supervisor ${pid}: it still runs after ${endMsMax / 1000} s.`, {
        remedy: `inspan stop ${pid}`,
      });
    await clock.sleep(pollMs, signal);
  }
}

/** Starts a supervisor without asking whether one runs: where one does, the second ends by itself at once. Its start goes on beside the caller. */
export async function startSupervisor({ providers: { processes }, statePath, version, programs, env }: StartContext, checkout: Checkout, options: StartOptions): Promise<number> {
  const given = {
    home: statePath,
    version,
    worktreePath: checkout.rootPath,
    repositoryPath: checkout.commonPath ?? checkout.rootPath,
    key: checkout.key,
    ...(checkout.branch === undefined ? {} : { branch: checkout.branch }),
    ...options,
    userHome: homeOf(env),
  };
  const own = Object.fromEntries(["INSPAN_SANDBOX"].flatMap((name) => { const value = env[name]; return value === undefined ? [] : [[name, value]]; }));
  const { pid } = await processes.startResident({
    command: [...programs.supervisor.command, JSON.stringify(given)],
    cwd: "/",
    env: processes.environment({ ...own, ...programs.supervisor.env }),
    logPath: placesOf(statePath, checkout.key).logPath,
  });
  return pid;
}

/** A supervisor of our own version, started where there is none. Rejects with SUPERVISOR_NOT_STARTED and the end of its log. */
export async function reachSupervisor(
  context: Context,
  checkout: Checkout,
  options: StartOptions & { /** Started already, as nothing answered a moment ago. */ readonly startedPid?: number | undefined },
): Promise<Reached> {
  const { providers: { clock, processes, files }, signal } = context;
  const { startedPid, ...start } = options;
  const found = startedPid === undefined ? await findSupervisor(context, checkout) : undefined;
  if (found?.hello.version === context.version) return found;
  if (found !== undefined) {
    const startTime = processes.startTimeOf(found.hello.pid);
    await askSupervisor(found.places.socketPath, { method: "down" }, { signal }).catch((error: unknown) => { if (!isLost(error)) throw error; });
    await waitUntilEnded(context, { pid: found.hello.pid, startTime });
  }
  let pid = startedPid ?? await startSupervisor(context, checkout, start);
  let starts = 1;
  const untilMs = clock.monotonicMs() + startMsMax;
  for (;;) {
    const wasAlive = processes.startTimeOf(pid) !== undefined;
    const reached = await findSupervisor(context, checkout);
    if (reached !== undefined) return reached;
    // Ours ended because another one has the instance: that one answers soon, or is about to end, and then it is our turn.
    const isClaimed = !wasAlive && await findClaim(context, checkout) === "living";
    if (!wasAlive && !isClaimed && starts < startsMax) { pid = await startSupervisor(context, checkout, start); starts += 1; continue; }
    if ((!wasAlive && !isClaimed) || clock.monotonicMs() > untilMs) {
      const log = tailLines((await files.readText(placesOf(context.statePath, checkout.key).logPath)) ?? "", 10);
      throw new InspanError(
        "SUPERVISOR_NOT_STARTED",
        `Cannot start the supervisor: ${wasAlive ? `it does not answer within ${startMsMax / 1000} s` : isClaimed ? `another one has the instance and does not answer within ${startMsMax / 1000} s` : "it ended at once"}.\n${log}`,
        { remedy: "inspan doctor", isRetryable: true },
      );
    }
    await clock.sleep(isClaimed ? claimedMs : pollMs, signal);
  }
}
