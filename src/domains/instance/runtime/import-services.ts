// `inspan services import`: proposes services from files that are there, and adds them to inspan.yaml when asked.
import { join } from "node:path";
import { InspanError } from "../../../base/errors.ts";
import type { OperationContext, Providers } from "../../../providers/index.ts";
import { readImportableFiles } from "../repo/read-imports.ts";
import { importPaths, proposeServices, renderNotImported, renderProposal } from "../service/import/propose.ts";
import type { ImportProposal } from "../types/index.ts";

export async function proposeFor(providers: Pick<Providers, "files">, rootPath: string): Promise<ImportProposal> {
  const { texts, files } = await readImportableFiles(providers.files, rootPath, importPaths);
  return proposeServices(texts, files);
}

export interface ImportResult {
  readonly version: 1;
  readonly proposal: ImportProposal;
  /** What was or would be added to inspan.yaml. */ readonly yaml: string;
  readonly isWritten: boolean;
}

/** Rejects with SERVICES_PRESENT where `write` is asked for and services stand there already. */
export async function importServices(context: OperationContext, rootPath: string, options: { readonly write: boolean }): Promise<ImportResult> {
  const { files } = context.providers;
  const configuration = await context.loadConfiguration(rootPath);
  const proposal = await proposeFor(context.providers, rootPath);
  const yaml = renderProposal(proposal, configuration.keys);
  if (!options.write) return { version: 1, proposal, yaml, isWritten: false };
  if (configuration.keys.includes("services"))
    throw new InspanError("SERVICES_PRESENT", `Cannot write services into "inspan.yaml": it declares some already, expected none.`, {
      kind: "usage",
      remedy: "inspan services import",
    });
  if (yaml === "") return { version: 1, proposal, yaml, isWritten: false };
  const path = join(rootPath, "inspan.yaml");
  const text = (await files.readText(path)) ?? "version: 1\n";
  await files.writeText(path, `${text.replace(/\n*$/, "\n")}\n${yaml}`);
  return { version: 1, proposal, yaml, isWritten: true };
}

/** The proposal for a repository without inspan.yaml; its template declares `copy` itself where there is something to copy. */
export async function proposeYaml(providers: Pick<Providers, "files">, rootPath: string): Promise<string> {
  const proposal = await proposeFor(providers, rootPath);
  return renderProposal(proposal, ["copy"]) || renderNotImported(proposal);
}
