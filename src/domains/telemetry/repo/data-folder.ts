// The folder of one engine's segments: made step by step, and held by one engine at a time.
import { mkdirSync, realpathSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { crc32 } from "node:zlib";
import { InspanError, messageOf } from "../../../base/errors.ts";

/** How long an engine that is ending may keep the folder of the next one. */
const waitMs = 100, patienceMs = 3000;

/** Makes a folder and what is missing above it. Not mkdir's own recursion: below /proc that never ends. */
export function makeFolder(path: string): void {
  if (isFolder(path)) return;
  const above = dirname(resolve(path));
  if (above !== resolve(path)) makeFolder(above);
  try { mkdirSync(path, { mode: 0o700 }); } catch (error) { if (!isFolder(path)) throw error; }
}

function isFolder(path: string): boolean { return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true; }

/** Tries to hold a name until the process ends, however it does; false where somebody has it. Where the system has no such names nothing is held. */
function listen(name: string): Promise<(() => Promise<void>) | undefined> {
  const server = process.getBuiltinModule("node:net").createServer((socket) => socket.destroy());
  return new Promise((done) => {
    server.on("error", (error) => done("code" in error && error.code === "EADDRINUSE" ? undefined : () => Promise.resolve()));
    server.listen(name, () => { server.unref(); done(() => new Promise((freed) => { server.close(() => freed()); })); });
  });
}

/** Makes the folder and holds it against a second engine, which would cut what this one is writing; resolves to what gives it back. */
export async function holdFolder(path: string, patience = patienceMs): Promise<() => Promise<void>> {
  try {
    makeFolder(path);
  } catch (error) {
    throw new InspanError("DATA_FOLDER_UNUSABLE", `Cannot keep telemetry in "${path}": ${messageOf(error)}, expected a folder that can be written.`, {
      kind: "outside",
      remedy: "inspan telemetry serve --data <folder>",
      cause: error,
    });
  }
  const { dev, ino } = statSync(path);
  // By both: a removed folder's number is given again while its engine still ends, and other namespaces have the same paths.
  const name = `\0inspan-telemetry-${dev}-${ino}-${crc32(realpathSync(path))}`;
  for (let waitedMs = 0; ; waitedMs += waitMs) {
    const release = await listen(name);
    if (release !== undefined) return release;
    if (waitedMs >= patience)
      throw new InspanError("DATA_FOLDER_HELD", `Cannot keep telemetry in "${path}": another engine does, expected one engine a folder.`, {
        kind: "outside",
        remedy: "stop the other engine, or: inspan telemetry serve --data <another folder>",
      });
    await new Promise((next) => { setTimeout(next, waitMs); });
  }
}
