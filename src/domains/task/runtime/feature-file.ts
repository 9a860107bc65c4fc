// The file of a feature list: read at a commit, written into a worktree by the harness alone.
import { dirname, join } from "node:path";
import { InspanError } from "../../../base/errors.ts";
import { textAt } from "../../worktree/runtime/index.ts";
import type { Commit } from "../../worktree/index.ts";
import { renderFeatureList } from "../service/features.ts";
import { FeatureList, type TaskState } from "../types/index.ts";
import type { TaskRun } from "./run.ts";

// A list of a hundred features with all their notes has less.
const fileCharsMax = 2_000_000;

/** A path of the repository as a person types it, or FEATURES_PATH. */
export function featuresPathOf(typed: string): string {
  const path = typed.replace(/^\.\//, "");
  const isInside = path !== "" && !path.startsWith("/") && !path.includes("\\") && path.split("/").every((part) => part !== "" && part !== ".." && part !== "." && part !== ".git");
  if (isInside && path.endsWith(".json")) return path;
  throw new InspanError(
    "FEATURES_PATH",
    `Cannot keep a list of features in "${typed}": expected a .json file inside of the repository, as a path from its root.`,
    { kind: "usage", remedy: 'inspan task run "<the job>" --features docs/exec-plans/active/features.json' },
  );
}

/** The list at a commit; undefined where there is none. Rejects with FEATURES_BROKEN. */
export async function readFeatureList(run: TaskRun, commit: Commit, path: string): Promise<FeatureList | undefined> {
  const text = await textAt(run.providers.git, run.repository.rootPath, { commit, file: path });
  if (text === undefined) return undefined;
  const refuse = (state: string): InspanError =>
    new InspanError("FEATURES_BROKEN", `Cannot read the features in "${path}" at ${commit.slice(0, 10)}: ${state}.`, {
      kind: "usage",
      remedy: `correct ${path}, commit and push it; its form: {"version":1,"goal":"…","features":[{"id":"a","description":"…","check":"node --test test/a.test.ts","passes":false}]}`,
    });
  if (text.length > fileCharsMax) throw refuse(`it has ${text.length} characters, expected at most ${fileCharsMax}`);
  let value: unknown;
  try { value = JSON.parse(text); } catch { throw refuse("it is no JSON"); }
  const parsed = FeatureList.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw refuse(`${issue?.path.join(".") ?? ""} ${issue?.message ?? ""}`.trim());
}

/** Puts the list as the task knows it into the worktree; what an agent made of the file is overwritten. Rejects with PATH_ESCAPE where a folder of it is a link. */
export async function writeFeatureFile(run: TaskRun, state: TaskState): Promise<void> {
  const { features, worktree } = state;
  if (!features?.list || !worktree) return;
  const { files } = run.providers;
  for (let path = features.path; path !== "."; path = dirname(path)) {
    const kind = (await files.facts(join(worktree.path, path)))?.kind;
    if (kind === "link" || (path === features.path && kind === "folder"))
      throw new InspanError(
        "PATH_ESCAPE",
        `Cannot write "${features.path}": "${path}" is a ${kind}, expected the list's own file in folders of the repository.`,
        { remedy: `inspan task takeover ${state.id}, remove it, then: inspan task resume ${state.id}` },
      );
  }
  const text = renderFeatureList(features.list);
  const path = join(worktree.path, features.path);
  if ((await files.readText(path)) !== text) await files.writeText(path, text);
}
