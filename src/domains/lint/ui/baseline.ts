// The commands about known findings. A baseline gets shorter by itself and longer only with a reason.
import { z } from "zod";
import { exitCodes, InspanError } from "../../../base/errors.ts";
import { nameInLine, plural } from "../../../base/text.ts";
import { defineOperation } from "../../../providers/index.ts";
import type { BaselineChange, BaselineReport } from "../types/baseline.ts";
import { findRoot } from "./find-root.ts";

/** More lines of a delta are not read; the file's own diff has them all. */
const changesShownMax = 20;

const update = defineOperation({
  name: "lint/baseline-update", command: "baseline update",
  summary: "Make the baseline of known findings fit what is found now; it only gets shorter unless --accept-new is given",
  audience: "person", readOnly: false,
  input: z.object({
    acceptNew: z.boolean().default(false).describe("Take in findings that are new; needs --reason."),
    import: z.array(z.string()).default([]).describe("Findings of another linter that take part, as in `inspan check --import`; without it what is known of them stays."),
    rule: z.array(z.string().min(1)).max(50).default([]).describe("With --accept-new: only what is new of this rule; the rest stays a finding."),
    reason: z.string().min(1).optional().describe("Why the new findings are accepted; written beside each."),
  }),
  async handler(input, context): Promise<BaselineReport> {
    if (input.acceptNew && input.reason === undefined) {
      throw new InspanError(
        "USAGE",
        'Cannot run "inspan baseline update --accept-new": --reason is missing, expected a sentence on why new findings are accepted.',
        { kind: "usage", remedy: 'inspan baseline update --accept-new --reason "first run on old code"' },
      );
    }
    if (input.rule.length > 0 && !input.acceptNew) {
      throw new InspanError(
        "USAGE",
        'Cannot run "inspan baseline update --rule": --accept-new is missing, expected it beside the rules whose new findings are accepted.',
        { kind: "usage", remedy: 'inspan baseline update --accept-new --rule <name> --reason "…"' },
      );
    }
    const { contributedBy, readToolReports, updateBaseline } = await import("../runtime/index.ts");
    const rootPath = await findRoot(context);
    return updateBaseline({
      providers: context.providers, rootPath, configuration: await context.loadConfiguration(rootPath), signal: context.signal, contributed: await contributedBy(context),
      ...(input.import.length === 0
        ? {}
        : {
            reports: await readToolReports({
              providers: context.providers,
              named: input.import,
              cwd: context.callerPath,
              readStdin: () => context.readStdin(),
            }),
          }),
      ...(input.acceptNew && input.reason !== undefined ? { acceptReason: input.reason } : {}),
      ...(input.rule.length === 0 ? {} : { acceptRules: input.rule }),
    });
  },
  render: renderBaselineReport,
  exitCode: (report) => (report.isRefused ? exitCodes.findings : exitCodes.fine),
});

export function renderBaselineReport(report: BaselineReport): string {
  const total = (list: readonly BaselineChange[]) => list.reduce((sum, one) => sum + one.count, 0);
  const lines = [
    ...report.moved.slice(0, changesShownMax).map((one) => `> ${one.rule} ${nameInLine(one.from)} → ${nameInLine(one.from === one.nowFrom ? one.nowTo : one.nowFrom)} (moved)`),
    ...(report.moved.length > changesShownMax ? [`> and ${report.moved.length - changesShownMax} more`] : []),
    ...shown(report.removed, "-"), ...shown(report.added, "+"),
    `${report.file}: ${plural(report.before, "known finding")} before, ${report.after} now; ${total(report.removed)} gone, ${total(report.added)} new${report.isWritten ? "" : "; not written"}`,
  ];
  if (report.left.length > 0)
    lines.push(
      `${plural(total(report.left), "new finding")} of other rules ${total(report.left) === 1 ? "stays" : "stay"} (inspan check): ${[...new Set(report.left.map(({ rule }) => rule))].slice(0, 5).join(", ")}`,
    );
  if (report.isRefused) lines.push('The new ones are refused: repair them (inspan check), or accept them with: inspan baseline update --accept-new --reason "…"');
  return lines.join("\n");
}

function shown(list: readonly BaselineChange[], sign: string): string[] {
  const lines = list
    .slice(0, changesShownMax)
    .map((one) => `${sign} ${one.rule} ${nameInLine(one.from)}${one.to === "" ? "" : ` → ${nameInLine(one.to)}`}${one.count > 1 ? ` (${one.count})` : ""}`);
  return list.length > changesShownMax ? [...lines, `${sign} and ${list.length - changesShownMax} more`] : lines;
}

export const baselineOperations = [update];
