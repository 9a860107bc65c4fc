// Door of the instance's runtime. Each part loads when it is called: the supervisor must not hold what commands need, nor the other way round.
import type { OperationContext } from "../../../providers/index.ts";
import type { Checkout } from "../repo/checkout.ts";

export type { Checkout } from "../repo/checkout.ts";
export type { ImportResult } from "./import-services.ts";
export { exitCodeOfInstance, renderDown, renderInstance, toContract } from "../service/render.ts";

/** The worktree around the context's folder. */
export async function findCheckout(context: { readonly providers: Pick<OperationContext["providers"], "files">; readonly cwd: string }): Promise<Checkout> {
  return (await import("../repo/checkout.ts")).findCheckout(context.providers.files, context.cwd);
}

export async function importServices(context: OperationContext, rootPath: string, options: { readonly write: boolean }) {
  return (await import("./import-services.ts")).importServices(context, rootPath, options);
}

/** What `inspan init` adds to a new inspan.yaml; empty where nothing declares services. */
export async function proposeYaml(context: OperationContext, rootPath: string): Promise<string> {
  return (await import("./import-services.ts")).proposeYaml(context.providers, rootPath);
}

export type { RestartResult, UpInput } from "./commands.ts";
export type { WorkloadRun } from "./run-workload.ts";

const commands = () => import("./commands.ts");

/** Starts a supervisor for `up` before anything else is loaded; its id goes to bringUp(). */
export async function beginInstance(context: import("./begin.ts").BeginContext, options: import("./reach-supervisor.ts").StartOptions) {
  return (await import("./begin.ts")).beginInstance(context, options);
}
export async function bringUp(context: OperationContext, input: import("./commands.ts").UpInput) { return (await commands()).bringUp(context, input); }
export async function takeDown(context: OperationContext, options: { readonly data: boolean }) { return (await commands()).takeDown(context, options); }
export async function readStatus(context: OperationContext) { return (await commands()).readStatus(context); }
export async function readOrigins(context: Pick<OperationContext, "providers" | "cwd" | "statePath" | "signal">) { return (await commands()).readOrigins(context); }
export async function restartServices(context: OperationContext, names: readonly string[], options: { readonly isUnsandboxed: boolean }) {
  return (await commands()).restartServices(context, names, options);
}
export async function readServiceOutput(context: OperationContext, input: { readonly service: string | undefined; readonly lines: number }) {
  return (await commands()).readServiceOutput(context, input);
}
export async function runWorkload(context: OperationContext, name: string) { return (await import("./run-workload.ts")).runWorkload(context, name); }

/** The resident process itself; resolves when the instance has ended. */
export async function superviseInstance(options: import("./supervisor/index.ts").SupervisorOptions): Promise<void> {
  return (await import("./supervisor/index.ts")).runSupervisor(options);
}
export async function placesOf(home: string, key: string) { return (await import("../repo/places.ts")).placesOf(home, key); }
