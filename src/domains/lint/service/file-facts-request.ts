// What the rules about single files want to know about a file. Loads no other rule.
import type { LintConfiguration } from "../config/lint-configuration.ts";
import { type FactsRequest, joinRequests } from "../types/facts-request.ts";
import { fileKindRequests } from "./kinds/run-file.ts";

export function requestFileFacts(configuration: LintConfiguration): FactsRequest {
  return joinRequests([
    { functions: configuration.sizeRules.some((rule) => rule.name === "function-size") },
    { globals: configuration.watchedGlobals },
    ...fileKindRequests(configuration),
  ]);
}
