// Writes a service's output: whole chunks, synchronously, so that a service is never read faster than the disk takes it. Two files of bounded size.
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, writeSync } from "node:fs";
import { dirname } from "node:path";

/** The newer file at most; with the older one beside it a service keeps twice this. Above it nobody reads, and ten worktrees fill a disk. */
const fileBytesMax = 8 * 1024 * 1024;

export interface OutputFile {
  write(text: string): void;
  close(): void;
}

/** A full disk loses output, never the service. */
export function openOutputFile(path: string): OutputFile {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  let file = openSync(path, "a", 0o600);
  let bytes = statSync(path).size;
  let isOpen = true;
  const rotate = (): void => {
    closeSync(file);
    renameSync(path, `${path}.1`);
    file = openSync(path, "w", 0o600);
    bytes = 0;
  };
  return {
    write: (text) => {
      if (!isOpen) return;
      try {
        bytes += writeSync(file, text);
        if (bytes > fileBytesMax) rotate();
      } catch { /* the disk is full: what comes now is lost, what is kept in memory still explains a failure */ }
    },
    close: () => { if (isOpen) { isOpen = false; closeSync(file); } },
  };
}

/** Everything that is kept, the older file first; empty where the service never started. */
export function readOutput(path: string): string {
  return [`${path}.1`, path].filter((one) => existsSync(one)).map((one) => readFileSync(one, "utf8")).join("");
}
