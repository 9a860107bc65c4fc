// The security reviewer within one round of a task: known flaws by their programs, then a scan of the change, programs, a patch with its own scan.
import { messageOf } from "../../../base/errors.ts";
import { boundText } from "../../../base/text.ts";
import { noUsage } from "../../model/index.ts";
import type { ReviewFinding, ReviewVerdict } from "../types.ts";
import { securityReviewerName } from "../service/findings.ts";
import { securityVerdict, type KeptFlaw, type TriggeredFlaw } from "../service/security-round.ts";
import { offerPatch, runAgain, scanChange, validate, type SecurityRun } from "./security-scan.ts";

// A patch is a session of its own with a scan behind it; the author mends the rest without one.
const patchesMax = 2;

export interface SecurityRoundOptions {
  readonly round: number;
  /** The page at the base. */
  readonly model: string;
  readonly findings: readonly ReviewFinding[];
  readonly flaws: readonly KeptFlaw[];
  /** False where reviewing has used its share: known flaws are still run, which costs no token. */
  readonly canScan: boolean;
  /** What the scan and its patches may use. */
  readonly tokensMax?: number;
  /** Each program's exit status, as it was seen. */
  onRun(seen: { readonly title: string; readonly commit: string; readonly stage: "base" | "head" | "patch" | "again"; readonly exitCode: number | null }): void;
}

/** Rejects when the signal aborts; whatever else goes wrong is a verdict that failed, never an approval. */
export async function securityRound(given: SecurityRun, options: SecurityRoundOptions): Promise<{ readonly verdict: ReviewVerdict; readonly flaws: readonly KeptFlaw[] }> {
  const { round, model, findings, onRun, tokensMax } = options;
  const spent = { usage: noUsage };
  const run: SecurityRun = { ...given, spent, ...(tokensMax === undefined ? {} : { tokensMax }) };
  const own = findings.filter(({ reviewer }) => reviewer === securityReviewerName);
  let failure: string | undefined;
  const again: { readonly flaw: KeptFlaw; readonly run: Awaited<ReturnType<typeof runAgain>> }[] = [];
  const triggered: TriggeredFlaw[] = [];
  try {
    for (const flaw of options.flaws) {
      const ran = await runAgain(run, flaw.suspicion);
      onRun({ title: flaw.suspicion.title, commit: ran.commit, stage: "again", exitCode: ran.exitCode ?? null });
      again.push({ flaw, run: ran });
    }
    if (options.canScan) {
      const scanned = await scanChange(run, { model, known: own.map(({ title }) => title) });
      for (const suspected of scanned.value) for (const judged of await validate(run, [suspected])) {
        const { suspicion, base, head, verdict } = judged;
        onRun({ title: suspicion.title, commit: base.commit, stage: "base", exitCode: base.exitCode ?? null });
        onRun({ title: suspicion.title, commit: head.commit, stage: "head", exitCode: head.exitCode ?? null });
        if (verdict !== "introduced") continue;
        const patch = triggered.length < patchesMax ? await offerPatch(run, judged, model) : undefined;
        if (patch?.after) onRun({ title: suspicion.title, commit: patch.after.commit, stage: "patch", exitCode: patch.after.exitCode ?? null });
        triggered.push({ suspicion, base, head, patch });
      }
    }
  } catch (error) {
    run.signal.throwIfAborted();
    failure = boundText(run.providers.secrets.redact(messageOf(error)), 1000);
  }
  return securityVerdict({ round, headCommit: run.headCommit, known: own, again, triggered, usage: spent.usage, failure });
}
