// The one question behind the rules `layers`, `domains` and `providers`: may this file import that one? Pure, path against path.
import type { LintConfiguration } from "../config/lint-configuration.ts";
import type { Place } from "./places.ts";

export interface Verdict {
  readonly rule: "layers" | "domains" | "providers";
  /** What the edge is, as the end of a sentence that begins with the import. */
  readonly found: string;
  readonly expected: string;
  readonly fix: string;
}

/** Undefined where the edge is allowed. At most one verdict: the first wall that the edge runs into. */
export function judgeEdge(from: Place, to: Place, configuration: LintConfiguration): Verdict | undefined {
  if (from.isProvider && to.domain !== undefined && !to.isProvider) return providerImportsDomain(to);
  if (from.domainPath === undefined || from.isProvider) return undefined;
  if (to.isProvider) return judgeProviders(from, configuration);
  if (to.domainPath === undefined) return undefined;
  return from.domainPath === to.domainPath ? judgeLayers(from, to, configuration) : judgeDomains(from, to, configuration);
}

function judgeLayers(from: Place, to: Place, configuration: LintConfiguration): Verdict | undefined {
  if (from.layer === undefined || to.layer === undefined) return undefined;
  const allowed = configuration.layers.edges[from.layer] ?? [];
  if (allowed.includes(to.layer)) return undefined;
  const others = allowed.filter((layer) => layer !== from.layer);
  return {
    rule: "layers", found: `the layer ${from.layer} of domain ${from.domain} imports its layer ${to.layer}`,
    expected:
      others.length === 0
        ? `${from.layer} imports nothing but ${from.layer} in its own domain`
        : `${from.layer} imports only ${names([...others, from.layer])} in its own domain`,
    fix: others.length === 0
      ? `Move what ${from.layer} needs from ${to.file} into ${from.layer}, or move the code that needs it up into ${to.layer}, and pass values in.`
      : `Move the definition that is needed from ${to.file} into ${names(others)}, or pass it in as a parameter from ${to.layer}; then import it from there.`,
  };
}

function judgeDomains(from: Place, to: Place, configuration: LintConfiguration): Verdict | undefined {
  const { order, doors } = configuration.domains;
  const fromRank = order?.indexOf(from.domain ?? "") ?? -1;
  const toRank = order?.indexOf(to.domain ?? "") ?? -1;
  if (order !== undefined && fromRank !== -1 && toRank !== -1 && toRank > fromRank) {
    return {
      rule: "domains", found: `domain ${from.domain} imports the later domain ${to.domain}`,
      expected: `${from.domain} imports only domains before it: ${order.slice(0, fromRank).join(", ") || "none"}`,
      fix: `Turn the edge round: let ${to.domain} import ${from.domain} and pass in what ${from.domain} needs (a value, a function, an entry of a table), or move the shared definition into ${from.domain} or an earlier domain.`,
    };
  }
  const open = doors.filter((door) => door.layers === undefined || from.layer === undefined || door.layers.includes(from.layer));
  const openPaths = open.filter((door) => isDoorOfLanguage(door.path, to.file)).map((door) => `${to.domainPath}/${door.path}`);
  if (to.door !== undefined && open.some((door) => door.path === to.door?.path)) return undefined;
  const inside =
    to.door === undefined
      ? `the inside of domain ${to.domain}`
      : `the door ${to.door.path} of domain ${to.domain}, which is closed to the layer ${from.layer ?? "of no name"}`;
  return {
    rule: "domains", found: `${from.layer === undefined ? "" : `the layer ${from.layer} of `}domain ${from.domain} imports ${inside}`,
    expected: openPaths.length === 0 ? `no import of domain ${to.domain} from here` : `domain ${to.domain} is imported only through ${openPaths.join(" or ")}`,
    fix: openPaths.length === 0
      ? `Take what is needed as a parameter; the layer ${from.layer ?? ""} may not import domain ${to.domain}.`
      : `Export the symbol from ${openPaths.join(" or ")} (where it is meant for other domains) and import it from there.`,
  };
}

/** A message about Python does not speak of the doors that other languages have by default. */
function isDoorOfLanguage(door: string, file: string): boolean {
  const endings = /\.(py|rs|go|java)i?$/;
  const doorEnding = endings.exec(door.replace("{py,pyi}", "py"))?.[1];
  const fileEnding = endings.exec(file)?.[1];
  return doorEnding === undefined ? fileEnding === undefined || !door.startsWith("index.") : doorEnding === fileEnding;
}

function judgeProviders(from: Place, configuration: LintConfiguration): Verdict | undefined {
  const allowed = configuration.providers?.layers ?? [];
  if (from.layer === undefined || allowed.includes(from.layer)) return undefined;
  return {
    rule: "providers", found: `the layer ${from.layer} of domain ${from.domain} imports Providers`,
    expected: `only ${names(allowed)} import Providers`,
    fix: `Take the value as a parameter, and let ${names(allowed)} get it from Providers and pass it in.`,
  };
}

function providerImportsDomain(to: Place): Verdict {
  return {
    rule: "providers", found: `a Provider imports domain ${to.domain}`,
    expected: "Providers import no domain",
    fix: `Take what is needed from ${to.domain} as a parameter or as an interface that the Provider declares itself.`,
  };
}

export function names(list: readonly string[]): string {
  if (list.length < 2) return list[0] ?? "nothing";
  return `${list.slice(0, -1).join(", ")} and ${list.at(-1) ?? ""}`;
}
