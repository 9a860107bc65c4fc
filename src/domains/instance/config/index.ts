// The instance's configuration in one place.
export {
  instanceSections,
  envSection,
  resourcesSection,
  seedSection,
  servicesSection,
  shareSection,
  workloadsSection,
  type ServiceConfig,
  type ServicesConfig,
} from "./services.ts";
