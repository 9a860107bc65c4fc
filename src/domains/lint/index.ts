// The pure door of lint: its nouns, its configuration keys, and its decisions. What reads files is behind runtime/index.ts.
export { compileGlobs, Globs, type Matcher } from "./config/globs.ts";
export { testGlobs } from "./config/kinds/evidence.ts";
export { builtinRules, rulesSection } from "./config/rules.ts";
export { domainsSection, exceptionsSection, layersSection, providersSection } from "./config/sections.ts";
export { type LintConfiguration, readLintConfiguration } from "./config/lint-configuration.ts";
export { formatOfRules, type ImportedRules, importRules, type ImportRulesInput } from "./service/importers/index.ts";
export { renderRules } from "./service/importers/render.ts";
export { fingerprint } from "../../base/hash.ts";
export { identify } from "./service/identity.ts";
export { hookClients, type HookClient, hookSettings, type HookSettings } from "./service/hook.ts";
export { type Place, type PlaceOf, placesOf } from "./service/places.ts";
export { applyMechanicalFix, type MechanicalFix, readMechanicalFix } from "./service/mechanical-fix.ts";
export { readCoverageReport } from "./service/coverage-reports.ts";
export { groupFindings, renderFindingsForAgent, renderGroup } from "./service/text.ts";
export { Finding, type FindingDraft, Severity } from "./types/finding.ts";
export { renderProposal } from "./service/proposal/render.ts";
export { Proposal } from "./types/proposal.ts";
export { CheckReport, Coverage, GraphReport } from "./types/report.ts";
