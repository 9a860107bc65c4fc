// A small repository of the booking desk with a bare origin: the demo's own code without its slow tests, so that whole tasks run in seconds.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const app = fileURLToPath(new URL("../../examples/demo-app", import.meta.url));
export const bugReport = "Back-to-back bookings are refused: after booking a room from 10:00 to 11:00, booking it from 11:00 to 12:00 fails with room-taken.";

export interface DeskRepository { readonly desk: string; readonly origin: string; readonly statePath: string }

const identity = { GIT_AUTHOR_NAME: "Ann", GIT_AUTHOR_EMAIL: "ann@localhost", GIT_COMMITTER_NAME: "Ann", GIT_COMMITTER_EMAIL: "ann@localhost" };

/** Runs git and returns its standard output without the last newline; throws with its words where it fails. */
export function git(cwd: string, ...args: readonly string[]): string {
  const result = spawnSync("git", args, { cwd, encoding: "utf8", env: { ...process.env, ...identity, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" } });
  if (result.status !== 0) throw new Error(`git ${args.join(" ")} in ${cwd}: ${result.stderr}`);
  return result.stdout.replace(/\n$/, "");
}

/** Makes it in an empty folder. `edit` may change the checkout before it is committed. */
export function makeDeskRepository(folder: string, edit: (desk: string) => void = () => undefined): DeskRepository {
  const desk = join(folder, "desk");
  const origin = join(folder, "origin.git");
  mkdirSync(folder, { recursive: true });
  cpSync(app, desk, { recursive: true, filter: (path) => !path.includes("node_modules") });
  for (const slow of ["test/http.test.ts", "test/process.test.ts", "src/domains/reminder/runtime.test.ts"]) rmSync(join(desk, slow), { force: true });
  // Without its dependencies nothing of it comes up: a journey that a change touched would be tried in vain, again and again.
  replaceIn(desk, "docs/journeys/book-a-room.md", /^covers:.*\n/m, "");
  edit(desk);
  git(desk, "init", "--quiet", "--initial-branch=main");
  git(desk, "add", "-A");
  git(desk, "commit", "--quiet", "-m", "A booking desk");
  git(folder, "clone", "--quiet", "--bare", desk, origin);
  git(desk, "remote", "add", "origin", origin);
  git(desk, "fetch", "--quiet", "origin");
  return { desk, origin, statePath: join(folder, "state") };
}

/** Replaces text in a file of the checkout; throws where the old text is not there. */
export function replaceIn(desk: string, path: string, from: string | RegExp, to: string): void {
  const before = readFileSync(join(desk, path), "utf8");
  const after = before.replace(from, to);
  if (after === before) throw new Error(`${path} does not hold ${String(from)}`);
  writeFileSync(join(desk, path), after);
}
