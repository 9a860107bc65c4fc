// Owns what keeps git from executing anything that a worktree or a repository could name. Pure; knows no process.
import { assert } from "../../base/assert.ts";

/** Switched off in every call; `-c` wins over every configuration file. */
const fixedSettings = [
  "core.hooksPath=/dev/null", "core.fsmonitor=false", "core.pager=cat", "core.editor=:",
  // Empty is "no program": where --no-ext-diff is not given, git fails instead of running what the repository names.
  "diff.external=", "protocol.ext.allow=never",
  "commit.gpgsign=false", "tag.gpgsign=false", "push.gpgsign=false", "log.showSignature=false",
  "gc.auto=0", "maintenance.auto=false", "submodule.recurse=false", "fetch.recurseSubmodules=false", "push.recurseSubmodules=no", "color.ui=false",
  // These two start git in submodules; `diff.ignoreSubmodules` is not among them, for a worktree's .gitmodules outranks it.
  "diff.submodule=short", "status.submoduleSummary=false",
] as const;

/** Commands that neither read nor write worktree content, start no driver and reach no remote: they need no look at the configuration first. */
const plainCommands: ReadonlySet<string> = new Set([
  "branch", "check-attr", "check-ignore", "check-ref-format", "commit-tree", "config", "for-each-ref", "init", "ls-tree", "merge-base",
  "rev-list", "rev-parse", "show-ref", "symbolic-ref", "tag", "update-ref", "var", "version", "write-tree",
]);

const diffCommands: ReadonlySet<string> = new Set(["diff", "diff-files", "diff-index", "diff-tree", "format-patch", "log", "show", "whatchanged"]);

/**
 * Git looks whether a nested repository is dirty by a git of its own in there, which obeys the configuration in there: a filter that an
 * agent wrote would run outside of its sandbox. `dirty` still shows that the commit of a submodule differs, which is read without a process.
 */
const nestedFlags: Readonly<Record<string, string>> = {
  "status": "--ignore-submodules=all", "diff": "--ignore-submodules=dirty", "diff-index": "--ignore-submodules=dirty", "diff-files": "--ignore-submodules=dirty",
};

/** Variables of the caller that name the user's own identity, keys or way out; a repository cannot set them. All other GIT_* are dropped. */
const keptNames = [
  "SSH_AUTH_SOCK", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS", "GNUPGHOME", "SSL_CERT_FILE", "SSL_CERT_DIR",
  "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "all_proxy", "no_proxy",
  "GIT_SSH", "GIT_SSH_COMMAND", "GIT_SSH_VARIANT", "GIT_SSL_CAINFO", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM",
] as const;

export interface GitCommand {
  readonly name: string;
  /** Whether drivers that configuration names could run, so that `neutralize` is needed. */
  readonly needsNeutralizing: boolean;
  /** What to do about repositories below the worktree, where no flag keeps git out of them: `exclude` by pathspec, or `refuse` where there is a gitlink. */
  readonly nested: "exclude" | "refuse" | undefined;
  readonly args: readonly string[];
}

/** The whole argument list for git. Its first argument has to be the command, or `-c name=value` pairs before it. */
export function hardenArguments(args: readonly string[]): GitCommand {
  let index = 0;
  while (args[index] === "-c") index += 2;
  const name = args[index] ?? "";
  // -C, --git-dir and the like would have the configuration of one repository read and that of another used.
  assert(/^(--version$|[a-z])/.test(name), `a git command as the first argument, got "${name}"`);
  const rest = args.slice(index + 1);
  assert(!rest.some((argument) => argument.startsWith("--ignore-submodules") || argument.startsWith("--recurse-submodules")), "no say of the caller about submodules");
  const ownFlags = diffCommands.has(name) ? ["--no-ext-diff", "--no-textconv"] : name === "blame" || name === "annotate" ? ["--no-textconv"] : [];
  const flags = [...ownFlags, ...(nestedFlags[name] === undefined ? [] : [nestedFlags[name]])];
  const subcommand = name === "stash" && rest[0] === "show" ? rest.splice(0, 1).concat("--no-ext-diff", "--no-textconv") : [];
  return {
    name,
    nested: name === "add" ? "exclude" : walksNested(name, rest) ? "refuse" : undefined,
    needsNeutralizing: name !== "--version" && !plainCommands.has(name) && !isPlainListing(name, rest),
    // The caller's own -c come first, so that none of them takes a wall down.
    args: [...args.slice(0, index), ...fixedSettings.flatMap((setting) => ["-c", setting]), name, ...subcommand, ...flags, ...rest],
  };
}

