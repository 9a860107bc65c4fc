// How long a build may take: the times that `inspan build` recorded against a budget. What was never recorded is not known and not judged.
import type { BuildTimeRule } from "../../config/kinds/evidence.ts";
import type { BuildTime } from "../../types/build-times.ts";
import { parseBuildTimes } from "../build-times.ts";
import type { RuleKind } from "./kind.ts";

/** The middle of so many runs: one run beside a video call is no slower build. */
const runsMax = 3;
/** Growth below this is the machine's, not the build's: a known finding only counts as grown by whole steps. */
const stepSeconds = 5;
const nodesShownMax = 5;

export const buildTime: RuleKind<BuildTimeRule> = {
  summary: "A build takes no longer than its budget; `inspan build -- <command>` records each run.",
  why: "A loop of more than a minute is run less often, by people and by agents.",
  example: "- { kind: build-time, build: build, secondsMax: 60 }",
  texts: (rule) => [rule.times],
  checkAll(rule, input) {
    const text = input.texts.get(rule.times)?.text;
    const runs = text === undefined ? [] : parseBuildTimes(text).filter((run) => run.name === rule.build && run.exitCode === 0).slice(-runsMax);
    const last = runs.at(-1);
    const seconds = median(runs.map((run) => run.seconds));
    if (last === undefined || seconds <= rule.secondsMax) return [];
    const nodes = last.nodes.slice(0, nodesShownMax).map((node) => `${node.name} ${node.seconds} s`);
    const line = input.configuration.lineOf(["rules"]);
    return [{
      file: input.configuration.file, line, column: 1, endLine: line, to: rule.build, measure: Math.ceil(seconds / stepSeconds) * stepSeconds,
      found: `${rule.build} took ${round(seconds)} s${runs.length > 1 ? ` (the middle of the last ${runs.length} runs)` : ""}${nodes.length === 0 ? "" : `; it waited longest for ${nodes.join(", ")}`}`,
      expected: `at most ${rule.secondsMax} s`,
      fix:
        nodes.length === 0
          ? `Find out what ${rule.build} waits for, and cache it, split it, or take it out of the build.`
          : `Make ${nameOf(last)} faster (cache its result, split it so that parts run side by side, do less), or take it out of ${rule.build}; then run \`inspan build\` again.`,
    }];
  },
};

function nameOf(run: BuildTime): string {
  return `\`${run.nodes[0]?.name.replaceAll("`", "'") ?? ""}\``;
}


function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}

const round = (seconds: number): number => Math.round(seconds * 10) / 10;
