// The door for what the command line can answer before schemas, rules and parsers are loaded. Nothing heavy may be imported here.
import type { AloneOptions } from "./alone.ts";
import type { CheckReport } from "../types/report.ts";

export { findRootFolder } from "./find-root.ts";
export { listAllFiles } from "../repo/list-all.ts";
export { recallReport } from "./recall.ts";
export { renderReport } from "../service/text.ts";

/** Single files without schemas and the rules about the whole; its parts load while git lists. */
export async function checkAlone(options: AloneOptions): Promise<CheckReport | undefined> {
  return (await import("./alone.ts")).checkAlone(options);
}