/** Names by the index and the folders, one stored text, or names of remotes and worktrees; only the question for modified files reads content, through filters. */
function isPlainListing(name: string, rest: readonly string[]): boolean {
  const known: ReadonlySet<string> = new Set(["-z", "--cached", "--others", "--exclude-standard", "--deduplicate", "--full-name", "--"]);
  if (name === "remote") return rest.length === 0 || (rest[0] === "get-url" && rest.length === 2);
  if (name === "worktree") return rest[0] === "list";
  if (name === "cat-file") return (rest.length === 2 && rest[0] === "blob") || (rest.length === 1 && /^--batch=[0-9a-f]+$/.test(rest[0] ?? "")); // as it is stored, without filters
  return name === "ls-files" && rest.every((argument) => known.has(argument) || argument.startsWith("--format=%(objectmode) %(path)") || argument === ":/");
}

const nestedWalkers: ReadonlySet<string> = new Set(["am", "cherry-pick", "describe", "merge", "pull", "rebase", "revert", "stash", "submodule"]);

/** Commands that look into submodules and take no flag against it (`merge` and those built on it ask whether the tree is dirty). */
function walksNested(name: string, rest: readonly string[]): boolean {
  return nestedWalkers.has(name) || (name === "commit" && rest.some((argument) => /^(-[a-zA-Z]*[aio]|--all|--include|--only|--interactive)/.test(argument)));
}

/** Arguments that list what the index holds from the top, as "<mode> <path>", NUL-separated; gitlinks have mode 160000. */
export const indexQuery = ["ls-files", "-z", "--full-name", "--format=%(objectmode) %(path)", "--", ":/"] as const;

/** Arguments that list untracked paths from the top, NUL-separated; a repository is one path with a slash at its end. */
export const untrackedQuery = ["ls-files", "-z", "--full-name", "--others", "--exclude-standard", "--", ":/"] as const;

/** Paths of nested repositories in the answer of `indexQuery` or `untrackedQuery`. */
export function nestedIn(answer: string, query: "index" | "untracked"): readonly string[] {
  const fields = answer.split("\0");
  if (query === "untracked") return fields.filter((path) => path.endsWith("/")).map((path) => path.slice(0, -1));
  return [...new Set(fields.filter((field) => field.startsWith("160000 ")).map((field) => field.slice("160000 ".length)))];
}

export function hardenEnvironment(base: Readonly<Record<string, string>>, caller: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const env: Record<string, string> = { ...base };
  for (const name of keptNames) {
    const value = caller[name];
    if (value !== undefined) env[name] = value;
  }
  // An empty GIT_ASKPASS outranks core.askPass and SSH_ASKPASS: nobody is there to answer a window.
  return { ...env, LC_ALL: "C", GIT_TERMINAL_PROMPT: "0", GIT_ASKPASS: "", GIT_EDITOR: ":", GIT_SEQUENCE_EDITOR: ":", GIT_PAGER: "cat" };
}

/** The arguments that list what `neutralize` reads: scope, key and value, NUL-separated. Exit code 1 means "nothing configured". */
export const driverQuery = ["config", "-z", "--show-scope", "--get-regexp",
  "^(filter\\..*\\.(clean|smudge|process|required)|merge\\..*\\.driver|diff\\..*\\.(textconv|command)|credential\\.(.*\\.)?helper|core\\.(sshcommand|askpass|gitproxy)|remote\\..*\\.(uploadpack|receivepack))$"] as const;

/** git-lfs's own entries as `git lfs install` writes them: they name a program of the machine and nothing of the worktree. */
const lfsValues: Readonly<Record<string, readonly string[]>> = {
  clean: ["git-lfs clean -- %f"],
  smudge: ["git-lfs smudge -- %f", "git-lfs smudge --skip -- %f"],
  process: ["git-lfs filter-process", "git-lfs filter-process --skip"],
  required: ["true", "false"],
};

