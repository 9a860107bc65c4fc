// Door of the instance domain: what an instance is, how it is declared and what an answer of it holds.
export { instanceSections, servicesSection } from "./config/index.ts";
export { planInstance, planWorkload } from "./service/plan.ts";
export type { ImportProposal, InstancePlan, InstanceState, ServiceFailure, ServiceState } from "./types/index.ts";
