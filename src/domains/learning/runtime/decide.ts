// One cluster of signals to one decision: proposed, told, refused, answered, or left for another night.
import { fingerprint } from "../../../base/hash.ts";
import type { StoredSignal } from "../../feedback/index.ts";
import { findContradictions } from "../service/contradiction.ts";
import { chooseRung, isEnough } from "../service/ladder.ts";
import { keyTermsOf } from "../service/likeness.ts";
import { renderJudgePrompt, renderRetry, renderWordingPrompt } from "../service/prompts.ts";
import { readVerdicts, readWording } from "../service/wording.ts";
import { commitMessageOf, renderProposalBody, titleOf } from "../service/body.ts";
import { snippetOf } from "../service/cases.ts";
import type { Existing, Guardrail, NightDecision, Occurrence, Rung, Wording } from "../types.ts";
import { assemble, fittingRung } from "./assemble.ts";
import type { DreamRun, NightCluster } from "./dream-run.ts";
import { findExisting } from "./existing.ts";
import { publish } from "./publish.ts";
import { forbidsPractice, proveRule, resolveCases, type Proof, type ResolvedCase } from "./rule-proof.ts";
import { proveTest } from "./test-proof.ts";

/** An answer that cannot be used is told why, this often. */
const answersMax = 3;
const linesAround = 4;

export interface Decided {
  readonly decision: NightDecision;
  /** What answers it now, so that a second cluster of the night does not ask for the same. */ readonly guardrail?: Guardrail;
}

type Worded = { readonly kind: "worded"; readonly wording: Wording; readonly proof: Proof | undefined } | { readonly kind: "told" | "refused"; readonly reason: string };

interface Wish {
  readonly run: DreamRun;
  readonly signals: readonly StoredSignal[];
  readonly terms: readonly string[];
  readonly rung: Rung;
  readonly existing: readonly Existing[];
  readonly cases: readonly ResolvedCase[];
  readonly id: string;
}

export async function decide(run: DreamRun, cluster: NightCluster): Promise<Decided> {
  const { signals } = cluster;
  const terms = keyTermsOf(signals);
  const about = { cluster: cluster.id, title: cluster.title, signals: signals.length };
  if (!isEnough(signals, run.config.repeatsMin))
    return {
      decision: { ...about, action: "waiting", reason: `told ${signals.length === 1 ? "once" : `${signals.length} times`}, expected ${run.config.repeatsMin}` },
    };
  const existing = await findExisting(run.port, run.world, { causes: cluster.causes, terms });
  const choice = chooseRung(existing, signals);
  const told = { ...about, existing };
  if (choice.kind === "answered")
    return {
      decision: {
        ...told,
        rung: choice.by.rung,
        action: "answered",
        reason: `${choice.by.where} stands against it${choice.by.since === "" ? "" : ` since ${choice.by.since.slice(0, 10)}`}, and it has not come back`,
      },
    };
  if (choice.kind === "top")
    return {
      decision: {
        ...told,
        rung: "lint",
        action: "told",
        reason: `${choice.by.where} finds it already; it came ${choice.recurrences} times: see whether agents get the finding right after the edit (inspan hook), and whether its fix says enough`,
      },
    };
  const contradictions = findContradictions(signals);
  if (contradictions.length > 0)
    return {
      decision: {
        ...told,
        action: "told",
        reason: `its signals contradict each other: ${contradictions
          .map(({ a, b, why }) => `${a} and ${b}, ${why}`)
          .slice(0, 3)
          .join("; ")}`,
      },
    };
  const { rung, note } = fittingRung(run.world, choice.rung);
  const earlier = run.world.guardrails.find(({ guardrail }) => existing.some(({ guardrailId }) => guardrailId === guardrail.id))?.guardrail;
  const id = earlier?.id ?? `g${fingerprint(`${cluster.id}\0${cluster.causes[0] ?? ""}`).slice(0, 8)}`;
  // Two clusters may rest on one guardrail of before: two proposals of it would write the same rule and the same file.
  const twin = run.open.find(({ guardrail }) => guardrail === id);
  if (twin !== undefined)
    return {
      decision: {
        ...told,
        rung,
        guardrail: id,
        action: "waiting",
        reason: `pull request ${twin.pullRequest} changes its guardrail ${id} already; it is looked at again when that is decided`,
      },
    };
  const cases = await resolveCases(run.port, run.world.base, signals);
  const worded = await word({ run, signals, terms, rung, existing, cases, id });
  if (worded.kind !== "worded") return { decision: { ...told, rung, action: worded.kind, reason: worded.reason } };
  return propose(run, { cluster, terms, existing, rung, note, earlier, id, cases, ...worded });
}

