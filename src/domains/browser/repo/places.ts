// Where the browser daemon keeps what. Pure paths below the state folder; makes nothing.
import { join } from "node:path";
import { InspanError } from "../../../base/errors.ts";

/** The smallest limit of an address of a unix socket among systems that we run on; see unix(7). */
const socketPathBytesMax = 103;

export interface BrowserPlaces {
  readonly folder: string;
  readonly socketPath: string;
  readonly logPath: string;
  /** JSON of the daemon that runs, or that was killed. */
  readonly recordPath: string;
  /** Profiles of browsers; emptied at each start. */
  readonly scratchPath: string;
  /** What `inspan browser install` brought. */
  readonly installPath: string;
  /** Which executable answered with which version, so that it is not asked at each start. */
  readonly foundPath: string;
}

/** Throws STATE_PATH_LONG. */
export function browserPlaces(statePath: string): BrowserPlaces {
  const folder = join(statePath, "browser");
  const socketPath = join(statePath, "control", "browser.sock");
  if (Buffer.byteLength(socketPath) > socketPathBytesMax)
    throw new InspanError(
      "STATE_PATH_LONG",
      `Cannot make a socket in the state folder "${statePath}": its path is ${Buffer.byteLength(socketPath)} bytes long, expected at most ${socketPathBytesMax}.`,
      { kind: "usage", remedy: "set INSPAN_HOME to a shorter path" },
    );
  return {
    folder,
    socketPath,
    logPath: join(folder, "daemon.log"),
    recordPath: join(folder, "daemon.json"),
    scratchPath: join(folder, "scratch"),
    installPath: join(folder, "installed"),
    foundPath: join(folder, "found.json"),
  };
}

/** Snapshots, pictures, traces and recordings of one worktree. */
export function evidencePath(statePath: string, key: string): string { return join(statePath, "browser", "pages", key); }

/** The executable that `inspan browser install` unpacks. */
export function installedBrowser(installPath: string): string { return join(installPath, "chromium"); }

/** What a browser needs in its environment to find its libraries and fonts: only the one of `inspan browser install` brings its own. */
export function browserEnv(statePath: string, executablePath: string): Readonly<Record<string, string>> {
  const { installPath } = browserPlaces(statePath);
  return executablePath === installedBrowser(installPath) ? { LD_LIBRARY_PATH: join(installPath, "al2023", "lib"), FONTCONFIG_PATH: join(installPath, "fonts") } : {};
}
