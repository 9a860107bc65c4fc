// Worktrees on the command line.
import { z } from "zod";
import { renderTable } from "../../../base/text.ts";
import { defineOperation, type Contribution, type OperationContext } from "../../../providers/index.ts";
import { copySection, setupSection } from "../config.ts";

async function open(context: OperationContext) {
  const runtime = await import("../runtime/index.ts");
  return { runtime, repository: await runtime.openRepository(context) };
}

const listOperation = defineOperation({
  name: "worktree/list", command: "worktree list", summary: "List the worktrees that Inspan made of this repository",
  audience: "person", readOnly: true,
  input: z.object({}),
  handler: async (_input, context) => {
    const { runtime, repository } = await open(context);
    return { version: 1, worktrees: await runtime.listWorktrees(context.providers, repository) };
  },
  render: ({ worktrees }) =>
    worktrees.length === 0
      ? "No worktree."
      : renderTable([
          ["OWNER", "BRANCH", "STATE", "MIB", "PATH"],
          ...worktrees.map((worktree) => [
            worktree.owner ?? "nobody",
            worktree.branch ?? "(detached)",
            worktree.isDirty ? "uncommitted work" : "clean",
            String(Math.ceil(worktree.sizeBytes / 1024 ** 2)),
            worktree.path,
          ]),
        ]),
});

const pruneOperation = defineOperation({
  name: "worktree/prune", command: "worktree prune", summary: "Remove worktrees that no task needs; uncommitted work is kept under refs/inspan/rescue/",
  audience: "person", readOnly: false,
  input: z.object({ idle: z.boolean().default(false).describe("Also those of tasks at rest that no process works on") }),
  handler: async (input, context) => {
    const { runtime, repository } = await open(context);
    return { version: 1, ...(await runtime.pruneWorktrees(context.providers, repository, { isIdleIncluded: input.idle })) };
  },
  render: ({ removed, kept }) => [
    ...removed.map((entry) => `removed ${entry.path}${entry.rescueRef ? `, uncommitted work kept as ${entry.rescueRef}` : ""}`),
    `Removed ${removed.length}, kept ${kept}.`,
    ...(removed.some((entry) => entry.rescueRef) ? ["Next, to see rescued work: git show <ref>"] : []),
  ].join("\n"),
});

export const contribution: Contribution = { domain: "worktree", operations: [listOperation, pruneOperation], configSections: [copySection, setupSection] };