interface Entry { readonly scope: string; readonly key: string; readonly value: string }

/**
 * Settings that outrank the given answer of `driverQuery` and make each driver harmless, as GIT_CONFIG_* variables.
 *
 * The worktree's .gitattributes chooses the driver for a path, the configuration names its program. Git (2.39 and later) has no switch
 * against attributes, but it takes an empty filter command as "none", and with `required=false` passes content through unchanged. So each
 * configured driver is overridden by name. Variables and not `-c`, because a driver's name may hold "=". A merge driver becomes git's own
 * text merge, a textconv `cat`.
 *
 * Programs that the user's system and global files name for remotes (credential helpers, ssh) run. Those of the repository's own file run
 * only where they are a plain name or an absolute program without shell syntax: a relative path or a script there could be worktree content.
 */
export function neutralize(answer: string): Record<string, string> {
  const entries = parseEntries(answer);
  const settings: [string, string][] = [];
  const lfs = new Map(entries.filter(({ key }) => key.startsWith("filter.lfs.")).map(({ key, value }) => [key.slice("filter.lfs.".length), value]));
  const isLfsStandard = [...lfs].every(([variable, value]) => lfsValues[variable]?.includes(value) ?? false);
  for (const filter of new Set(entries.filter(({ key }) => key.startsWith("filter.")).map(({ key }) => withoutVariable(key)))) {
    if (filter === "filter.lfs" && isLfsStandard) continue;
    settings.push([`${filter}.clean`, ""], [`${filter}.smudge`, ""], [`${filter}.process`, ""], [`${filter}.required`, "false"]);
  }
  for (const { key, scope, value } of entries) {
    if (key.startsWith("merge.")) settings.push([key, "git merge-file --marker-size=%L %A %O %B"]);
    else if (key.startsWith("diff.")) settings.push([key, key.endsWith(".textconv") ? "cat" : ""]);
    else if (!isOfRepository(scope) || isPlainProgram(value)) continue;
    else if (key === "core.sshcommand") settings.push([key, "ssh"]);
    else if (key === "core.askpass" || key === "core.gitproxy") settings.push([key, ""]);
    else if (key.endsWith(".uploadpack")) settings.push([key, "git-upload-pack"]);
    else if (key.endsWith(".receivepack")) settings.push([key, "git-receive-pack"]);
  }
  const helpers = entries.filter(({ key }) => key.startsWith("credential."));
  const isKept = ({ scope, value }: Entry) => !isOfRepository(scope) || value === "" || isPlainProgram(value);
  // An empty helper clears the list of all that came before, so the good ones are said again.
  if (!helpers.every(isKept)) settings.push(["credential.helper", ""], ...helpers.filter(isKept).map(({ key, value }): [string, string] => [key, value]));
  const env: Record<string, string> = { GIT_CONFIG_COUNT: String(settings.length) };
  settings.forEach(([key, value], index) => { env[`GIT_CONFIG_KEY_${index}`] = key; env[`GIT_CONFIG_VALUE_${index}`] = value; });
  return env;
}

function parseEntries(answer: string): readonly Entry[] {
  const fields = answer.split("\0");
  const entries: Entry[] = [];
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const [key = "", ...value] = (fields[index + 1] ?? "").split("\n");
    entries.push({ scope: fields[index] ?? "", key, value: value.join("\n") });
  }
  return entries;
}

function withoutVariable(key: string): string {
  return key.slice(0, key.lastIndexOf("."));
}

function isOfRepository(scope: string): boolean {
  return scope !== "system" && scope !== "global" && scope !== "command";
}

/** A bare name or an absolute path, with plain arguments: no "!", no shell syntax, nothing relative, no ssh option that names a further program. */
function isPlainProgram(value: string): boolean {
  const isPlain = /^[\w./~@:+=,-]+( +[\w./~@:+=,-]+)*$/.test(value);
  return isPlain && !/(^|[ =,:])\.{1,2}\//.test(value) && !/^[\w.-]+\//.test(value) && !/ -F *[^ /~]|command/i.test(value);
}

/** Text without the passwords that URLs in it carry. */
export function redactUrls(text: string): string {
  return text.replaceAll(/([a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi, "$1***@");
}
