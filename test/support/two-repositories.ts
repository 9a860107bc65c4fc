// Two repositories with a bare origin each, one prompt over both, and the form of its result. For tests of changes that belong together.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { git } from "./desk-repository.ts";
import { runInspan, type CliEvent, type CliRun } from "./inspan-process.ts";
import { makeTaskWorld } from "./task-world.ts";

export const checks = 'checks: [{ name: test, run: "for file in test/*.mjs; do node $file || exit 1; done" }]\n';

/** The caller closes its world. */
export async function makeTwo(options: { readonly secondYaml?: string } = {}) {
  const world = await makeTaskWorld({ names: ["both"], yaml: `${checks}merge: { policy: auto }\n` });
  const [second, origin] = [join(world.folder, "second"), join(world.folder, "second.git")];
  git(world.folder, "clone", "--quiet", "--bare", world.path, origin);
  git(world.folder, "clone", "--quiet", origin, second);
  if (options.secondYaml !== undefined) {
    writeFileSync(join(second, "inspan.yaml"), `version: 1\n${options.secondYaml}`);
    git(second, "commit", "--quiet", "-am", "policy");
    git(second, "push", "--quiet", "origin", "main");
  }
  const env = { INSPAN_HOME: world.statePath, INSPAN_MODEL_BASE_URL: world.model.url, INSPAN_MODEL: "scripted" };
  const inSecond = (args: readonly string[]): Promise<CliRun> => runInspan(args, { cwd: second, env });
  const subjects = (at: string): readonly string[] => git(at, "log", "--format=%s", "main").split("\n").filter((line) => line === "Mend both");
  const start = (onEvent?: (event: CliEvent, kill: (signal: NodeJS.Signals) => void) => void): Promise<CliRun> =>
    runInspan(["task", "run", "Mend both", "--also", second, "--json"], { cwd: world.path, env, ...(onEvent ? { onEvent } : {}) });
  return { world, second, origin, inSecond, subjects, start };
}

export interface GroupEnd {
  readonly state: string;
  readonly tasks: readonly { readonly taskId: string; readonly state: string; readonly hold?: { readonly reason: string; readonly question: string } }[];
  readonly group: { readonly state: string; readonly order: readonly string[]; readonly missing: readonly string[]; readonly reverts: readonly string[] };
}
export const groupEnd = (run: CliRun): GroupEnd => run.events.at(-1) as unknown as GroupEnd; // our own result
