// The answer right after an edit: the rules that need single files, for single files. Loads nothing of the others. Pure.
import type { Finding } from "../types/finding.ts";
import type { CheckInput } from "./check.ts";
import { checkEdges } from "./edge-rules.ts";
import { indexFacts } from "./facts-index.ts";
import { checkFile, checkUnread } from "./file-rules.ts";
import { checkUnassigned } from "./graph-rules.ts";
import type { KindInput } from "./kinds/kind.ts";
import { checkFileKinds } from "./kinds/run-file.ts";
import { placesOf } from "./places.ts";
import { applyExceptions, settle } from "./settle.ts";

/** Own findings of the wanted files only, for the answer right after an edit: no cycles, no coverage, no unused exceptions. */
export function decideFiles(input: CheckInput & { readonly isWanted: (file: string) => boolean }): readonly Finding[] {
  const { configuration, isWanted } = input;
  const index = indexFacts(input.files);
  const placeOf = placesOf(configuration);
  const wanted = input.files.filter((facts) => isWanted(facts.file));
  const known: KindInput = { ...input.asked, configuration, placeOf, index, today: input.today };
  const drafts = [
    ...wanted.flatMap((facts) => [...checkFile(facts, configuration), ...checkEdges(facts, known), ...checkFileKinds(facts, known)]),
    ...checkUnread(input.unread).filter((draft) => isWanted(draft.file)),
    ...checkUnassigned(wanted.map((facts) => facts.file), placeOf, configuration),
  ];
  return settle(applyExceptions(drafts, configuration, input.today, false).kept, input.baseline);
}
