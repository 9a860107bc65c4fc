// What the disk says about many files without reading them: kind, size, times. The shortcut in front of a content hash.
import type { FileFacts, Files } from "../../../providers/index.ts";

/** File systems and clocks are coarse: a file that changed within this time of being stamped may change again without another time. */
const racyMs = 2_000;

export type Stamp = Pick<FileFacts, "kind" | "sizeBytes" | "modifiedMs" | "changedMs" | "inode">;

export interface Stamps {
  /** Undefined where nothing is there. Looks once. */
  of(file: string): Stamp | undefined;
  renew(): void;
}

export function createStamps(disk: Files["now"], rootPath: string): Stamps {
  const known = new Map<string, Stamp | undefined>();
  return {
    of(file) {
      let stamp = known.get(file);
      if (stamp === undefined && !known.has(file)) known.set(file, stamp = disk.facts(`${rootPath}/${file}`));
      return stamp;
    },
    renew: () => known.clear(),
  };
}

/** Equal texts mean: the same file, unchanged. */
export function stampText(stamp: Stamp): string {
  return `${stamp.kind} ${stamp.sizeBytes} ${stamp.modifiedMs} ${stamp.changedMs} ${stamp.inode}`;
}

/** True where a later change could leave the stamp as it is. */
export function isRacy(stamp: Stamp, nowMs: number): boolean {
  return Math.max(stamp.modifiedMs, stamp.changedMs) > nowMs - racyMs;
}
