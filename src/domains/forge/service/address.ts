// Which repository of which forge a remote's address names. Pure.
import type { ForgeKind } from "../types.ts";

export interface ForgeAddress { readonly host: string; readonly repository: string }

/** https, ssh and scp-like addresses; undefined for a path or anything else. A trailing ".git" and user names are left out. */
export function parseRemoteAddress(url: string): ForgeAddress | undefined {
  const scp = /^(?:[\w.-]+@)([\w.-]+):(?!\/\/)([^\s]+)$/.exec(url);
  const full = /^(?:https?|ssh|git):\/\/(?:[^@/\s]*@)?([\w.-]+)(?::\d+)?\/([^\s?#]+)$/i.exec(url);
  const [, host, path] = scp ?? full ?? [];
  if (host === undefined || path === undefined) return undefined;
  const repository = path.replace(/^\/+/, "").replace(/\/+$/, "").replace(/\.git$/, "");
  return /^[\w.-]+(\/[\w.-]+)+$/.test(repository) ? { host: host.toLowerCase(), repository } : undefined;
}

/** The forge that a host is known to be; undefined where only a person can tell. */
export function kindOfHost(host: string): ForgeKind | undefined {
  if (host === "github.com" || host === "ssh.github.com") return "github";
  return host === "gitlab.com" || host.startsWith("gitlab.") ? "gitlab" : undefined;
}

/** Root of the API of a public forge. */
export const publicApiUrls: Readonly<Record<ForgeKind, string>> = { github: "https://api.github.com", gitlab: "https://gitlab.com/api/v4" };
