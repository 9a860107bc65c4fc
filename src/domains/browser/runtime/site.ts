// Which worktree a call is for, and which text says what its pages may reach. Reads files alone: every call starts here.
import { basename, dirname, join } from "node:path";
import { fingerprint } from "../../../base/hash.ts";
import type { Files } from "../../../providers/index.ts";
import { findCheckout } from "../../instance/runtime/index.ts";
import type { BrowserPolicy } from "../types/index.ts";

export interface Site {
  readonly rootPath: string;
  readonly key: string;
  /** Whose inspan.yaml counts: the main worktree's, where agents do not write. */
  readonly policyPath: string;
  /** Of that file, or "none" where it says nothing about browsers. */
  readonly stamp: string;
}

export async function findSite(files: Files, cwd: string): Promise<Site> {
  const { rootPath, key, commonPath } = await findCheckout({ providers: { files }, cwd });
  const mainPath = commonPath !== undefined && basename(commonPath) === ".git" ? dirname(commonPath) : rootPath;
  const text = await files.readText(join(mainPath, "inspan.yaml"));
  return { rootPath, key, policyPath: mainPath, stamp: text === undefined || !/^["']?browser\b/m.test(text) ? "none" : fingerprint(text) };
}

export function policyOf(stamp: string, config: { readonly origins: readonly string[]; readonly viewport: BrowserPolicy["viewport"]; readonly mask: readonly string[] }): BrowserPolicy {
  return { stamp, origins: config.origins, viewport: config.viewport, mask: config.mask };
}
