// A session becomes a file of docs/journeys in this worktree, which `inspan journey run` plays.
import { join, sep } from "node:path";
import { InspanError } from "../../../base/errors.ts";
import type { OperationContext } from "../../../providers/index.ts";
import { renderJourney } from "../service/journey-text.ts";
import type { BrowserAnswer, SessionStep } from "../types/index.ts";
import { findSite } from "./site.ts";

interface Told { readonly entry: string; readonly steps: readonly SessionStep[]; readonly gaps: readonly string[] }

/** Rejects with SESSION_EMPTY, JOURNEY_EXISTS. */
export async function keepJourney(
  context: OperationContext,
  answer: BrowserAnswer,
  { id, title }: { readonly id: string; readonly title: string | undefined },
): Promise<BrowserAnswer> {
  const { files } = context.providers;
  const session = answer.data["session"] as Told | undefined; // our own daemon's form
  if (session === undefined || session.steps.every(({ action }) => action === "open"))
    throw new InspanError("SESSION_EMPTY", `Cannot write the journey "${id}": nothing was done on the page yet, expected at least one action.`, {
      kind: "usage",
      remedy: "inspan browser act click 'button \"Save\"'",
    });
  const { rootPath } = await findSite(files, context);
  const folder = join(rootPath, "docs", "journeys");
  const path = join(folder, `${id}.md`);
  if (files.now.facts(path) !== undefined)
    throw new InspanError("JOURNEY_EXISTS", `Cannot write the journey "${id}": docs/journeys/${id}.md is there already, expected another id.`, {
      kind: "usage",
      remedy: `rm docs/journeys/${id}.md, or choose another id`,
    });
  await files.makeFolder(folder);
  if (!`${files.now.realPath(folder) ?? ""}${sep}`.startsWith(`${rootPath}${sep}`))
    throw new InspanError("JOURNEY_OUTSIDE", "Cannot write the journey: docs/journeys leads out of the worktree, expected a folder in it.", {
      remedy: "replace the link by a folder",
    });
  const words = id.replaceAll("-", " ");
  await files.writeText(path, renderJourney({ id, name: title ?? `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`, entry: session.entry, steps: session.steps }));
  const secrets = [...new Set(session.steps.flatMap(({ secretName }) => secretName ?? []))];
  const said = [
    answer.said, `the journey is in docs/journeys/${id}.md`, ...session.gaps.map((gap) => `left out: ${gap}`),
    ...(secrets.length === 0 ? [] : [`secrets are named values, to be set in the environment: ${secrets.map((name) => `JOURNEY_${name}`).join(", ")}`]),
    `next: inspan journey run ${id}`,
  ].filter((one) => one !== "").join("; ");
  const { session: _, ...data } = answer.data;
  return {
    ...answer,
    said,
    file: answer.file ?? path,
    data: { ...data, journey: { id, file: `docs/journeys/${id}.md`, steps: session.steps.length, secrets, gaps: session.gaps } },
  };
}
