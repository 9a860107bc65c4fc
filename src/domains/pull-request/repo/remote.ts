// The remote of a repository: what its refs are, and one guarded update of a ref. Knows no pull request.
import { InspanError, isAbort, messageOf } from "../../../base/errors.ts";
import { tailLines } from "../../../base/text.ts";
import type { Git } from "../../../providers/index.ts";
import type { Repository } from "../../worktree/index.ts";

// A push or fetch of a large repository over a slow line; above this the line is taken for dead.
const transferTimeoutMs = 300_000;
// Tasks that run together fetch the same notes; git lets one of them write a ref, and the others look again. More than this is no race.
const fetchTriesMax = 6;

export interface RemotePort { readonly git: Git; readonly repository: Repository; readonly signal?: AbortSignal }

function optionsOf(port: RemotePort) {
  return { cwd: port.repository.rootPath, timeoutMs: transferTimeoutMs, ...(port.signal ? { signal: port.signal } : {}) };
}

/** Rejects with REMOTE_MISSING where the repository has no remote to push to. */
export function remoteNameOf(repository: Repository): string {
  if (repository.remote) return repository.remote.name;
  throw new InspanError("REMOTE_MISSING", `Cannot use pull requests in "${repository.name}": it has no remote, expected one named origin.`, {
    kind: "usage",
    remedy: "git remote add origin <address>",
  });
}

function unreachable(action: string, port: RemotePort, said: string, cause?: unknown): InspanError {
  return new InspanError("REMOTE_UNREACHABLE", `Cannot ${action} "${port.repository.remote?.name ?? "origin"}": ${tailLines(said.trim(), 8)}`, {
    remedy: `git ls-remote ${port.repository.remote?.name ?? "origin"}`,
    cause,
    isRetryable: true,
  });
}

/** Full names of refs to commits, for those that match the patterns. Rejects with REMOTE_UNREACHABLE: a failed look is not "gone". */
export async function readRemoteRefs(port: RemotePort, patterns: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const remote = remoteNameOf(port.repository);
  try {
    const { stdout } = await port.git.run(["ls-remote", "--quiet", remote, ...patterns], optionsOf(port));
    const rows = stdout.split("\n").flatMap((line) => { const [commit = "", ref = ""] = line.split("\t"); return ref === "" ? [] : [[ref, commit] as const]; });
    return new Map(rows);
  } catch (error) {
    if (isAbort(error) || (error instanceof InspanError && error.code === "GIT_MISSING")) throw error;
    throw unreachable("look at", port, messageOf(error), error);
  }
}

/** Brings refs here; `refspecs` name both sides. Nothing is written to FETCH_HEAD. */
export async function fetchRefs(port: RemotePort, refspecs: readonly string[]): Promise<void> {
  if (refspecs.length === 0) return;
  const remote = remoteNameOf(port.repository);
  for (let tries = 1; ; tries++) {
    try {
      await port.git.run(["-c", "core.filesRefLockTimeout=5000", "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", remote, ...refspecs], optionsOf(port));
      return;
    } catch (error) {
      if (isAbort(error) || (error instanceof InspanError && error.code === "GIT_MISSING")) throw error;
      // git ends with 1 where a ref could not be moved, often without a word, and with 128 where the remote did not answer.
      const isRace = /cannot lock ref|unable to create '[^']*\.lock'|but expected|ended with code 1,/i.test(messageOf(error));
      if (!isRace || tries >= fetchTriesMax) throw unreachable("fetch from", port, messageOf(error), error);
    }
  }
}

export type RefUpdate = { readonly kind: "updated" } | { readonly kind: "raced" };

/** Reasons of a server that mean "somebody was faster", as git's own servers word them. */
const raceReasons = /stale info|fetch first|non-fast-forward|cannot lock ref|failed to update ref|incorrect old value|reference already exists|remote ref updated since/i;

/**
 * Sets (or with `to` undefined deletes) one ref at the remote, only if it is still at `expected` (undefined: does not exist). Rejects with PUSH_REFUSED where the
 * remote says no, and REMOTE_UNREACHABLE where it says nothing.
 */
export async function updateRemoteRef(
  port: RemotePort,
  update: { readonly ref: string; readonly expected: string | undefined; readonly to: string | undefined; readonly cwd?: string },
): Promise<RefUpdate> {
  const { ref, expected, to } = update;
  const remote = remoteNameOf(port.repository);
  const args = ["push", "--porcelain", "--no-verify", `--force-with-lease=${ref}:${expected ?? ""}`, remote, `${to ?? ""}:${ref}`];
  const result = await port.git.run(args, { ...optionsOf(port), cwd: update.cwd ?? port.repository.rootPath, acceptExitCodes: [1, 128] });
  if (result.exitCode === 0) return { kind: "updated" };
  const row = result.stdout.split("\n").map((line) => line.split("\t")).find((cells) => cells[0] === "!" && cells[1]?.endsWith(`:${ref}`));
  if (!row) throw unreachable("push to", port, result.stderr || result.stdout);
  const reason = row[2] ?? "";
  if (raceReasons.test(reason)) return { kind: "raced" };
  const said = tailLines(`${reason}\n${result.stderr}`.trim(), 12);
  throw new InspanError("PUSH_REFUSED", `Cannot push "${ref}" to ${remote}: the remote refuses it.\n${said}`, {
    remedy: `see what the remote says, then try by hand: git push --dry-run ${remote} ${to ?? ""}:${ref}`,
  });
}
