// An agent looks for deviations from principles that only a reader can judge; each once for what the repository is. Reads only.
import { join } from "node:path";
import { readReviewersAt } from "../../review/runtime/index.ts";
import type { ProposalStore } from "../repo/proposals.ts";
import { parseSeen, principlePrompt, reviewerInstructions, seenDeviations } from "../service/reviewing.ts";
import type { Deviation } from "../types/index.ts";
import { openReader, type ReaderSettings } from "./ask-reader.ts";
import type { Definitions, Scan } from "./scan.ts";

/** A file above this is generated. */
const fileBytesMax = 1024 * 1024;

export interface PrincipleReadings { readonly deviations: readonly Deviation[]; readonly failed: readonly { readonly file: string; readonly why: string }[] }

export async function readPrinciples(
  settings: ReaderSettings & {
    readonly store: ProposalStore;
    readonly definitions: Definitions;
    readonly readingsMax: number;
    readonly placeOf: Scan["placeOf"];
  },
): Promise<PrincipleReadings> {
  const { context, store, treePath, commit, definitions, placeOf } = settings;
  const asked = definitions.principles.filter(({ detector }) => detector.kind === "reviewer");
  if (asked.length === 0 || settings.readingsMax === 0) return { deviations: [], failed: [] };
  const content = await context.providers.git.text(["rev-parse", `${commit}^{tree}`], { cwd: treePath });
  const reviewers = await readReviewersAt({ providers: context.providers, rootPath: treePath, commit, folder: definitions.reviewers });
  const linesOf = (file: string): readonly string[] | undefined => {
    if (file.startsWith("/") || file.split("/").includes("..")) return undefined;
    const read = context.providers.files.now.readRegular(join(treePath, file), fileBytesMax);
    return read.kind === "file" ? new TextDecoder().decode(read.bytes).split("\n") : undefined;
  };
  const deviations: Deviation[] = [], failed: { file: string; why: string }[] = [];
  let reader: Awaited<ReturnType<typeof openReader>> | undefined;
  let left = settings.readingsMax;
  for (const principle of asked) {
    const name = principle.detector.kind === "reviewer" ? principle.detector.reviewer : "";
    const key = `principle:${principle.id}`;
    if (left === 0 || await store.lastReading(key) === content) continue;
    left--;
    const reviewer = reviewers.find((one) => one.name === name);
    if (reviewer === undefined) { failed.push({ file: principle.file, why: `no reviewer is called "${name}"` }); continue; }
    reader ??= await openReader(settings);
    const answer = await reader.ask({
      label: `principle ${principle.id}`,
      instructions: reviewerInstructions(reviewer.guardrails),
      text: principlePrompt(principle),
      parse: parseSeen,
    });
    if (answer.kind === "failed") { failed.push({ file: principle.file, why: answer.why }); continue; }
    const found = seenDeviations(principle, answer.value, { linesOf, placeOf });
    deviations.push(...found);
    if (found.length === 0) await store.keepReading(key, content, context.providers.clock.nowIso());
  }
  return { deviations, failed };
}
