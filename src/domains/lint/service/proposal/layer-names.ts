// Names that folders have when they are layers, and the order that the imports between them speak for. Pure.

/** The layers of the house that Inspan proposes where nothing else is seen. */
export const houseLayers: readonly string[] = ["types", "config", "repo", "service", "runtime", "ui"];

/** In the usual order, from what imports nothing to what imports all; equal meanings in a row. A name that also is a usual one for domains (core, shared, admin) is not among them. */
const layerNames: readonly string[] = [
  "constants",
  "enums",
  "errors",
  "exceptions",
  "types",
  "interfaces",
  "dto",
  "dtos",
  "model",
  "models",
  "entity",
  "entities",
  "domain",
  "schema",
  "schemas",
  "config",
  "settings",
  "port",
  "ports",
  "db", "database", "dal", "repo", "repos", "repository", "repositories", "store", "stores", "storage", "persistence", "adapters", "infra", "infrastructure", "clients", "gateways",
  "service", "services", "usecase", "usecases", "use_cases", "use-cases", "application", "selectors", "queries", "commands", "runtime", "jobs", "workers", "tasks", "middleware",
  "handlers",
  "handler",
  "controllers",
  "controller",
  "resolvers",
  "routes",
  "router",
  "routers",
  "api",
  "rest",
  "graphql",
  "hooks",
  "components",
  "views",
  "view",
  "ui",
  "screens",
  "pages",
  "web",
  "cli",
  "cmd",
];
const rankOf = new Map(layerNames.map((name, at) => [name, at]));
/** Above this the number of orders is too large to try them all; a domain of more layers has some that say the same. */
const orderedMax = 8;

export function isLayerName(name: string): boolean {
  return rankOf.has(name);
}

/**
 * The seen names in the order in which the fewest imports look forward; the usual order decides where imports do not.
 * `importsBetween` counts the imports from the first name to the second.
 */
export function orderLayers(seen: readonly string[], importsBetween: (from: string, to: string) => number): readonly string[] {
  const usual = [...seen].sort((left, right) => (rankOf.get(left) ?? 0) - (rankOf.get(right) ?? 0));
  if (seen.every((name) => houseLayers.includes(name))) return houseLayers;
  if (usual.length > orderedMax) return usual;
  let best = { order: usual, cost: costOf(usual, importsBetween) };
  // Insertion until nothing gets better: for eight names the same as trying all orders, without 40,320 of them.
  for (let isBetter = true; isBetter;) {
    isBetter = false;
    for (const name of usual) {
      const others = best.order.filter((one) => one !== name);
      for (let at = 0; at <= others.length; at++) {
        const order = [...others.slice(0, at), name, ...others.slice(at)];
        const cost = costOf(order, importsBetween);
        if (cost < best.cost) { best = { order, cost }; isBetter = true; }
      }
    }
  }
  return best.order;
}

/** Imports that look forward. */
function costOf(order: readonly string[], importsBetween: (from: string, to: string) => number): number {
  let cost = 0;
  for (let from = 0; from < order.length; from++) for (let to = from + 1; to < order.length; to++) cost += importsBetween(order[from] ?? "", order[to] ?? "");
  return cost;
}
