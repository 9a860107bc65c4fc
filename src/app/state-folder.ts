// Where the state lies, and where the daemon of a repository listens. Loads nothing: the hook of every edit starts here.
import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";

type Env = Readonly<Record<string, string | undefined>>;

/** $INSPAN_HOME, else inspan's folder in the user's XDG state folder. Absolute. */
export function stateFolder(env: Env): string {
  const named = env["INSPAN_HOME"];
  if (named) return resolve(named);
  return usualStateFolder(env);
}

/** Where the state lies when INSPAN_HOME says nothing. Absolute. */
export function usualStateFolder(env: Env): string {
  const xdg = env["XDG_STATE_HOME"];
  return join(xdg && isAbsolute(xdg) ? xdg : join(env["HOME"] || homedir(), ".local", "state"), "inspan");
}