/** Asks for words until they can be used, holds them against the repository, and proves a rule. */
async function word(wish: Wish): Promise<Worded> {
  const { run, signals, terms, rung, existing, cases, id } = wish;
  const talk = (await run.asker()).begin(`dream ${id}`);
  try {
    let text = renderWordingPrompt({
      rung,
      signals,
      existing,
      cases: cases.map(({ file, line, text: whole }) => ({ file, line, text: snippetOf(whole, line - linesAround, line + linesAround) })),
    });
    let reason = "";
    for (let answers = 1; answers <= answersMax; answers++) {
      const said = await talk.say(text);
      if (said.kind === "failed") return { kind: "refused", reason: `the model did not answer: ${said.reason}` };
      const answer = readWording(said.text, { terms, rung, signalIds: signals.map(({ id: signal }) => signal) });
      if (answer.kind === "invalid") { reason = answer.reason; text = renderRetry(reason); continue; }
      const { wording } = answer;
      if (wording.contradictions.length > 0)
        return {
          kind: "told",
          reason: `its signals contradict each other: ${wording.contradictions
            .map(({ a, b, why }) => `${a} and ${b}, ${why}`)
            .slice(0, 3)
            .join("; ")}`,
        };
      const options = {
        providers: run.context.providers, port: run.port, treePath: run.treePath, base: run.world.base, id: `lesson-${id}`, lesson: wording.lesson, why: wording.why, cases,
        changesMax: run.config.changes, precisionMin: run.config.precisionMin, judge: (places: readonly Occurrence[]) => judge(run, id, wording.lesson, places),
      };
      if (rung !== "lint") {
        const practice = wording.rule === undefined ? undefined : await forbidsPractice({ ...options, worded: wording.rule });
        return practice === undefined ? { kind: "worded", wording, proof: undefined } : { kind: "refused", reason: practice };
      }
      const proved =
        wording.rule !== undefined
          ? await proveRule({ ...options, worded: wording.rule })
          : wording.test !== undefined
            ? await proveTest({ ...options, context: run.context, worded: wording.test })
            : undefined;
      if (proved === undefined) throw new Error("BUG: expected a rule or a test on the rung lint");
      if (proved.kind === "proved") return { kind: "worded", wording, proof: proved.proof };
      reason = proved.reason;
      if (!proved.isWordable) break;
      text = renderRetry(reason);
    }
    return { kind: "refused", reason };
  } finally { await talk.dispose(); }
}

/** A judge that has not seen how the rule came about. */
async function judge(run: DreamRun, id: string, lesson: string, places: readonly Occurrence[]): Promise<readonly boolean[]> {
  const talk = (await run.asker()).begin(`dream ${id} judge`);
  try {
    const said = await talk.say(renderJudgePrompt(lesson, places));
    return said.kind === "text" ? readVerdicts(said.text, places.length) : places.map(() => false);
  } finally { await talk.dispose(); }
}

interface Proposing {
  readonly cluster: NightCluster;
  readonly terms: readonly string[];
  readonly existing: readonly Existing[];
  readonly rung: Rung;
  readonly note: string;
  readonly earlier: Guardrail | undefined;
  readonly id: string;
  readonly cases: readonly ResolvedCase[];
  readonly wording: Wording;
  readonly proof: Proof | undefined;
}

async function propose(run: DreamRun, { cluster, terms, existing, rung, note, earlier, id, cases, wording, proof }: Proposing): Promise<Decided> {
  const { signals } = cluster;
  const last = signals.at(-1);
  const { guardrail, edits } = assemble(run.world, {
    guardrail: {
      version: 1, id, title: wording.title, rung, lesson: wording.lesson, why: wording.why, causes: cluster.causes.slice(0, 50), terms: [...terms].slice(0, 12),
      signals: signals.slice(-50).map(({ kind, at, link }) => ({ kind, at, link })), lastSignalAt: last?.at ?? run.nowIso, proposedAt: run.nowIso,
    },
    earlier, caseFiles: [...new Set(cases.map(({ file }) => file))], rule: proof === undefined ? undefined : { path: proof.file, text: proof.text }, day: run.nowIso.slice(0, 10),
  });
  const about = {
    cluster: cluster.id,
    title: cluster.title,
    signals: signals.length,
    rung,
    existing,
    guardrail: id,
    lesson: wording.lesson,
    files: edits.map(({ path }) => path),
    ...(proof === undefined ? {} : { replay: proof.replay }),
  };
  const proposalId = run.context.providers.random.id(6);
  const fixtures = proof === undefined ? undefined : { ...proof.fixtures, fromCases: proof.fromCases };
  const met = meetings(run, edits.map(({ path }) => path));
  const published = await publish({
    context: run.context,
    repository: run.repository,
    pullRequests: run.pullRequests,
    treePath: run.treePath,
    base: run.world.base,
    proposalId,
    title: titleOf(guardrail),
    edits,
    rule: proof?.ruleId,
    body: (baselined) =>
      renderProposalBody({
        guardrail,
        signals,
        existing,
        replay: proof?.replay,
        fixtures,
        baselined,
        note: [note, ...met].filter((one) => one !== "").join(" "),
      }),
    message: commitMessageOf(titleOf(guardrail), signals),
  });
  if (published.kind === "refused") return { decision: { ...about, action: "refused", reason: published.reason } };
  const why = note === "" ? (existing.length === 0 ? "nothing stood against it" : "it came back although something stood against it") : note;
  const reason = [why, ...met].join("; ");
  return published.kind === "dry" ? { guardrail, decision: { ...about, action: "proposed", reason: `${reason} (not opened)` } }
    : { guardrail, decision: { ...about, action: "proposed", reason, pullRequest: { id: published.id, url: published.url, branch: published.branch } } };
}

/** What else is open that writes the same files: after one of them is merged the other conflicts there, and a later night writes it anew. */
function meetings({ open }: DreamRun, files: readonly string[]): readonly string[] {
  return open.flatMap((one) => {
    const both = one.files.filter((file) => files.includes(file));
    return both.length === 0 ? [] : [`meets pull request ${one.pullRequest} in ${both.join(", ")}: whichever is merged second is written anew by the next night`];
  });
}
