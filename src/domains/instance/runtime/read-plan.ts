// What `up` starts from: the stored plan where inspan.yaml is unchanged, else its sections, parsed and planned. Starts nothing.
import type { OperationContext } from "../../../providers/index.ts";
import type { Checkout } from "../repo/checkout.ts";
import { homeOf, readDeclarationText, readStoredPlan, writeStoredPlan } from "../repo/plan-file.ts";
import type { Places } from "../repo/places.ts";
import type { InstancePlan } from "../types/index.ts";

/** Rejects with CONFIG_INVALID, SERVICES_INVALID, SERVICES_MISSING. */
export async function readPlan(context: OperationContext, checkout: Checkout, places: Places): Promise<InstancePlan> {
  const { files } = context.providers;
  const text = await readDeclarationText(files, checkout.rootPath);
  const wanted = text === undefined ? undefined : { version: context.version, home: homeOf(context.env), text };
  const stored = wanted === undefined ? undefined : await readStoredPlan(files, places.planPath, wanted);
  if (stored !== undefined) return stored;
  const [{ readDeclaration }, { planInstance }] = await Promise.all([import("./declaration.ts"), import("../service/plan.ts")]);
  const plan = planInstance(await readDeclaration(context, checkout.rootPath));
  if (wanted !== undefined) await writeStoredPlan(files, places.planPath, { ...wanted, plan });
  return plan;
}
