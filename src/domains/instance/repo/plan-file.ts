// Keeps the plan of an instance beside its data: as long as inspan.yaml is the same, a start needs no parser and no schema. Decides nothing.
import { homedir } from "node:os";
import { join } from "node:path";
import type { Files } from "../../../providers/index.ts";
import type { InstancePlan } from "../types/index.ts";

/** No person writes more; configuration of that size goes the long way. */
const textBytesMax = 256 * 1024;

export interface StoredPlan {
  /** Of Inspan: another one may read the same text otherwise. */
  readonly version: string;
  /** Where ~ led. */
  readonly home: string;
  /** inspan.yaml, word for word. */
  readonly text: string;
  readonly plan: InstancePlan;
}

/** Where ~ leads. */
export function homeOf(env: Readonly<Record<string, string | undefined>>): string { return env["HOME"] ?? homedir(); }

/** The text of inspan.yaml where it is a plain file of ordinary size; undefined means that the configuration's own reader has to look. */
export async function readDeclarationText(files: Files, rootPath: string): Promise<string | undefined> {
  const path = join(rootPath, "inspan.yaml");
  const facts = await files.facts(path);
  return facts?.kind === "file" && facts.sizeBytes <= textBytesMax ? files.readText(path) : undefined;
}

/** The plan that was made of the same text by the same version; undefined where there is none. */
export async function readStoredPlan(files: Files, path: string, wanted: Omit<StoredPlan, "plan">): Promise<InstancePlan | undefined> {
  const stored = await files.readText(path).catch(() => undefined);
  if (stored === undefined) return undefined;
  try {
    const { version, home, text, plan } = JSON.parse(stored) as StoredPlan; // our own file in our own state folder, of the same version as the next line asks
    return version === wanted.version && home === wanted.home && text === wanted.text ? plan : undefined;
  } catch { return undefined; } // cut by a crash; it is written anew
}

export async function writeStoredPlan(files: Files, path: string, stored: StoredPlan): Promise<void> {
  await files.writeText(path, JSON.stringify(stored)).catch(() => undefined); // the next start reads inspan.yaml again
}
