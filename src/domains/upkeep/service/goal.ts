// Is a head what it was started for: small, in one domain, and rid of its deviation? Pure.
import { plural } from "../../../base/text.ts";
import type { Deviation, Goal } from "../types/index.ts";

export interface GoalFacts {
  readonly goal: Goal;
  readonly changed: readonly { readonly path: string; readonly linesChanged: number }[];
  /** The deviation as the head still has it; undefined where it is gone. */
  readonly left: Deviation | undefined;
  domainOf(file: string): string;
}

/** Written by programs: their lines are read by nobody. */
const isGenerated = (path: string): boolean => /(^|\/)(package-lock\.json|pnpm-lock\.yaml|yarn\.lock|Cargo\.lock|go\.sum|uv\.lock|poetry\.lock)$|(^|\/)generated\//.test(path);

export function judgeGoalFacts({ goal, changed, left, domainOf }: GoalFacts): readonly string[] {
  const read = changed.filter(({ path }) => !isGenerated(path));
  const lines = read.reduce((sum, { linesChanged }) => sum + linesChanged, 0);
  const domains = [...new Set(read.map(({ path }) => domainOf(path)).filter((domain) => domain !== ""))].sort();
  return [
    ...(left === undefined ? [] : [`The deviation is still there: ${left.file}:${left.line} ${left.found} ${left.fix}`]),
    ...(lines > goal.linesMax
      ? [
          `The change has ${plural(lines, "changed line")}, expected at most ${goal.linesMax}: it has to be read in a minute. Undo what this deviation does not need.`,
        ]
      : []),
    ...(read.length > goal.filesMax ? [`The change touches ${plural(read.length, "file")}, expected at most ${goal.filesMax}.`] : []),
    ...(domains.length > 1 ? [`The change touches the domains ${domains.join(", ")}, expected one. Undo the rest; it is another pull request.`] : []),
    ...(goal.kind === "document" && read.some(({ path }) => !/\.(md|mdx|markdown|txt|ya?ml)$/i.test(path))
      ? [
          `A document is mended, and code is left as it is: undo ${read
            .filter(({ path }) => !/\.(md|mdx|markdown|txt|ya?ml)$/i.test(path))
            .map(({ path }) => path)
            .slice(0, 5)
            .join(", ")}.`,
        ]
      : []),
  ];
}
