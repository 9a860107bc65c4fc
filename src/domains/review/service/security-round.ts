// The security reviewer as a part of a task's own review: when it looks, what its flaws are as findings, and what a program's exit status says of them later. Pure.
import picomatch from "picomatch";
import { z } from "zod";
import { boundText } from "../../../base/text.ts";
import type { Usage } from "../../model/index.ts";
import type { ReportedFinding, ReviewFinding, ReviewVerdict, Ruling } from "../types.ts";
import { admitFindings, securityReviewerName } from "./findings.ts";
import { Suspicion, triggeredStatus, type PatchVerdict, type TriggerRun } from "./security.ts";

/** A flaw that was triggered, with the program that did it: it is run again on every later head. */
export const KeptFlaw = z.object({ id: z.string(), suspicion: Suspicion });
export type KeptFlaw = z.infer<typeof KeptFlaw>;

// A page that names more places than this says "everything".
const placesMax = 400;
const patchCharsMax = 4_000;
const programCharsMax = 3_000;

/** Files and globs that a threat model names, in the cells of its tables; sorted, unique. */
export function placesOfModel(page: string): readonly string[] {
  const places = new Set<string>();
  for (const row of page.split("\n").filter((line) => line.startsWith("|"))) {
    for (const word of row.split(/[|,;\s`()]+/)) {
      const path = word.replace(/^\.?\//, "").replace(/[.:]+\d*$/, "").replace(/:\d+(-\d+)?$/, "");
      if (!/^[\w@.*{}[\]!-]+(\/[\w@.*{}[\]!-]+)*\/?$/.test(path) || !(/\//.test(path) || /\.[a-z]\w{0,7}$/i.test(path)) || places.size >= placesMax) continue;
      places.add(path.endsWith("/") ? `${path}**` : path);
    }
  }
  return [...places].sort();
}

/** True where a change touches what the threat model names: the file itself, what lies below a folder, or what a glob matches. */
export function isNamedByModel(page: string, changedPaths: readonly string[]): boolean {
  const places = placesOfModel(page);
  if (places.length === 0) return false;
  const matches = picomatch([...places, ...places.filter((place) => !/[*{}[\]]/.test(place)).map((place) => `${place}/**`)], { dot: true, flags: "s" });
  return changedPaths.some((path) => matches(path));
}

export interface TriggeredFlaw {
  readonly suspicion: Suspicion;
  readonly base: TriggerRun;
  readonly head: TriggerRun;
  readonly patch?: { readonly verdict: PatchVerdict; readonly patch: string; readonly after: TriggerRun | undefined } | undefined;
}

const status = (run: TriggerRun | undefined): string => String(run?.exitCode ?? "no status");

function reportOf({ suspicion, base, head, patch }: TriggeredFlaw): ReportedFinding {
  const { program } = suspicion;
  const files = boundText(program.files.map(({ path, text }) => `--- $PROGRAM/${path}\n${text}`).join("\n"), programCharsMax);
  const offered =
    patch?.verdict.kind === "mended"
      ? `\nThis patch was tried: the program exits with ${status(patch.after)} on it, and a new scan of the patched change triggers nothing.\n${boundText(patch.patch, patchCharsMax)}`
      : "";
  return {
    priority: suspicion.priority,
    file: suspicion.file,
    line: suspicion.line,
    title: suspicion.title,
    detail: `${suspicion.detail}\nThreat: ${suspicion.threat || "not named"}`.trim(),
    evidence: `The harness ran \`${program.run}\`: exit status ${status(base)} on the base, ${status(head)} on this change (${triggeredStatus} means triggered).\n${files}`,
    suggestion: `${suspicion.suggestion}${offered}`.trim(),
  };
}

/** What a known flaw's program says on the present head. Only exit status 0 closes it. */
export function ruleByProgram(flaw: KeptFlaw, run: TriggerRun): Ruling {
  if (run.exitCode === 0) return { id: flaw.id, ruling: "resolved", reason: `Its program exits with 0 on ${run.commit.slice(0, 10)}; it exited with ${triggeredStatus} before.` };
  return {
    id: flaw.id,
    ruling: "still-open",
    reason:
      run.exitCode === triggeredStatus
        ? `Its program still triggers it on ${run.commit.slice(0, 10)} (exit status ${triggeredStatus}).`
        : `Its program ends with ${status(run)} on ${run.commit.slice(0, 10)}, expected 0.`,
  };
}

/** A verdict of this reviewer. `again` are known flaws with what their program says now; `failure` is why the scan itself gave no verdict. */
export function securityVerdict(options: {
  readonly round: number; readonly headCommit: string; readonly known: readonly ReviewFinding[]; readonly again: readonly { readonly flaw: KeptFlaw; readonly run: TriggerRun }[];
  readonly triggered: readonly TriggeredFlaw[]; readonly usage: Usage; readonly failure: string | undefined;
}): { readonly verdict: ReviewVerdict; readonly flaws: readonly KeptFlaw[] } {
  const { round, headCommit, known, again, triggered, usage, failure } = options;
  const rulings = again.map(({ flaw, run }) => ruleByProgram(flaw, run));
  const still = again.filter(({ run }) => run.exitCode !== 0).map(({ flaw }) => flaw);
  const fresh = triggered.map((flaw) => ({
    flaw,
    ...admitFindings({ reviewer: securityReviewerName, reported: [reportOf(flaw)], round, headCommit, known, changedSince: undefined }),
  }));
  const findings = fresh.flatMap((one) => one.findings).filter(({ id }, index, all) => all.findIndex((other) => other.id === id) === index);
  const flaws = [
    ...again.map(({ flaw }) => flaw),
    ...fresh.flatMap(({ flaw, findings: [finding] }) => (finding ? [{ id: finding.id, suspicion: flaw.suspicion }] : [])),
  ].filter(({ id }, index, all) => all.findIndex((other) => other.id === id) === index);
  const isFailed = failure !== undefined && rulings.length === 0 && findings.length === 0;
  return {
    flaws,
    verdict: {
      reviewer: securityReviewerName,
      verdict: isFailed ? "failed" : findings.length > 0 || still.length > 0 ? "request-changes" : "approve",
      findings,
      rulings,
      ignoredCount: 0,
      ...(failure === undefined ? {} : { reason: failure }),
      usage,
    },
  };
}
