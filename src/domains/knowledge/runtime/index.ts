// Door for runtime and ui of later domains and for src/app: the check of documents, and what `init` writes into a repository.
import { InspanError } from "../../../base/errors.ts";
import type { Providers } from "../../../providers/index.ts";
import { proposeFor, runImportRules } from "../../lint/runtime/index.ts";
import { branchOf } from "../repo/ask-git.ts";
import { readListing, readTemplates } from "../repo/templates.ts";
import { detectFacts } from "../service/detect-facts.ts";
import { fillTemplate, templateValues } from "../service/fill-template.ts";
import type { ScaffoldFile } from "../types/repository.ts";

export { checkDocuments } from "./check-documents.ts";
export { contextOf, keyOf, openPathContext, type PathContextReader, type PathsContext } from "./context.ts";
export { checkPlansOf, completePlan, newPlan } from "./plans.ts";
export { reportDocuments } from "./report.ts";

/** The map, the documents and inspan.yaml, true for the repository at this path; sorted by path. Reads only. */
export async function planScaffold(providers: Providers, rootPath: string): Promise<readonly ScaffoldFile[]> {
  const [listing, templates, branch, proposal] = await Promise.all([
    readListing(providers.files, rootPath),
    readTemplates(providers.files),
    branchOf({ providers, rootPath, signal: undefined }),
    proposeFor({ providers, rootPath }),
  ]);
  const values = templateValues(detectFacts({ ...listing, proposal }), { today: providers.clock.nowIso().slice(0, 10), branch });
  const imported = await importedRules(providers, rootPath);
  return templates.map(({ path, text }) => ({ path, text: `${fillTemplate(text, values)}${path === "inspan.yaml" ? imported : ""}` }));
}

/** The rules of another tool of the repository as the key `rules`; empty where there is none, or none that can be carried over. */
async function importedRules(providers: Providers, rootPath: string): Promise<string> {
  try {
    const report = await runImportRules({ providers, rootPath, isWriting: false, signal: undefined });
    const block = /^rules:\n(?:[ #-].*\n?|\n)*/m.exec(report.yaml)?.[0].trimEnd();
    return block === undefined || report.rules === 0
      ? ""
      : `\n# Taken over from ${report.file} by \`inspan import-rules\`, which also says what could not be carried over.\n${block}\n`;
  } catch (error) {
    if (error instanceof InspanError) return ""; // no other tool, or a configuration that only its own program can read
    throw error;
  }
}
