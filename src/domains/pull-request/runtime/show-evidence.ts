// Where somebody looks at the evidence of a pull request: the page that is here, or the one that the remote holds.
import { join } from "node:path";
import type { OperationContext } from "../../../providers/index.ts";
import { evidenceFolder, readEvidence, writeBundlePage } from "../../evidence/runtime/index.ts";
import { evidenceRefOf } from "../repo/evidence-ref.ts";
import type { PullRequests } from "./pull-requests.ts";

/** `page` is absolute; `ref` undefined where only this machine has it. */
export interface ShownEvidence { readonly ref: string | undefined; readonly page: string | undefined; readonly itemCount: number }

const safeTask = /^[A-Za-z0-9][A-Za-z0-9_-]{0,60}$/;

/** Undefined where nothing was recorded, here or at the remote. What others pushed is written below the state folder and opened by nobody but a person. */
export async function showEvidence(context: OperationContext, requests: Pick<PullRequests, "fetchEvidence">, task: string | undefined): Promise<ShownEvidence | undefined> {
  if (task === undefined || !safeTask.test(task)) return undefined;
  const own = await readEvidence(context, task);
  if (own !== undefined) {
    const page = join(evidenceFolder(context.statePath, task), "index.html");
    const isThere = context.providers.files.now.facts(page)?.kind === "file";
    return { ref: evidenceRefOf(task), page: isThere ? page : (await writeBundlePage(context, task)).indexPath, itemCount: own.items.length };
  }
  const folder = join(context.statePath, "evidence-of-others", task);
  const fetched = await requests.fetchEvidence({ task, folder });
  if (fetched === undefined) return undefined;
  return {
    ref: fetched.ref,
    page: fetched.names.includes("index.html") ? join(folder, "index.html") : undefined,
    itemCount: fetched.names.filter((name) => !["index.html", "bundle.jsonl", "packet.json"].includes(name)).length,
  };
}
