// Door for runtime and ui of later domains and for src/app: the check of documents, and what `init` writes into a repository.
import type { Providers } from "../../../providers/index.ts";
import { branchOf } from "../repo/ask-git.ts";
import { readListing, readTemplates } from "../repo/templates.ts";
import { detectFacts } from "../service/detect-facts.ts";
import { fillTemplate, templateValues } from "../service/fill-template.ts";
import type { ScaffoldFile } from "../types/repository.ts";

export { checkDocuments } from "./check-documents.ts";
export { contextOf } from "./context.ts";
export { checkPlansOf, completePlan, newPlan } from "./plans.ts";
export { reportDocuments } from "./report.ts";

/** The map, the documents and inspan.yaml, true for the repository at this path; sorted by path. Reads only. */
export async function planScaffold(providers: Pick<Providers, "files" | "git" | "clock">, rootPath: string): Promise<readonly ScaffoldFile[]> {
  const [listing, templates, branch] = await Promise.all([readListing(providers.files, rootPath), readTemplates(providers.files), branchOf({ providers, rootPath, signal: undefined })]);
  const values = templateValues(detectFacts(listing), { today: providers.clock.nowIso().slice(0, 10), branch });
  return templates.map(({ path, text }) => ({ path, text: fillTemplate(text, values) }));
}
