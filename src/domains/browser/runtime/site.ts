// Which worktree a call is for, and which text says what its pages may reach. Reads files alone: every call starts here.
import { basename, dirname, join, sep } from "node:path";
import { fingerprint } from "../../../base/hash.ts";
import { configurationAt, type Files, type OperationContext } from "../../../providers/index.ts";
import type { Configuration } from "../../../base/config-section.ts";
import { findCheckout } from "../../instance/runtime/index.ts";
import type { BrowserPolicy } from "../types/index.ts";

/** A commit as git writes it, in SHA-1 or SHA-256. */
const commitPattern = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;

export interface Site {
  readonly rootPath: string;
  readonly key: string;
  /**
   * Whose inspan.yaml counts. A person's own worktree: the file as it lies there. A linked one, where agents write: the commit that it began at, or what
   * the main worktree has committed; undefined where files alone do not tell that.
   */
  readonly policy: { readonly kind: "file" } | { readonly kind: "commit"; readonly commit: string | undefined };
  /** Of that text; "none" where it says nothing about browsers, undefined where it is not known yet. */
  readonly stamp: string | undefined;
}

/** Of a worktree that we made for a task, by its record. */
async function readBaseCommit(files: Files, rootPath: string, statePath: string): Promise<string | undefined> {
  if (!rootPath.startsWith(`${statePath}${sep}`) || basename(dirname(rootPath)) !== "worktrees") return undefined;
  const record = await files.readText(join(dirname(dirname(rootPath)), "worktree-records", `${basename(rootPath)}.json`));
  const commit = /"baseCommit":\s*"([0-9a-f]+)"/.exec(record ?? "")?.[1];
  return commit !== undefined && commitPattern.test(commit) ? commit : undefined;
}

/** What the main worktree has checked out; undefined where its references are kept in another form than files. */
async function readHead(files: Files, commonPath: string): Promise<string | undefined> {
  const head = (await files.readText(join(commonPath, "HEAD")))?.trim() ?? "";
  if (commitPattern.test(head)) return head;
  const name = /^ref: (refs\/[^\s\0]+)$/.exec(head)?.[1];
  if (name === undefined || name.split("/").includes("..")) return undefined;
  const loose = (await files.readText(join(commonPath, name)))?.trim();
  const packed = loose === undefined ? (await files.readText(join(commonPath, "packed-refs")))?.split("\n").find((line) => line.endsWith(` ${name}`))?.split(" ")[0] : undefined;
  const commit = loose ?? packed ?? "";
  return commitPattern.test(commit) ? commit : undefined;
}

export async function findSite(files: Files, { cwd, statePath }: { readonly cwd: string; readonly statePath: string }): Promise<Site> {
  const { rootPath, key, commonPath, isLinked } = await findCheckout({ providers: { files }, cwd });
  if (isLinked && commonPath !== undefined) {
    const commit = await readBaseCommit(files, rootPath, files.now.realPath(statePath) ?? statePath) ?? await readHead(files, commonPath);
    return { rootPath, key, policy: { kind: "commit", commit }, stamp: commit };
  }
  const text = await files.readText(join(rootPath, "inspan.yaml"));
  return { rootPath, key, policy: { kind: "file" }, stamp: text === undefined || !/^["']?browser\b/m.test(text) ? "none" : fingerprint(text) };
}

/** Of the text that counts; rejects with CONFIG_INVALID. */
export async function readPolicyConfiguration(
  context: Pick<OperationContext, "providers" | "loadConfiguration" | "parseConfiguration">,
  { policy, rootPath }: Site,
): Promise<{ readonly configuration: Configuration; readonly stamp: string | undefined }> {
  if (policy.kind === "file") return { configuration: await context.loadConfiguration(rootPath), stamp: undefined };
  const commit = policy.commit ?? await headOfMain(context.providers.git, rootPath);
  return { configuration: await configurationAt(context, { cwd: rootPath, commit }, `inspan.yaml of ${commit.slice(0, 12)}`), stamp: commit };
}

/** The main worktree's, asked of git itself. */
async function headOfMain(git: OperationContext["providers"]["git"], rootPath: string): Promise<string> {
  const common = await git.text(["rev-parse", "--path-format=absolute", "--git-common-dir"], { cwd: rootPath });
  return git.text(["--git-dir", common, "rev-parse", "HEAD"], { cwd: rootPath });
}

export function policyOf(
  stamp: string,
  config: { readonly origins: readonly string[]; readonly viewport: BrowserPolicy["viewport"]; readonly mask: readonly string[] },
): BrowserPolicy {
  return { stamp, origins: config.origins, viewport: config.viewport, mask: config.mask };
}
