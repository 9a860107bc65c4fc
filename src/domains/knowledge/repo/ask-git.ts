// Questions to git and the disk that document rules ask, many at once and bounded. A look-up that fails is no answer, never a "no".
import { join } from "node:path";
import { mapBounded } from "../../../base/async.ts";
import { isAbort } from "../../../base/errors.ts";
import type { Providers } from "../../../providers/index.ts";

/** A history in which git needs longer is asked no further: what it would have said stays unsaid. */
const historyMsMax = 8_000;

export interface GitPlace { readonly providers: Pick<Providers, "git" | "files">; readonly rootPath: string; readonly signal: AbortSignal | undefined }

const optionsOf = (place: GitPlace) => ({ cwd: place.rootPath, timeoutMs: historyMsMax, ...(place.signal === undefined ? {} : { signal: place.signal }) });

/** Undefined where git fails or is too slow: shallow clones, no repository, a giant history. */
export async function ask(place: GitPlace, args: readonly string[], input?: string): Promise<{ readonly exitCode: number; readonly stdout: string } | undefined> {
  try {
    return await place.providers.git.run(args, { ...optionsOf(place), acceptExitCodes: [1, 128], ...(input === undefined ? {} : { input }) });
  } catch (error) {
    if (isAbort(error)) throw error;
    return undefined;
  }
}

/** Those of the paths that lie on the disk, or that git would ignore. */
export async function findOutside(place: GitPlace, paths: readonly string[]): Promise<ReadonlySet<string>> {
  const outside = new Set<string>();
  const safe = paths.filter((path) => path !== "" && !path.includes("\0"));
  await mapBounded(safe, 32, async (path) => { if (await isOnDisk(place, path)) outside.add(path); });
  const rest = safe.filter((path) => !outside.has(path));
  if (rest.length === 0) return outside;
  const ignored = await ask(place, ["check-ignore", "--no-index", "-z", "--stdin"], rest.map((path) => `${path}\0`).join(""));
  if (ignored !== undefined && ignored.exitCode === 0) for (const path of ignored.stdout.split("\0")) if (path !== "") outside.add(path);
  return outside;
}

async function isOnDisk(place: GitPlace, path: string): Promise<boolean> {
  try { return await place.providers.files.facts(join(place.rootPath, path)) !== undefined; } catch { return false; } // below a file, or a name too long
}

export const notDocuments = ["--", ".", ":(exclude,icase)*.md", ":(exclude,icase)*.mdx", ":(exclude,icase)*.markdown", ":(exclude,icase)*.txt"];

/** One alternation: git searches it in one pass, and hundreds of fixed strings fifteen times slower. */
export const oneOf = (names: readonly string[]): string => `(${names.filter((name) => /^\w+$/.test(name)).join("|")})`;

/** Files that are named for a name: while one of them stays as it is, the name is still there. */
const placesMax = 3;

/** Those of the names (letters, digits, `_`) that stand in a file which is no document, as a whole word, with some of these files. Undefined where the search did not end. */
export async function findNames(place: GitPlace, names: readonly string[]): Promise<ReadonlyMap<string, readonly string[]> | undefined> {
  if (names.length === 0) return new Map();
  const grep = await ask(place, ["grep", "--untracked", "-z", "-I", "-o", "-w", "-E", "-e", oneOf(names), ...notDocuments]);
  if (grep === undefined || grep.exitCode > 1) return undefined;
  const found = new Map<string, string[]>();
  for (const line of grep.stdout.split("\n")) {
    const end = line.indexOf("\0");
    if (end === -1) continue;
    const [file, name] = [line.slice(0, end), line.slice(end + 1)];
    const places = found.get(name);
    if (places === undefined) found.set(name, [file]); else if (places.length < placesMax && !places.includes(file)) places.push(file);
  }
  return found;
}

export const isNotSearched = (file: string): boolean => /\.(mdx?|markdown|txt)$/i.test(file);

/** The commit that changed a file last; undefined where there is none. */
export async function lastCommitOf(place: GitPlace, file: string): Promise<{ readonly commit: string; readonly date: string } | undefined> {
  // rev-list starts no driver, so that git is asked once and not twice as for log.
  const list = await ask(place, ["rev-list", "-1", "--format=%H %cs", "HEAD", "--", `:(literal)${file}`]);
  const [commit = "", date = ""] = (list?.exitCode === 0 ? list.stdout.trim().split("\n").at(-1) ?? "" : "").split(" ");
  return commit === "" ? undefined : { commit, date };
}

export async function headOf(place: GitPlace): Promise<string | undefined> {
  const head = await ask(place, ["rev-parse", "--verify", "--quiet", "HEAD"]);
  return head?.exitCode === 0 ? head.stdout.trim() : undefined;
}

/** The last commits that touched a path, newest first; empty where git cannot say. */
export async function historyOf(place: GitPlace, path: string, countMax: number): Promise<readonly { readonly commit: string; readonly date: string; readonly subject: string }[]> {
  const log = await ask(place, ["log", "-n", String(countMax), "--format=%h%x00%cs%x00%s%x01", "--", path === "" ? "." : `:(literal)${path}`]);
  if (log === undefined || log.exitCode !== 0) return [];
  return log.stdout.split("\x01").map((line) => line.trim().split("\0")).flatMap(([commit = "", date = "", subject = ""]) => (commit === "" ? [] : [{ commit, date, subject }]));
}

/** The branch that changes are merged into: that of the remote, else the one that is checked out, else main. */
export async function branchOf(place: GitPlace): Promise<string> {
  for (const args of [["symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD"], ["symbolic-ref", "--quiet", "--short", "HEAD"]]) {
    const asked = await ask(place, args);
    const name = asked?.exitCode === 0 ? asked.stdout.trim().replace(/^origin\//, "") : "";
    if (/^[\w./-]+$/.test(name)) return name;
  }
  return "main";
}

/** Files that differ from a commit, untracked ones among them; none where git cannot say. */
export async function listChanged(place: GitPlace, since: string): Promise<readonly string[]> {
  const [changed, untracked] = await Promise.all([
    ask(place, ["diff", "--name-only", "-z", "--no-renames", "--relative", "--end-of-options", since, "--"]), ask(place, ["ls-files", "-z", "--others", "--exclude-standard"]),
  ]);
  return [...new Set([changed, untracked].flatMap((one) => (one?.exitCode === 0 ? one.stdout.split("\0") : [])).filter((file) => file !== ""))];
}
