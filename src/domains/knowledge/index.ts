// Pure door of knowledge: what is known of a repository, and how a template is filled.
export { Docs, docsSection } from "./config/docs-section.ts";
export { detectFacts } from "./service/detect-facts.ts";
export { type AgentSettings, withoutSettings, withSettings } from "./service/settings-merge.ts";
export { fillTemplate, templateValues } from "./service/fill-template.ts";
export type { RepositoryFacts, RepositoryListing, ScaffoldFile, Script } from "./types/repository.ts";
