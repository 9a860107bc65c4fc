// Where a file stands in the house: its domain, its layer, its door. Decided from its path alone.
import type { LintConfiguration } from "../config/lint-configuration.ts";

export interface Place {
  readonly file: string;
  /** Last part of the domain's folder; undefined outside of all domains. */
  readonly domain: string | undefined;
  /** Folder of the domain, relative to the root. */
  readonly domainPath: string | undefined;
  readonly layer: string | undefined;
  /** The pattern of the door that this file is. */
  readonly door: { readonly path: string; readonly layers: readonly string[] | undefined } | undefined;
  readonly isProvider: boolean;
}

export type PlaceOf = (file: string) => Place;

/** The result remembers what it was asked; it may live as long as its configuration. */
export function placesOf(configuration: LintConfiguration): PlaceOf {
  const known = new Map<string, Place>();
  const domains = new Map<string, string | undefined>();
  return (file) => {
    let place = known.get(file);
    if (place === undefined) known.set(file, place = placeOf(file, configuration, domains));
    return place;
  };
}

function placeOf(file: string, configuration: LintConfiguration, domains: Map<string, string | undefined>): Place {
  const isProvider = configuration.providers?.isMatch(file) ?? false;
  const domainPath = domainPathOf(file, configuration, domains);
  if (domainPath === undefined) return { file, domain: undefined, domainPath: undefined, layer: undefined, door: undefined, isProvider };
  const below = file.slice(domainPath.length + 1);
  const first = below.split("/")[0] ?? "";
  const name = below.includes("/") ? first : first.split(".")[0] ?? first;
  return {
    file, isProvider, domainPath,
    domain: domainPath.slice(domainPath.lastIndexOf("/") + 1),
    layer: configuration.layers.order.includes(name) ? name : undefined,
    door: configuration.domains.doors.find((door) => door.isMatch(below)),
  };
}

/** The shortest folder above the file that is a domain. */
function domainPathOf(file: string, configuration: LintConfiguration, domains: Map<string, string | undefined>): string | undefined {
  const folder = file.slice(0, Math.max(0, file.lastIndexOf("/")));
  if (folder === "" || configuration.domains.paths.length === 0) return undefined;
  if (domains.has(folder)) return domains.get(folder);
  let found: string | undefined;
  for (let end = folder.indexOf("/"); found === undefined; end = folder.indexOf("/", end + 1)) {
    const prefix = end === -1 ? folder : folder.slice(0, end);
    if (configuration.domains.isMatch(prefix)) found = prefix;
    if (end === -1) break;
  }
  domains.set(folder, found);
  return found;
}
