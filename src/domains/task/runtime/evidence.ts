// The evidence of a task on its way to people: the words in the pull request, the page for whoever decides, and the ref at the remote.
import { messageOf } from "../../../base/errors.ts";
import { plural } from "../../../base/text.ts";
import { lacking, renderEvidence, type EvidenceBundle, type ReviewPacket } from "../../evidence/index.ts";
import { evidenceFolder, readEvidence, writeReviewPacket } from "../../evidence/runtime/index.ts";
import type { PullRequests } from "../../pull-request/runtime/index.ts";
import type { TaskState } from "../types/index.ts";
import { renderJourneys } from "../service/journeys.ts";
import { headOf, worktreeOf } from "./effect-context.ts";
import type { TaskRun } from "./run.ts";

const read = (run: TaskRun, state: TaskState): Promise<EvidenceBundle | undefined> => readEvidence(run.context, state.id);

/** For the pull request's body; undefined where nothing was recorded and no journey is touched. */
export async function describeEvidence(run: TaskRun, state: TaskState): Promise<string | undefined> {
  const bundle = await read(run, state);
  const lines = [...renderJourneys(state.journeys ?? []), ...(bundle === undefined ? [] : renderEvidence(bundle))];
  if (lines.length === 0) return undefined;
  return [
    ...lines,
    ...(bundle === undefined ? [] : ["", `One page with all of it: \`inspan pr show\` names it (kept as refs/inspan/evidence/${state.id} at the remote).`]),
  ].join("\n");
}

/** For reviewers: what the harness saw; they may demand more. */
export async function evidenceForReviewers(run: TaskRun, state: TaskState): Promise<string> {
  const bundle = await read(run, state);
  const lines = [...renderJourneys(state.journeys ?? []), ...(bundle === undefined ? [] : renderEvidence(bundle))];
  return lines.length === 0 ? "Nothing was recorded." : lines.join("\n");
}

function packetOf(state: TaskState, bundle: EvidenceBundle): ReviewPacket {
  const { reproduction, review } = state;
  const shown =
    reproduction?.kind === "shown"
      ? [`\`${reproduction.command}\` failed before the change and passes now.`]
      : reproduction?.kind === "none"
        ? []
        : ["Each feature's check failed before and passes now."];
  const open = review.findings.filter((finding) => finding.state !== "resolved" && finding.state !== "accepted-pushback");
  return {
    version: 1, title: state.title, what: state.plan?.summary ?? state.title, why: state.prompt, proof: [...shown, ...renderJourneys(state.journeys ?? [])],
    risks: [
      ...(reproduction?.kind === "none" ? [`Nothing was seen to fail before: ${reproduction.reason}`] : []),
      ...lacking(bundle).map(({ what, why }) => `No ${what}, because ${why}`),
      ...(state.journeys ?? [])
        .filter(({ status }) => status !== "pass")
        .map(
          ({ id, status, detail }) =>
            `The journey ${id} ${status === "fail" ? "fails, as it did before the change" : "was not played"}: ${detail.split("\n")[0] ?? ""}`,
        ),
      ...open.map((finding) => `${finding.priority} ${finding.title}: ${finding.state}${finding.reply === undefined ? "" : `, ${finding.reply.reason}`}`),
    ],
    review:
      review.rounds.length === 0
        ? []
        : [
            `${plural(review.rounds.length, "round")}, ${plural(review.findings.length, "finding")}`,
            ...review.findings.map((finding) => `${finding.priority} ${finding.reviewer}: ${finding.title}: ${finding.state}`),
          ],
    head: `${headOf(state)} on ${worktreeOf(state).branch}`,
  };
}

/** The page, and all of it at the remote. What cannot be carried there stays here, and is said: evidence never stops a change that passed. */
export async function publishEvidence(pullRequests: PullRequests, run: TaskRun, state: TaskState): Promise<void> {
  const bundle = await read(run, state);
  if (bundle === undefined) return;
  const { indexPath } = await writeReviewPacket(run.context, state.id, packetOf(state, bundle));
  const films = bundle.items.toReversed().sort((left, right) => Number(right.kind === "video") - Number(left.kind === "video")).map(({ file }) => file);
  try {
    const { ref, commit, leftOut } = await pullRequests.attachEvidence({
      task: state.id,
      folder: evidenceFolder(run.context.statePath, state.id),
      names: ["index.html", "bundle.jsonl", "packet.json", ...films],
      message: `Evidence of ${state.id}: ${state.title}`,
    });
    await run.record(state, [{ type: "evidence-attached", data: { ref, commit, page: indexPath, leftOut } }]);
  } catch (error) {
    run.providers.log.warn("task.evidence.not-attached", { taskId: state.id, message: messageOf(error) });
    await run.record(state, [{ type: "evidence-attached", data: { ref: null, page: indexPath, reason: messageOf(error).slice(0, 500) } }]);
  }
}
