// `inspan init --hooks` and `--remove`: our line in the settings of the agents that people use, and out of them again.
import { join } from "node:path";
import { InspanError } from "../../base/errors.ts";
import { withoutSettings, withSettings } from "../../domains/knowledge/index.ts";
import { hookClients, hookSettings, type HookSettings } from "../../domains/lint/index.ts";
import type { Files } from "../../providers/index.ts";

export interface HookChange {
  readonly path: string;
  /** `removed`: the file held nothing else and is gone. */
  readonly outcome: "written" | "kept" | "removed" | "restored";
  /** What a person still has to do. */
  readonly remark: string | null;
}

interface Place { readonly files: Files; readonly rootPath: string; readonly isDryRun: boolean; requireWritable(path: string): Promise<void> }

/** How Inspan is started from the root: by the repository's own copy where it has one. */
async function settingsOf({ files, rootPath }: Place): Promise<readonly HookSettings[]> {
  const isOwn = await files.facts(join(rootPath, "node_modules", ".bin", "inspan")) !== undefined;
  return hookClients.map((client) => hookSettings(client, isOwn ? "npx --no-install inspan" : "inspan"));
}

/** Merges one entry a client; every file is read and judged before the first is written. Rejects with SETTINGS_BROKEN. */
export async function addHooks(place: Place): Promise<readonly HookChange[]> {
  const planned: { readonly settings: HookSettings; readonly before: string | undefined; readonly after: string }[] = [];
  for (const settings of await settingsOf(place)) {
    await place.requireWritable(settings.path);
    const before = await place.files.readText(join(place.rootPath, settings.path));
    const after = withSettings(before, settings);
    if (after === undefined)
      throw new InspanError("SETTINGS_BROKEN", `Cannot add the hook to "${settings.path}": it is no JSON object, expected the settings of its agent.`, {
        kind: "usage",
        remedy: `correct ${settings.path}, then run: inspan init --hooks`,
      });
    planned.push({ settings, before, after });
  }
  for (const { settings, before, after } of planned) if (!place.isDryRun && after !== before) await place.files.writeText(join(place.rootPath, settings.path), after);
  return planned.map(({ settings, before, after }) => ({ path: settings.path, outcome: after === before ? "kept" : "written", remark: settings.remark ?? null }));
}

/** Takes our entries out; a file that held nothing else goes, every other is as it was before them. */
export async function removeHooks(place: Place): Promise<readonly HookChange[]> {
  const changes: HookChange[] = [];
  for (const settings of hookClients.flatMap((client) => ["inspan", "npx --no-install inspan"].map((command) => hookSettings(client, command)))) {
    const path = join(place.rootPath, settings.path);
    const before = await place.files.readText(path);
    if (before === undefined) continue;
    const after = withoutSettings(before, settings);
    if (after === before) continue;
    await place.requireWritable(settings.path);
    if (!place.isDryRun) { if (after === undefined) await place.files.remove(path); else await place.files.writeText(path, after); }
    changes.push({ path: settings.path, outcome: after === undefined ? "removed" : "restored", remark: null });
  }
  return changes;
}
