// The first moment of `up`: starts a supervisor before the command has loaded anything else. Knows no plan.
import type { Files, OperationContext, Processes } from "../../../providers/index.ts";
import { findCheckout } from "../repo/checkout.ts";
import { placesOf } from "../repo/places.ts";
import { startSupervisor, type StartOptions } from "./reach-supervisor.ts";

export type BeginContext = Pick<OperationContext, "cwd" | "statePath" | "version" | "programs" | "env"> & {
  readonly providers: { readonly files: Files; readonly processes: Processes };
};

/** The id of a supervisor that is starting; undefined where one runs, or where the command itself has to say what is wrong. Never rejects. */
export async function beginInstance(context: BeginContext, options: StartOptions): Promise<number | undefined> {
  const { files } = context.providers;
  try {
    const checkout = await findCheckout(files, context.cwd);
    const isThere = (await files.facts(placesOf(context.statePath, checkout.key).socketPath)) !== undefined;
    return isThere ? undefined : await startSupervisor(context, checkout, options);
  } catch { return undefined; }
}
