// Where an instance keeps what. Pure paths below the state folder; makes nothing.
import { join } from "node:path";
import { InspanError } from "../../../base/errors.ts";
import { fingerprint } from "../../../base/hash.ts";

/** The smallest limit of an address of a unix socket among systems that we run on (macOS: 104 with its end); see unix(7). */
const socketPathBytesMax = 103;

export interface Places {
  /** Absolute: everything of this instance but its socket. */
  readonly folder: string;
  readonly dataPath: string;
  readonly outputPath: string;
  readonly scratchPath: string;
  /** The plan that was made of inspan.yaml last. */
  readonly planPath: string;
  readonly logPath: string;
  readonly preloadPath: string;
  /** What programs keep to start faster; the sandbox's own temporary folder is gone with it. */
  readonly cachePath: string;
  readonly telemetryPath: string;
  readonly socketPath: string;
}

export function instancesPath(home: string): string { return join(home, "instances"); }
export function registryPath(home: string): string { return join(home, "instances.db"); }
export function seedsPath(home: string): string { return join(home, "seeds"); }

/** Throws STATE_PATH_LONG where a socket below the state folder could not be named. */
export function placesOf(home: string, key: string): Places {
  const folder = join(instancesPath(home), key);
  const socketPath = join(home, "control", `${fingerprint(key).slice(0, 12)}.sock`);
  if (Buffer.byteLength(socketPath) > socketPathBytesMax)
    throw new InspanError(
      "STATE_PATH_LONG",
      `Cannot make a socket in the state folder "${home}": its path is ${Buffer.byteLength(socketPath)} bytes long, expected at most ${socketPathBytesMax}.`,
      { kind: "usage", remedy: "set INSPAN_HOME to a shorter path" },
    );
  return {
    folder, socketPath, dataPath: join(folder, "data"), outputPath: join(folder, "output"), scratchPath: join(folder, "scratch"), telemetryPath: join(folder, "telemetry"),
    planPath: join(folder, "plan.json"), logPath: join(folder, "supervisor.log"), preloadPath: join(folder, "preload.cjs"), cachePath: join(folder, "cache"),
  };
}

/** A service's output; the older part lies beside it as `.1`. */
export function outputFileOf(places: Pick<Places, "outputPath">, service: string): string { return join(places.outputPath, `${service}.log`); }
