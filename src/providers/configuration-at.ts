// The policy of a commit: inspan.yaml as git has it there. The one place that reads it, so that what cannot be read is nowhere taken for what is not there.
import type { Configuration } from "../base/config-section.ts";
import { InspanError } from "../base/errors.ts";
import { tailLines } from "../base/text.ts";
import type { OperationContext } from "./context.ts";
import type { Git } from "./git.ts";

const fileName = "inspan.yaml";

/** How git says that a commit has no such path; anything else that it ends with is no answer. */
const isAbsent = (stderr: string): boolean => /does not exist|exists on disk, but not in/.test(stderr);

interface At {
  /** Any folder of the repository. */
  readonly cwd: string;
  readonly commit: string;
  readonly signal?: AbortSignal;
}

/** A file's text at a commit; undefined where the commit has no such path. Rejects with GIT_FAILED where git cannot tell: an unknown commit, a missing object, a folder of that name. */
export async function textAtCommit(git: Git, path: string, { cwd, commit, signal }: At): Promise<string | undefined> {
  const options = { cwd, ...(signal === undefined ? {} : { signal }) };
  const result = await git.run(["cat-file", "blob", `${commit}:${path}`], { ...options, acceptExitCodes: [128] });
  if (result.exitCode === 0) return result.stdout;
  if (isAbsent(result.stderr)) {
    await git.run(["cat-file", "-e", `${commit}^{tree}`], options); // of a commit that it does not know, git says the same
    return undefined;
  }
  throw new InspanError("GIT_FAILED", `Cannot read "${path}" of ${commit.slice(0, 12)}: ${tailLines(result.stderr.trim(), 3)}, expected the file or none.`, {
    remedy: "git fetch, or git fsck",
  });
}

/** The configuration of a commit, the defaults where it has none. Rejects as textAtCommit() and with CONFIG_INVALID; `name` is what its errors call the file. */
export async function configurationAt(context: Pick<OperationContext, "providers" | "parseConfiguration">, at: At, name: string = fileName): Promise<Configuration> {
  return context.parseConfiguration(await textAtCommit(context.providers.git, fileName, at), name);
}
