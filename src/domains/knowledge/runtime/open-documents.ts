// Opens the documents of the repository that a command stands in: facts, tree and configuration at once.
import { dirname, join, relative, resolve } from "node:path";
import { InspanError } from "../../../base/errors.ts";
import type { Configuration } from "../../../base/config-section.ts";
import type { OperationContext } from "../../../providers/index.ts";
import { listAllFiles } from "../../lint/runtime/index.ts";
import { type DocConfiguration, readDocConfiguration } from "../config/doc-configuration.ts";
import type { GitPlace } from "../repo/ask-git.ts";
import { isDocument, readDocuments } from "../repo/read-documents.ts";
import { type Tree, treeOf } from "../service/paths.ts";
import type { DocFacts } from "../types/document.ts";

export interface OpenDocuments {
  /** Absolute, links resolved. */
  readonly rootPath: string;
  readonly written: Configuration;
  readonly configuration: DocConfiguration;
  readonly docs: readonly DocFacts[];
  readonly tree: Tree;
  readonly place: GitPlace;
}

export async function openDocuments(context: OperationContext): Promise<OpenDocuments> {
  const { providers, signal } = context;
  const found = await findRoot(context);
  const rootPath = await providers.files.realPath(found) ?? found;
  const written = await context.loadConfiguration(rootPath);
  const configuration = readDocConfiguration(written);
  const all = await listAllFiles(providers, rootPath, signal);
  const { docs } = await readDocuments(providers.files, rootPath, all.filter((file) => isDocument(file) && !configuration.isExcluded(file)), { signal });
  return { rootPath, written, configuration, docs, tree: treeOf(all), place: { providers, rootPath, signal } };
}

/** The nearest folder with an inspan.yaml, but not above the repository that the caller stands in; without either, where the caller stands. */
async function findRoot(context: OperationContext): Promise<string> {
  for (let folder = context.cwd; ; folder = dirname(folder)) {
    for (const marker of ["inspan.yaml", ".git"]) if (await context.providers.files.facts(join(folder, marker)) !== undefined) return folder;
    if (dirname(folder) === folder) return context.cwd;
  }
}

/** A path as a person types it, relative to the root with `/`; empty for the root. Rejects with PATH_ESCAPE. */
export function pathWithin(context: OperationContext, rootPath: string, typed: string): string {
  const below = relative(rootPath, resolve(context.cwd, typed)).replaceAll("\\", "/");
  if (below === ".." || below.startsWith("../"))
    throw new InspanError("PATH_ESCAPE", `Cannot look at "${typed}": it lies outside of the repository, expected a path below ${rootPath}.`, {
      kind: "usage",
      remedy: "inspan context src",
    });
  return below;
}
