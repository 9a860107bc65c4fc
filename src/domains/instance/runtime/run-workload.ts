// Runs a declared workload against the running application, and compares it with its last run here: figures, and what was logged and traced.
import type { OperationContext } from "../../../providers/index.ts";
import type { SignalsDiffShown } from "../../telemetry/index.ts";
import { findCheckout } from "../repo/checkout.ts";
import { placesOf, registryPath } from "../repo/places.ts";
import { openRegistry } from "../repo/registry.ts";
import { compareRuns, type RunComparison } from "../service/compare.ts";
import type { CommandResult, InstanceState } from "../types/index.ts";
import { requireUp } from "./commands.ts";
import { askSupervisor } from "./control-client.ts";

/** Differences of each kind that a person or an agent reads beside the workload's own output. */
const differencesMax = 10;
/** A run ends before its last signals are there: lines and spans that are written after it still belong to it. */
const tailMs = 1000;

export interface WorkloadRun extends CommandResult {
  readonly version: 1;
  readonly name: string;
  readonly comparison: readonly RunComparison[];
  readonly services: readonly { readonly name: string; readonly readyMs: number | undefined }[];
  /** Against the last run; undefined where there is none, no engine, or nothing was sent in one of them. */
  readonly signals: SignalsDiffShown | undefined;
}

type Past = Pick<WorkloadRun, "exitCode" | "durationMs" | "services"> & { readonly startedAt?: string; readonly endedAt?: string };

const windowOf = ({ startedAt, endedAt }: { readonly startedAt: string; readonly endedAt: string }): string =>
  `${startedAt}..${new Date(Date.parse(endedAt) + tailMs).toISOString()}`;

async function compareSignals(
  context: OperationContext,
  url: string,
  runs: { readonly before: Past | undefined; readonly after: CommandResult },
): Promise<SignalsDiffShown | undefined> {
  const { before, after } = runs;
  if (before?.startedAt === undefined || before.endedAt === undefined) return undefined;
  const { loadCommands } = await import("../../telemetry/runtime/index.ts");
  const telemetry = await loadCommands();
  try {
    await telemetry.settle({ kind: "engine", url, headers: {} }, context);
    return await telemetry.compareRuns(
      {
        before: windowOf({ startedAt: before.startedAt, endedAt: before.endedAt }),
        after: windowOf(after),
        limit: differencesMax,
        beforeUrl: url,
        afterUrl: url,
      },
      context,
    );
  } catch (error) {
    if (context.signal.aborted) throw error;
    return undefined; // an application that sends nothing has nothing to compare
  }
}

/** Rejects with WORKLOAD_UNKNOWN, INSTANCE_DOWN. */
export async function runWorkload(context: OperationContext, name: string): Promise<WorkloadRun> {
  const checkout = await findCheckout(context.providers.files, context.cwd);
  const places = placesOf(context.statePath, checkout.key);
  const [{ readDeclaration }, { planWorkload }] = await Promise.all([import("./declaration.ts"), import("../service/plan.ts")]);
  const workload = planWorkload(await readDeclaration(context, checkout.rootPath), name);
  const state = await requireUp(askSupervisor<InstanceState>(places.socketPath, { method: "status" }, { signal: context.signal }), `run the workload "${name}"`);
  const result = await requireUp(
    askSupervisor<CommandResult>(places.socketPath, { method: "workload", workload }, { signal: context.signal, progress: context.progress }),
    `run the workload "${name}"`,
  );
  const services = state.services.map((service) => ({ name: service.name, readyMs: service.readyMs }));
  const { databases, processes } = context.providers;
  const registry = openRegistry(databases, registryPath(context.statePath), processes);
  try {
    const [last] = registry.runs(checkout.key, "workload", name);
    const before = last === undefined ? undefined : JSON.parse(last.result) as Past; // written below
    const { exitCode, durationMs, startedAt, endedAt } = result;
    registry.addRun({ key: checkout.key, kind: "workload", name, at: startedAt, result: JSON.stringify({ exitCode, durationMs, services, startedAt, endedAt } satisfies Past) });
    const comparison = before === undefined ? [] : [
      compareRuns({ name, figure: "exitCode", was: before.exitCode ?? undefined, is: exitCode ?? undefined }),
      compareRuns({ name, figure: "durationMs", was: before.durationMs, is: durationMs }),
      ...services.map((service) =>
        compareRuns({ name: service.name, figure: "readyMs", was: before.services.find((one) => one.name === service.name)?.readyMs, is: service.readyMs }),
      ),
    ];
    const signals = state.telemetry === undefined ? undefined : await compareSignals(context, state.telemetry.url, { before, after: result });
    return { version: 1, name, ...result, services, comparison, signals };
  } finally { registry.close(); }
}
