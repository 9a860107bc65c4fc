// Which families of facts a check needs. Imports, exports, lines and problems are always read; nothing else that no rule asks for is.

export interface FactsRequest {
  readonly functions: boolean;
  readonly declarations: boolean;
  readonly typeUses: boolean;
  readonly comments: boolean;
  readonly strings: boolean;
  /** Fingerprints of functions and schemas; TypeScript, JavaScript and Python. */
  readonly shapes: boolean;
  /** Routes of hono, express and fastify; those of Python are counted only. */
  readonly routes: boolean;
  /** Names of parsers (globs, dots as slashes) for the flows of values from outside; empty for no flows. */
  readonly flows: readonly string[];
  /** First names of globals (`Date`, `console`) whose uses become facts. */
  readonly globals: readonly string[];
  /** Calls whose first name, last name, whole dotted name or imported name is one of these; `*` for every call. */
  readonly calls: readonly string[];
  /** Calls with one of these names anywhere in their dotted path, whatever it begins with: `log` finds `context.log.info(…)` and `this.log.info(…)`. */
  readonly localCalls: readonly string[];
}

export const noFacts: FactsRequest = {
  functions: false,
  declarations: false,
  typeUses: false,
  comments: false,
  strings: false,
  shapes: false,
  routes: false,
  flows: [],
  globals: [],
  calls: [],
  localCalls: [],
};

/** Everything that either asks for; lists sorted, so that equal requests are equal as text. */
export function joinRequests(requests: readonly Partial<FactsRequest>[]): FactsRequest {
  const isAsked = (key: "functions" | "declarations" | "typeUses" | "comments" | "strings" | "shapes" | "routes") => requests.some((one) => one[key] === true);
  const listOf = (key: "globals" | "calls" | "localCalls" | "flows") => [...new Set(requests.flatMap((one) => one[key] ?? []))].sort();
  return {
    functions: isAsked("functions"),
    declarations: isAsked("declarations"),
    typeUses: isAsked("typeUses"),
    comments: isAsked("comments"),
    strings: isAsked("strings"),
    shapes: isAsked("shapes"),
    routes: isAsked("routes"),
    flows: listOf("flows"),
    globals: listOf("globals"), calls: listOf("calls"), localCalls: listOf("localCalls"),
  };
}
