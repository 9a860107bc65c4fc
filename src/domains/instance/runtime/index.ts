// Door of the instance's runtime. Each part loads when it is called: the supervisor must not hold what commands need, nor the other way round.
import type { OperationContext } from "../../../providers/index.ts";
import type { Checkout } from "../repo/checkout.ts";

export type { Checkout } from "../repo/checkout.ts";
export type { ImportResult } from "./import-services.ts";

/** The worktree around the context's folder. */
export async function findCheckout(context: Pick<OperationContext, "providers" | "cwd">): Promise<Checkout> {
  return (await import("../repo/checkout.ts")).findCheckout(context.providers.files, context.cwd);
}

export async function importServices(context: OperationContext, rootPath: string, options: { readonly write: boolean }) {
  return (await import("./import-services.ts")).importServices(context, rootPath, options);
}

/** What `inspan init` adds to a new inspan.yaml; empty where nothing declares services. */
export async function proposeYaml(context: OperationContext, rootPath: string): Promise<string> {
  return (await import("./import-services.ts")).proposeYaml(context.providers, rootPath);
}
