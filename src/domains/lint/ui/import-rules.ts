// The command that takes over the rules of another tool.
import { relative, resolve } from "node:path";
import { z } from "zod";
import { plural } from "../../../base/text.ts";
import { defineOperation } from "../../../providers/index.ts";
import type { ImportReport } from "../types/import-report.ts";
import { findRoot } from "./find-root.ts";

const importRules = defineOperation({
  name: "lint/import-rules", command: "import-rules",
  summary: "Print the rules of dependency-cruiser, eslint-plugin-boundaries, import-linter or tach as rules for inspan.yaml",
  audience: "person", readOnly: false,
  input: z.object({
    file: z.string().min(1).optional().describe("The other tool's configuration; the first one at the root unless told."),
    write: z.boolean().default(false).describe("Write them into a new inspan.yaml; one that is there is never changed."),
  }),
  positional: ["file"],
  async handler(input, context): Promise<ImportReport> {
    const { runImportRules } = await import("../runtime/index.ts");
    const rootPath = await findRoot(context);
    const file = input.file === undefined ? undefined : relative(rootPath, resolve(context.cwd, input.file)).replaceAll("\\", "/");
    return runImportRules({ providers: context.providers, rootPath, ...(file === undefined ? {} : { file }), isWriting: input.write, signal: context.signal });
  },
  render(report) {
    if (!report.isWritten) return report.yaml.trimEnd();
    return [
      `Wrote inspan.yaml: ${plural(report.rules, "rule")} from ${report.file}, ${report.notCarried.length} not carried over.`,
      ...report.notCarried.map((one) => `- ${one}`),
      "Next: inspan check",
    ].join("\n");
  },
});

export const importOperations = [importRules];
