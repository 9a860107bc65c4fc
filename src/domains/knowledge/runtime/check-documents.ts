// The document rules inside `inspan check`: reads what they need, runs them in rounds, and keeps what was asked for.
import type { CheckSubject, OperationContext } from "../../../providers/index.ts";
import { readDocConfiguration } from "../config/doc-configuration.ts";
import { headOf, isNotSearched, listChanged, type GitPlace } from "../repo/ask-git.ts";
import { openKeptDocuments } from "../repo/kept-documents.ts";
import { readCommandNames } from "../repo/read-commands.ts";
import { isDocument, readDocuments, readReferences } from "../repo/read-documents.ts";
import { decideDocuments } from "../service/decide-documents.ts";
import { treeOf } from "../service/paths.ts";
import type { DocFinding } from "../types/document.ts";
import { checkPlanNeeded } from "../service/rules/plan-needed.ts";
import { decideInRounds, type Evidence } from "./answers.ts";

/** Under this name the findings of the last check, with what they rest on, are left for the next. */
const name = "documents";

interface Left { readonly findings: readonly DocFinding[]; readonly evidence: Evidence }

export async function checkDocuments(context: OperationContext, subject: CheckSubject): Promise<readonly DocFinding[]> {
  const { providers, signal } = context;
  const configuration = readDocConfiguration(subject.configuration);
  const paths = subject.files.filter((file) => isDocument(file) && !configuration.isExcluded(file));
  if (paths.length === 0 && configuration.docs === undefined) return [];
  const left = await readLeft(context, subject, configuration.docs?.references);
  const place: GitPlace = { providers, rootPath: subject.rootPath, signal };
  const changed = subject.since === undefined || configuration.docs?.plans?.neededAbove === undefined ? [] : await listChanged(place, subject.since);
  const planNeeded = checkPlanNeeded(changed, configuration);
  if (left !== undefined) { subject.keep?.(name, left); return [...left.findings, ...planNeeded]; }
  const tree = treeOf(subject.files);
  const kept = openKeptDocuments(subject.readStored?.(name), Date.parse(providers.clock.nowIso()));
  const references = await readReferences(providers.files, subject.rootPath, subject.files, configuration.docs?.references);
  const [{ docs, unread }, commands, head] = await Promise.all([
    readDocuments(providers.files, subject.rootPath, paths, { signal, kept }),
    readCommandNames(providers.files, subject.rootPath, subject.files),
    headOf(place),
  ]);
  const today = providers.clock.nowIso().slice(0, 10);
  const { findings, evidence } = await decideInRounds({
    place, head, kept, declared: () => subject.declaredNames(),
    decide: (ask) => decideDocuments({ isWanted: subject.isWanted ?? (() => true), docs, unread, commands, references, ask, today, head }, tree, configuration),
  });
  const learned = kept.value();
  if (learned !== undefined) await subject.writeStored?.(name, learned);
  if (evidence.isComplete) subject.keep?.(name, { findings, evidence } satisfies Left);
  return [...findings, ...planNeeded];
}

/** The findings of the last check where the files that changed since cannot have made others of them. */
async function readLeft(context: OperationContext, subject: CheckSubject, references: string | undefined): Promise<Left | undefined> {
  const left = subject.keptOf?.(name);
  if (left === undefined) return undefined;
  const { changed } = left;
  const value = left.value as Left; // as checkDocuments() leaves it
  if (changed.length === 0) return value;
  if (changed.some((file) => isDocument(file) || isManifest(file) || (references !== undefined && file.startsWith(references)))) return undefined;
  const { evidence } = value;
  if (evidence.isAnyCovered) return undefined;
  const isChanged = (file: string): boolean => changed.includes(file);
  const unsure = evidence.found.filter(([, files]) => files.every(isChanged)).map(([one]) => one);
  if (unsure.length + evidence.missing.length + evidence.declared.length === 0) return value;
  const words = new Set<string>();
  if (unsure.length + evidence.missing.length > 0) {
    const wanted = new Set([...unsure, ...evidence.missing]);
    for (const file of changed) {
      if (isNotSearched(file)) continue;
      for (const word of (await context.providers.files.readText(`${subject.rootPath}/${file}`))?.match(/\w+/g) ?? []) if (wanted.has(word)) words.add(word);
    }
  }
  if (unsure.some((one) => !words.has(one)) || evidence.missing.some((one) => words.has(one))) return undefined;
  const declared = evidence.declared.length === 0 ? undefined : await subject.declaredNames();
  return evidence.declared.every((one) => declared?.has(one) === true) ? value : undefined;
}

/** Files besides documents that name commands, or say what is ignored. */
function isManifest(file: string): boolean {
  return /(^|\/)(package\.json|\.gitignore|(GNUm|M|m)akefile|\.?justfile)$|\.(mk|just)$/i.test(file);
}
