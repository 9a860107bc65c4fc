// `inspan build -- <command>`: a build with its time written down. Its exit code is the build's own.
import { z } from "zod";
import { exitCodes, InspanError } from "../../../base/errors.ts";
import { defineOperation } from "../../../providers/index.ts";
import type { TimedBuild } from "../runtime/time-build.ts";
import { findRoot } from "./find-root.ts";

const build = defineOperation({
  name: "lint/build", command: "build",
  summary: "Run a build and record how long it took, for the rule build-time; never ends it",
  audience: "person", readOnly: false, isCommandLineOnly: true,
  input: z.object({
    name: z.string().min(1).default("build").describe("Which build this is, as in the rule's `build`."),
    command: z.array(z.string()).default([]).describe("The build's command, behind `--`."),
  }),
  positional: ["command"],
  async handler(input, context): Promise<TimedBuild> {
    const [program, ...args] = input.command;
    if (program === undefined)
      throw new InspanError("USAGE", 'Cannot run "inspan build": the command is missing, expected it behind `--`.', {
        kind: "usage",
        remedy: "inspan build -- npm run build",
      });
    const { timeBuild } = await import("../runtime/index.ts");
    return timeBuild({ context, rootPath: await findRoot(context), name: input.name, command: [program, ...args] });
  },
  render(run) {
    const waited = run.nodes.slice(0, 5).map((node) => `${node.name} ${node.seconds} s`);
    return `${run.name}: ${run.seconds} s${run.exitCode === 0 ? "" : `, failed (${run.exitCode === null ? "by a signal" : `exit code ${run.exitCode}`})`}${waited.length === 0 ? "" : `; waited longest for ${waited.join(", ")}`}`;
  },
  exitCode: (run) => (run.exitCode === null ? exitCodes.outside : run.exitCode),
});

export const buildOperations = [build];
