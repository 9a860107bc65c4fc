// `inspan pr lint`: is this body what the repository's template asks for?
import { z } from "zod";
import { exitCodes, InspanError } from "../../../base/errors.ts";
import { plural } from "../../../base/text.ts";
import { lintBody } from "../../forge/index.ts";
import { defineOperation } from "../../../providers/index.ts";

export const lintOperation = defineOperation({
  name: "pull-request/lint", command: "pr lint", summary: "Hold a pull request's body (standard input) against the repository's template: headings, their order, placeholders",
  audience: "person", readOnly: true,
  input: z.object({ body: z.string().max(200_000).optional().describe("The body; standard input unless told") }),
  handler: async ({ body }, context) => {
    const [{ readTemplate }, { openRepository }] = await Promise.all([import("../runtime/index.ts"), import("../../worktree/runtime/index.ts")]);
    const text = body ?? await context.readStdin();
    if (text === undefined)
      throw new InspanError("BODY_MISSING", "Cannot check a body: none was given, expected one on standard input.", {
        kind: "usage",
        remedy: "inspan pr lint < body.md",
      });
    const repository = await openRepository(context);
    const template = await readTemplate({ git: context.providers.git, cwd: repository.rootPath, commit: "HEAD" });
    return { version: 1, template: template?.path ?? null, faults: lintBody(text, template?.text ?? "") };
  },
  render: ({ template, faults }) =>
    faults.length === 0
      ? `OK${template === null ? " (the repository has no template: placeholders alone were looked for)" : ""}`
      : [...faults.map(({ line, found, expected }) => `line ${line}: ${found}, expected ${expected}`), plural(faults.length, "fault")].join("\n"),
  exitCode: ({ faults }) => (faults.length === 0 ? exitCodes.fine : exitCodes.findings),
});
