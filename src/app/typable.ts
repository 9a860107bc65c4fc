// Makes the commands that a text names such that this person can type them here: from a checkout, with their folder, with their state. Knows no operation.
import { realpathSync, statSync } from "node:fs";
import { delimiter, join, relative, resolve } from "node:path";

type Env = Readonly<Record<string, string | undefined>>;

/** A word as a shell takes it. */
function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function realFile(path: string): string | undefined {
  try { return statSync(path).isFile() ? realpathSync(path) : undefined; } catch { return undefined; } // not there, or not for us
}

/** What stands for `inspan` in a shell in `cwd`; `rootPath` is the folder of this package or checkout. */
export function commandPrefix(options: { readonly rootPath: string; readonly cwd: string; readonly path: string | undefined }): string {
  const launcher = realFile(join(options.rootPath, "bin", "inspan.js")) ?? join(options.rootPath, "bin", "inspan.js");
  // npx and npm run put these folders on PATH for their own children only.
  const folders = (options.path ?? "").split(delimiter).filter((folder) => folder !== "" && !/node_modules[\\/]\.bin[\\/]?$/.test(folder));
  const onPath = folders.map((folder) => realFile(join(folder, "inspan"))).find((file) => file !== undefined);
  if (onPath === launcher) return "inspan";
  for (let folder = resolve(options.cwd); ; folder = resolve(folder, "..")) {
    if (realFile(join(folder, "node_modules", ".bin", "inspan")) === launcher) return "npx inspan";
    if (folder === resolve(folder, "..")) break;
  }
  const near = relative(options.cwd, launcher);
  return `node ${quote(near.length < launcher.length ? near : launcher)}`;
}

/** The state folder as a shell's assignment, where the next command would not find it by itself. */
export function statePrefix(env: Env, statePath: string, usualPath: string): string {
  return env["INSPAN_HOME"] && statePath !== usualPath ? `INSPAN_HOME=${quote(statePath)} ` : "";
}

export interface TypableOptions {
  /** From commandPrefix() and statePrefix(). */
  readonly prefix: string;
  /** As it was given with --cwd. */
  readonly cwd: string | undefined;
  /** All commands, for example "task show". */
  readonly commands: readonly string[];
}

/** Rewrites `inspan …` behind `Next:` and in the indented lines that follow; every other text stays. */
export function createTypable(options: TypableOptions): (text: string) => string {
  const commands = [...options.commands].sort((left, right) => right.length - left.length).join("|");
  const call = new RegExp(`(^|[\\s(\`;])inspan(?= |$)( (?:${commands})(?![\\w-]))?`, "g");
  const place = options.cwd === undefined ? "" : ` --cwd ${quote(options.cwd)}`;
  const rewrite = (text: string) =>
    text.replaceAll(
      call,
      (_, before: string, command: string | undefined) =>
        `${before}${options.prefix}${command === undefined ? "" : `${command}${text.includes("--cwd") ? "" : place}`}`,
    );
  return (text) => {
    let isList = false;
    return text.split("\n").map((line) => {
      const at = /(?:^|[.:] )Next:(?= |$)/.exec(line);
      if (at !== null) {
        isList = at.index + at[0].length === line.length;
        const head = at.index + at[0].length;
        return line.slice(0, head) + rewrite(line.slice(head));
      }
      isList &&= line !== "";
      return isList || /^ {2,}inspan /.test(line) ? rewrite(line) : line;
    }).join("\n");
  };
}
