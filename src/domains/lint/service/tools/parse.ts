// What ruff (`--output-format json`) and oxlint (`--format json`) print, as complaints of one form. Pure; a text of another form is undefined.
import { z } from "zod";
import type { ToolComplaint, ToolName } from "../../types/tool-report.ts";

/** More is a linter that was never run before: its own baseline comes first. */
const complaintsMax = 50_000;

const Place = z.object({ row: z.int().min(0), column: z.int().min(0) });
const RuffComplaint = z.object({
  code: z.string().nullish(), filename: z.string().min(1), message: z.string(), url: z.string().nullish(), severity: z.string().optional().catch(undefined),
  location: Place.nullish(), end_location: Place.nullish(),
  fix: z.object({ applicability: z.string(), message: z.string().nullish(), edits: z.array(z.object({ content: z.string(), location: Place, end_location: Place })) }).nullish(),
});
const OxlintComplaint = z.object({
  code: z.string().nullish(), filename: z.string().min(1), message: z.string(), severity: z.string().optional(), help: z.string().nullish(), url: z.string().nullish(),
  labels: z
    .array(z.object({ span: z.object({ line: z.int().optional(), column: z.int().optional(), offset: z.int().optional(), length: z.int().optional() }) }))
    .optional()
    .catch(undefined),
});
const Ruff = z.array(RuffComplaint);
const Oxlint = z.object({ diagnostics: z.array(OxlintComplaint) });

/** In the order of the tool. Undefined where the text is not what the tool prints. */
export function parseToolReport(tool: ToolName, text: string): readonly ToolComplaint[] | undefined {
  let value: unknown;
  // ruff and npx write warnings in front of the JSON where both streams go to one file.
  try { value = JSON.parse(text); } catch { value = parseFrom(text, tool === "ruff" ? /^\[/m : /^\{/m); }
  const found = tool === "ruff" ? ofRuff(value) : ofOxlint(value);
  return found?.slice(0, complaintsMax);
}

function parseFrom(text: string, start: RegExp): unknown {
  const at = text.search(start);
  if (at <= 0) return undefined;
  try { return JSON.parse(text.slice(at)); } catch { return undefined; } // not JSON at all
}

function ofRuff(value: unknown): readonly ToolComplaint[] | undefined {
  const parsed = Ruff.safeParse(value);
  if (!parsed.success) return undefined;
  return parsed.data.map((one): ToolComplaint => {
    const line = Math.max(1, one.location?.row ?? 1);
    const isSafe = one.fix?.applicability === "safe";
    return {
      tool: "ruff", file: one.filename, code: one.code ?? "", severity: one.severity === "warning" ? "warning" : "error", message: one.message,
      line, column: Math.max(1, one.location?.column ?? 1), endLine: Math.max(line, one.end_location?.row ?? line),
      advice: one.fix?.message ?? undefined, url: one.url ?? undefined,
      edits: isSafe
        ? (one.fix?.edits ?? []).map((edit) => ({
            line: edit.location.row,
            column: edit.location.column,
            endLine: edit.end_location.row,
            endColumn: edit.end_location.column,
            text: edit.content,
          }))
        : [],
    };
  });
}

function ofOxlint(value: unknown): readonly ToolComplaint[] | undefined {
  const parsed = Oxlint.safeParse(value);
  if (!parsed.success) return undefined;
  return parsed.data.diagnostics.map((one): ToolComplaint => {
    const span = one.labels?.[0]?.span;
    const line = Math.max(1, span?.line ?? 1);
    return {
      tool: "oxlint", file: one.filename, code: one.code ?? "", severity: one.severity === "error" ? "error" : "warning", message: one.message,
      line, column: Math.max(1, span?.column ?? 1), endLine: line, advice: one.help ?? undefined, url: one.url ?? undefined, edits: [],
    };
  });
}
