// The document rules inside `inspan check`: reads what they need, runs them in rounds, and keeps what was asked for.
import type { CheckSubject, OperationContext } from "../../../providers/index.ts";
import { readDocConfiguration } from "../config/doc-configuration.ts";
import { headOf, listChanged, type GitPlace } from "../repo/ask-git.ts";
import { readCommandNames } from "../repo/read-commands.ts";
import { isDocument, readDocuments, readReferences } from "../repo/read-documents.ts";
import { decideDocuments } from "../service/decide-documents.ts";
import { treeOf } from "../service/paths.ts";
import type { DocFinding } from "../types/document.ts";
import { checkPlanNeeded } from "../service/rules/plan-needed.ts";
import { decideInRounds } from "./answers.ts";

export async function checkDocuments(context: OperationContext, subject: CheckSubject): Promise<readonly DocFinding[]> {
  const { providers, signal } = context;
  const configuration = readDocConfiguration(subject.configuration);
  const place: GitPlace = { providers, rootPath: subject.rootPath, signal };
  const paths = subject.files.filter((file) => isDocument(file) && !configuration.isExcluded(file));
  if (paths.length === 0 && configuration.docs === undefined) return [];
  const tree = treeOf(subject.files);
  const references = await readReferences(providers.files, subject.rootPath, subject.files, configuration.docs?.references);
  const [{ docs, unread }, commands, head] = await Promise.all([readDocuments(providers.files, subject.rootPath, paths, signal), readCommandNames(providers.files, subject.rootPath, subject.files), headOf(place)]);
  const today = providers.clock.nowIso().slice(0, 10);
  const changed = subject.since === undefined || configuration.docs?.plans?.neededAbove === undefined ? [] : await listChanged(place, subject.since);
  const found = await decideInRounds(place, subject.declaredNames, (ask) => decideDocuments({ isWanted: subject.isWanted ?? (() => true), docs, unread, commands, references, ask, today, head }, tree, configuration));
  return [...found, ...checkPlanNeeded(changed, configuration)];
}
