// Imported rules as text for inspan.yaml. What could not be carried over stands in it as comments, so that it is not forgotten.
import { stringify } from "yaml";
import type { ImportedRules } from "./model.ts";

/** The key `rules` with its entries; `[]` where nothing could be carried over. */
export function renderRules(imported: ImportedRules, source: string): string {
  const skipped = imported.notCarried.map((one) => `# Not carried over: ${one.replaceAll(/\s+/g, " ")}`);
  const rules = stringify({ rules: imported.rules }, { lineWidth: 0, aliasDuplicateObjects: false });
  return [`# Imported from ${source.replaceAll(/\s+/g, " ")} by inspan import-rules.`, ...skipped, rules].join("\n");
}
