// Title and body of a proposal's pull request: what it rests on, so that a person can judge it in a minute. Pure.
import { boundText, withoutControls } from "../../../base/text.ts";
import type { StoredSignal } from "../../feedback/index.ts";
import type { Existing, Guardrail, Replay } from "../types.ts";

const signalsShown = 20;
const lineCharsMax = 200;

/** A line that can neither open a fence, nor a comment, nor mention anybody, nor pass for a trailer. */
export function quiet(text: string): string {
  const line = withoutControls(text)
    .replaceAll(/\s+/g, " ")
    .trim()
    .replaceAll("`", "'")
    .replaceAll(/<(?=[!/a-z])/gi, "‹")
    .replaceAll(/@(?=\w)/g, "@\u2060")
    .replaceAll(/^(inspan-[\w-]+)\s*:/gi, "$1 =");
  return line.length <= lineCharsMax ? line : `${line.slice(0, lineCharsMax - 1)}…`;
}

/** The commit names its newest signals: a night that finds the pull request of one that was killed knows by them what it answers. */
export const commitMessageOf = (title: string, signals: readonly Pick<StoredSignal, "id">[]): string =>
  `${title}\n\nSignals ${signals
    .slice(-signalsShown)
    .map(({ id }) => id)
    .join(", ")}.\n`;

export function signalIdsOf(message: string): readonly number[] {
  const listed = /^Signals ((?:\d{1,15}, ){0,50}\d{1,15})\.$/m.exec(message)?.[1];
  return listed === undefined ? [] : listed.split(", ").map(Number);
}

export interface BodyInput {
  readonly guardrail: Guardrail; readonly signals: readonly StoredSignal[]; readonly existing: readonly Existing[]; readonly replay: Replay | undefined;
  readonly fixtures: { readonly invalid: number; readonly valid: number; readonly fromCases: readonly string[] } | undefined; readonly baselined: number; readonly note: string;
}

export const titleOf = ({ title, rung }: Pick<Guardrail, "title" | "rung">): string => `guardrail: ${quiet(title)} (${rung})`;

export function renderProposalBody({ guardrail, signals, existing, replay, fixtures, baselined, note }: BodyInput): string {
  const shown = signals.slice(-signalsShown);
  const percent = replay?.precision === undefined ? "nothing that could be judged" : `${Math.round(replay.precision * 1000) / 10} % right`;
  return boundText([
    "## What", "", `${quiet(guardrail.lesson)}`, "", `Rung: ${guardrail.rung}, in \`${guardrail.file}\`. Guardrail \`${guardrail.id}\`.`, ...(note === "" ? [] : ["", note]), "",
    "## Why", "", quiet(guardrail.why), "",
    ...(existing.length === 0
      ? ["Nothing stood against it."]
      : [
          "It came back although there was:",
          ...existing.map(({ rung, where, since }) => `- ${rung}: ${quiet(where)}${since === "" ? "" : `, since ${since.slice(0, 10)}`}`),
        ]),
    "",
    `## Signals (${signals.length})`,
    "",
    ...shown.map(({ id, at, kind, title, link }) => `- ${id} ${at.slice(0, 10)} ${kind}: ${quiet(title)}${link === "" ? "" : ` (\`${quiet(link)}\`)`}`),
    ...(signals.length > shown.length ? [`- and ${signals.length - shown.length} earlier ones`] : []),
    "",
    ...(fixtures === undefined
      ? []
      : [
          "## Fixtures",
          "",
          `${fixtures.invalid} texts that the rule finds, ${fixtures.valid} that it passes; from the real cases: ${fixtures.fromCases.map((one) => `\`${quiet(one)}\``).join(", ")}.`,
          ...(baselined > 0 ? [`${baselined} known places go into the baseline.`] : []),
          "",
        ]),
    ...(replay === undefined
      ? []
      : [
          "## Replay",
          "",
          `Over the last ${replay.changes} changes it would have found ${replay.found}: ${replay.right} right, ${replay.wrong} wrong, ${replay.unjudged} not judged; ${percent}.`,
          ...replay.wrongPlaces.map((place) => `- wrong: \`${quiet(place)}\``),
          "",
        ]),
    "A guardrail binds every change from now on: a person merges it, or closes it; a closed one is not proposed again.",
  ].join("\n"), 20_000);
}
