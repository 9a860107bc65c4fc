// The keys of inspan.yaml that rules of lint are made from, as they were parsed, by the text they were parsed from: schemas take longer to load than a file to check.
import { join } from "node:path";
import type { Configuration } from "../../../base/config-section.ts";
import type { Providers } from "../../../providers/index.ts";
import { checkFolder } from "./check-folder.ts";
import { readEngineStamp } from "./engine-stamp.ts";
import { fingerprint } from "./facts-cache.ts";
import { isRacy, stampText } from "./stamps.ts";
import { readVerdict, writeVerdict } from "./verdict-cache.ts";

const fileName = "configuration";
const keys = ["domains", "layers", "providers", "rules", "exceptions"] as const;

type KeptProviders = Pick<Providers, "files" | "clock">;
interface Stored { readonly isWritten: boolean; readonly keys: readonly string[]; readonly values: Readonly<Record<string, unknown>> }

export interface Place { readonly providers: KeptProviders; /** As the caller knows it. */ readonly rootPath: string; readonly statePath: string }

/** Thrown where the text itself is asked for; whoever asked reads it then. */
export class TextNeeded extends Error {}

/** The view of this text (undefined: no file) that an earlier check proved right; undefined where none did. Only lint's keys can be read of it. */
export async function readKeptConfiguration({ providers: { files }, rootPath, statePath }: Place, text: string | undefined): Promise<Configuration | undefined> {
  const real = await files.realPath(rootPath);
  const stored = real === undefined ? undefined : readVerdict(files, checkFolder(statePath, real), await keyOf(files, text), fileName);
  if (stored === undefined) return undefined;
  const { isWritten, keys: written, values } = JSON.parse(stored) as Stored; // written below, behind a checksum
  return {
    path: isWritten ? "inspan.yaml" : undefined, keys: written,
    lineOf: () => { throw new TextNeeded(); },
    read: (section) => values[section.key] as never, // the section's own schema made it
  };
}

/** To be called before the configuration is loaded; `keep` after a check that found nothing wrong with it. */
export function watchConfiguration({ providers: { files, clock }, rootPath, statePath }: Place): { keep(configuration: Configuration): Promise<void> } {
  const path = join(rootPath, "inspan.yaml");
  const stampOf = (): string => { const stamp = files.now.facts(path); return stamp === undefined ? "" : stampText(stamp); };
  const before = files.now.facts(path);
  const isSure = before === undefined || (before.kind === "file" && !isRacy(before, Date.parse(clock.nowIso())));
  return {
    async keep(configuration) {
      const real = await files.realPath(rootPath);
      if (!isSure || real === undefined || stampOf() !== (before === undefined ? "" : stampText(before))) return;
      const key = await keyOf(files, before === undefined ? undefined : await files.readText(path));
      const cachePath = checkFolder(statePath, real);
      if (readVerdict(files, cachePath, key, fileName) !== undefined) return;
      const values = Object.fromEntries(keys.map((one) => [one, configuration.read({ key: one } as Parameters<Configuration["read"]>[0])])); // a configuration reads nothing of a section but its key
      const stored: Stored = { isWritten: configuration.path !== undefined, keys: configuration.keys, values };
      if (isPlain(values)) await writeVerdict(files, cachePath, key, JSON.stringify(stored), fileName);
    },
  };
}

async function keyOf(files: Providers["files"], text: string | undefined): Promise<string> {
  return fingerprint(`${await readEngineStamp(files)}\n${text === undefined ? "none" : `text ${text}`}`);
}

/** True where JSON gives back what it was given. */
function isPlain(value: unknown): boolean {
  if (value === null || ["string", "boolean", "undefined"].includes(typeof value)) return true;
  if (typeof value === "number") return Number.isFinite(value);
  if (Array.isArray(value)) return value.every((one) => one !== undefined && isPlain(one));
  return typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype && Object.values(value).every(isPlain);
}
