// What the active rules of a configuration want to know about each file. A rule that needs another family asks for it here.
import type { LintConfiguration } from "../config/lint-configuration.ts";
import { kindRequests } from "./kinds/run.ts";
import { type FactsRequest, joinRequests } from "../types/facts-request.ts";

/** The graph alone asks for nothing: imports are always read. */
export function requestFacts(configuration: LintConfiguration): FactsRequest {
  return joinRequests([
    { functions: configuration.sizeRules.some((rule) => rule.name === "function-size") },
    { globals: configuration.watchedGlobals },
    ...kindRequests(configuration),
  ]);
}
