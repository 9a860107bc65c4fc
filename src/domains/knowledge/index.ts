// Pure door of knowledge: what is known of a repository, and how a template is filled.
export { detectFacts } from "./service/detect-facts.ts";
export { fillTemplate, templateValues } from "./service/fill-template.ts";
export type { DomainsFacts, RepositoryFacts, RepositoryListing, ScaffoldFile, Script } from "./types.ts";
