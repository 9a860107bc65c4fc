// Door of the journey's runtime. Playing loads when it is asked for.
import type { OperationContext } from "../../../providers/index.ts";
import { findCheckout } from "../../instance/runtime/index.ts";
import { listJourneys as readAll, readJourneys } from "../repo.ts";
import type { JourneyPlace } from "../service/touched.ts";

export type { PlayResult } from "./play.ts";
export type { CleanEnd, CleanResult, CleanRound } from "./until-clean.ts";
export type { JourneyProof } from "./prove.ts";

export async function playJourney(context: OperationContext, options: import("./play.ts").PlayOptions) { return (await import("./play.ts")).playJourney(context, options); }

export async function playUntilClean(context: OperationContext, options: import("./until-clean.ts").UntilCleanOptions) {
  return (await import("./until-clean.ts")).playUntilClean(context, options);
}

export async function proveJourney(context: OperationContext, options: import("./prove.ts").ProofOptions) { return (await import("./prove.ts")).proveJourney(context, options); }

/** Those of a checkout, sorted by file; what cannot be read is left out. */
export async function readJourneyPlaces(context: Pick<OperationContext, "providers">, rootPath: string): Promise<readonly JourneyPlace[]> {
  return (await readAll(context.providers.files, rootPath)).map(({ file, head, body }) => ({
    id: head.id,
    name: head.name,
    entry: head.entry,
    file,
    covers: [...head.covers, ...head.paths],
    isPlayable: /^\s*(?:```|~~~)\s*play\b/m.test(body),
  }));
}

export async function listJourneys(context: OperationContext) {
  const { rootPath } = await findCheckout(context);
  const { journeys, unread } = await readJourneys(context.providers.files, rootPath);
  return { journeys: journeys.map(({ file, head }) => ({ id: head.id, name: head.name, entry: head.entry, file })), unread };
}
