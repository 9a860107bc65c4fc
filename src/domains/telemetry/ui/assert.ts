// `inspan assert`: what telemetry has to show, from inspan.yaml or a file.
import { resolve } from "node:path";
import { z } from "zod";
import { exitCodes, InspanError } from "../../../base/errors.ts";
import { renderTable } from "../../../base/text.ts";
import { defineOperation, type OperationContext } from "../../../providers/index.ts";
import { type Assertion, AssertionFile, assertionsSection, wrongAssertions } from "../config/assertions.ts";
import type { AssertionResult } from "../service/assertions/judge.ts";
import { shortNumber } from "../service/sparkline.ts";

async function readAssertions(context: OperationContext, file: string | undefined): Promise<readonly Assertion[]> {
  if (file === undefined) {
    const { findWorktreeRoot } = await import("../runtime/commands.ts");
    return (await context.loadConfiguration(findWorktreeRoot(context.cwd))).read(assertionsSection);
  }
  const path = resolve(context.callerPath, file);
  const text = await context.providers.files.readText(path);
  if (text === undefined) throw new InspanError("FILE_MISSING", `Cannot read "${file}": no such file, expected a list of assertions.`, { kind: "usage" });
  const { parse } = await import("yaml");
  let document: unknown;
  try {
    document = parse(text, { maxAliasCount: 50 });
  } catch (error) {
    throw new InspanError("ASSERTIONS_INVALID", `Cannot read "${file}": ${error instanceof Error ? error.message : "broken"}`, { kind: "usage", cause: error });
  }
  const parsed = AssertionFile.safeParse(document);
  if (parsed.success) return parsed.data;
  const wrong = wrongAssertions(document).slice(0, 5).join("; ");
  throw new InspanError(
    "ASSERTIONS_INVALID",
    `Cannot read "${file}": ${wrong === "" ? "expected a list of assertions, or one under the key assertions" : wrong}.`,
    { kind: "usage", remedy: "compare with docs/telemetry.md" },
  );
}

function renderResult({ id, status, query, value, limit, op, evidence, lines, reason }: AssertionResult): string {
  const head = `${status === "pass" ? "ok" : status === "fail" ? "FAIL" : "NO EVIDENCE"}  ${id}: ${value === null ? reason ?? "nothing seen" : `${shortNumber(value)}, expected ${op} ${limit}`}`;
  if (status === "pass") return head;
  const rows = evidence.map(({ labels, value: seen }) => [`    ${Object.entries(labels).map(([name, text]) => `${name}=${text}`).join(" ") || "{}"}`, shortNumber(seen)]);
  return [
    head,
    `    ${query}`,
    ...(rows.length > 0 ? [renderTable(rows)] : []),
    ...(lines ?? []).map((line) => `    | ${line}`),
    ...(evidence[0] ? [`    Next: ${evidence[0].next}`] : []),
  ].join("\n");
}

export const assertOperation = defineOperation({
  name: "telemetry/assert", command: "assert", summary: "Check what telemetry has to show after a workload: start-up times, PromQL, LogQL, durations of spans",
  audience: "both", readOnly: true, positional: ["file"],
  input: z.object({
    file: z.string().optional().describe("File of assertions (YAML or JSON); inspan.yaml unless told"),
    url: z.url().optional().describe("Server to ask instead of this worktree's engine"),
  }),
  handler: async (input, context) => {
    const assertions = await readAssertions(context, input.file);
    if (assertions.length === 0)
      throw new InspanError("ASSERTIONS_ABSENT", "Cannot assert anything: there is no assertion, expected some under assertions in inspan.yaml.", {
        kind: "usage",
        remedy: "inspan assert <file>",
      });
    const { runAssertions } = await import("../runtime/commands.ts");
    return { version: 1, assertions: await runAssertions(context, assertions, input.url) };
  },
  render: ({ assertions }) => assertions.map(renderResult).join("\n"),
  exitCode: ({ assertions }) => (assertions.every(({ status }) => status === "pass") ? exitCodes.fine : exitCodes.findings),
});
