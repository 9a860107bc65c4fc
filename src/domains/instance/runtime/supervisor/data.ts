// Fills an instance's data folder: kept, from a snapshot, or by the seed. Knows no service.
import { createHash } from "node:crypto";
import { join } from "node:path";
import { InspanError } from "../../../../base/errors.ts";
import { tailLines } from "../../../../base/text.ts";
import type { Files, Providers } from "../../../../providers/index.ts";
import { prepareCommand, type Surroundings } from "../../service/environment.ts";
import type { SeedPlan } from "../../types/index.ts";
import { startProgram, type Ground } from "./sandboxing.ts";

/** Snapshots kept for one repository; each may be as large as the data, and only those of living branches are used again. */
const snapshotsMax = 4;
const seedOutputBytesMax = 64 * 1024;
const processesMax = 4096;

export interface DataOptions {
  readonly ground: Ground;
  readonly surroundings: Surroundings;
  readonly env: Readonly<Record<string, string>>;
  readonly seed: SeedPlan | undefined;
  /** Absolute: snapshots of this repository. */
  readonly snapshotsPath: string;
  /** Names the worktree in a snapshot that only it may use. */
  readonly key: string;
  readonly isFresh: boolean;
  readonly signal: AbortSignal;
  readonly progress: (line: string) => void;
}

/** Where the seed says what decides its result, worktrees share it; otherwise each has its own, for one may hold other code than another. */
async function snapshotName(files: Files, { ground, seed, key }: DataOptions): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify([seed?.run, seed?.inputs]));
  if (seed === undefined || seed.inputs.length === 0) hash.update(`\0${key}`);
  for (const input of seed?.inputs ?? []) hash.update(`\0${input}\0`).update(await files.readBytes(join(ground.worktreePath, input)) ?? "absent");
  return hash.digest("hex").slice(0, 24);
}

async function removeOldSnapshots(files: Files, path: string, keep: string): Promise<void> {
  const entries = await Promise.all(
    (await files.list(path))
      .filter(({ name }) => name !== keep)
      .map(async ({ name }) => ({ name, atMs: (await files.facts(join(path, name)))?.modifiedMs ?? 0 })),
  );
  for (const { name } of entries.sort((a, b) => b.atMs - a.atMs).slice(snapshotsMax - 1)) await files.remove(join(path, name));
}

async function runSeed(options: DataOptions, seed: SeedPlan): Promise<void> {
  const { ground, surroundings, signal, progress } = options;
  progress(`seed: ${seed.run}`);
  const { run, env } = prepareCommand({ name: "seed", run: seed.run, env: options.env }, surroundings);
  const started = await startProgram(ground, { run, cwd: ".", env, timeoutMs: seed.timeoutMs, processesMax, outputBytesMax: seedOutputBytesMax, signal });
  try {
    const result = await started.child.exited;
    if (result.outcome === "exited" && result.exitCode === 0) return;
    const state = result.outcome === "exited" ? `exit code ${result.exitCode}` : result.outcome === "timed-out" ? `no end within ${seed.timeoutMs / 1000} s` : result.outcome;
    throw new InspanError(
      "SEED_FAILED",
      `Cannot fill the data folder with "${seed.run}": ${state}.\n${ground.providers.secrets.redact(tailLines(result.output, 20))}`,
      { remedy: "mend seed: in inspan.yaml (it runs sandboxed, without network but loopback), then run: inspan up" },
    );
  } finally { await started.dispose(); }
}

/** The folder exists when this resolves. Rejects with SEED_FAILED, and then it is empty, so that the next start seeds again. */
export async function ensureData(options: DataOptions): Promise<{ readonly origin: "kept" | "empty" | "snapshot" | "seeded" }> {
  const { providers, dataPath } = options.ground;
  const { files }: Pick<Providers, "files"> = providers;
  const markPath = `${dataPath}.seeded`;
  if (options.isFresh) { await files.remove(dataPath); await files.remove(markPath); }
  const isThere = (await files.facts(dataPath)) !== undefined;
  if (options.seed === undefined) { if (!isThere) await files.makeFolder(dataPath); return { origin: isThere ? "kept" : "empty" }; }
  // The mark tells a seeded folder from one that a killed seed left half full.
  if (isThere && (await files.facts(markPath)) !== undefined) return { origin: "kept" };
  const name = await snapshotName(files, options);
  const snapshotPath = join(options.snapshotsPath, name);
  await files.remove(dataPath);
  if ((await files.facts(snapshotPath)) !== undefined) {
    options.progress("seed: from a snapshot");
    await files.copy(snapshotPath, dataPath);
    await files.writeText(markPath, name);
    return { origin: "snapshot" };
  }
  await files.makeFolder(dataPath);
  try {
    await runSeed(options, options.seed);
  } catch (error) {
    await files.remove(dataPath);
    await files.makeFolder(dataPath);
    throw error;
  }
  await files.writeText(markPath, name);
  const temporary = `${snapshotPath}.${providers.random.id(6)}.tmp`;
  await files.copy(dataPath, temporary);
  // Two that seed the same at once: the first to be done is kept, both are the same.
  await files.rename(temporary, snapshotPath).catch(() => files.remove(temporary));
  await removeOldSnapshots(files, options.snapshotsPath, name);
  return { origin: "seeded" };
}
