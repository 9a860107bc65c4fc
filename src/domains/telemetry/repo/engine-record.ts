// Where a worktree's engine listens: one small file a worktree in the state folder, written by the engine, read by the commands.
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fingerprint } from "../../../base/hash.ts";

export interface EngineRecord { readonly version: 1; readonly url: string; readonly grpc: string; readonly pid: number; readonly rootPath: string }

/** The nearest folder above with .git or inspan.yaml; the folder itself without either. */
export function findWorktreeRoot(cwd: string): string {
  for (let folder = cwd; ; folder = dirname(folder)) {
    for (const marker of [".git", "inspan.yaml"]) if (statSync(join(folder, marker), { throwIfNoEntry: false }) !== undefined) return folder;
    if (dirname(folder) === folder) return cwd;
  }
}

function recordPath(statePath: string, rootPath: string): string {
  return join(statePath, "engines", `${fingerprint(rootPath)}.json`);
}

/** Undefined where no engine of this worktree has written one; the engine may be dead by now. */
export function readEngineRecord(statePath: string, rootPath: string): EngineRecord | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(recordPath(statePath, rootPath), "utf8"));
    const isRecord = typeof value === "object" && value !== null && "url" in value && typeof value.url === "string" && "pid" in value && typeof value.pid === "number";
    return isRecord ? (value as EngineRecord) : undefined; // written by writeEngineRecord(), atomically
  } catch { return undefined; } // absent, or not one of ours
}

/** Replaces what stood there; the returned function removes it where it is still ours. */
export function writeEngineRecord(statePath: string, record: EngineRecord): () => void {
  const path = recordPath(statePath, record.rootPath);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${record.pid}`;
  writeFileSync(temporary, JSON.stringify(record), { mode: 0o600 });
  renameSync(temporary, path);
  return () => { if (readEngineRecord(statePath, record.rootPath)?.pid === record.pid) rmSync(path, { force: true }); };
}
