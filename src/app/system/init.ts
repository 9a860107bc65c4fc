// `inspan init`: writes what a repository lacks, as contributed by the domains; an existing file is never touched, so twice gives no difference.
import { join } from "node:path";
import { z } from "zod";
import { InspanError } from "../../base/errors.ts";
import { defineOperation } from "../../providers/index.ts";

export const initOperation = defineOperation({
  name: "system/init", command: "init", summary: "Scaffold a repository, new or old; existing files are left as they are",
  audience: "person", readOnly: false,
  input: z.object({ dryRun: z.boolean().default(false).describe("Only say what would be written") }),
  handler: async (input, context) => {
    const { loadContributions } = await import("../contributions.ts");
    const { files } = context.providers;
    const steps = (await loadContributions()).flatMap((contribution) => contribution.initSteps ?? []);
    const written: string[] = [];
    const kept: string[] = [];
    for (const step of steps) {
      for (const file of await step.plan(context, context.cwd)) {
        const path = join(context.cwd, file.path);
        if (!path.startsWith(`${context.cwd}/`)) throw new InspanError("PATH_ESCAPE", `Cannot write "${file.path}": it lies outside of the repository.`);
        if (await files.facts(path)) { kept.push(file.path); continue; }
        if (!input.dryRun) await files.writeText(path, file.text);
        written.push(file.path);
      }
    }
    return { version: 1, isDryRun: input.dryRun, written, kept };
  },
  render: ({ isDryRun, written, kept }) => [
    ...written.map((path) => `${isDryRun ? "would write" : "wrote"} ${path}`),
    `${isDryRun ? "Would write" : "Wrote"} ${written.length}, left ${kept.length} as they are.`,
    "Next: read AGENTS.md and inspan.yaml, make them true, then run: inspan check",
  ].join("\n"),
});
