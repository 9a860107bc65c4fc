// Door of the journey's runtime. Playing loads when it is asked for.
import type { OperationContext } from "../../../providers/index.ts";
import { findCheckout } from "../../instance/runtime/index.ts";
import { listJourneys as readAll } from "../repo.ts";

export type { PlayResult } from "./play.ts";

export async function playJourney(context: OperationContext, options: import("./play.ts").PlayOptions) { return (await import("./play.ts")).playJourney(context, options); }

export async function listJourneys(context: OperationContext) {
  const { rootPath } = await findCheckout(context);
  return (await readAll(context.providers.files, rootPath)).map(({ file, head }) => ({ id: head.id, name: head.name, entry: head.entry, file }));
}
