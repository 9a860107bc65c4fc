// Turns the sections of inspan.yaml into the plan that a supervisor starts from. Pure; throws SERVICES_INVALID naming the key.
import { InspanError } from "../../../base/errors.ts";
import { namesIn, namesInCommand } from "../config/interpolate.ts";
import { knownNames, unknownName } from "../config/problems.ts";
import { portsOf, readyOf, type ServiceConfig, type ServicesConfig } from "../config/services.ts";
import type { InstancePlan, ServicePlan, WorkloadPlan } from "../types/index.ts";

export interface Declaration {
  readonly services: ServicesConfig;
  readonly env: Readonly<Record<string, string>>;
  readonly seed: { readonly run: string; readonly timeout: number; readonly inputs: readonly string[] } | undefined;
  readonly resources: Readonly<Record<string, number>>;
  /** Absolute. */
  readonly share: readonly string[];
  readonly hasTelemetry: boolean;
  readonly workloads: Readonly<Record<string, { readonly run: string; readonly timeout: number; readonly env: Readonly<Record<string, string>> }>>;
}

function invalid(key: string, state: string): InspanError {
  return new InspanError("SERVICES_INVALID", `Cannot start the services: ${key}: ${state}.`, { kind: "usage", remedy: `mend ${key} in inspan.yaml, then run: inspan up` });
}

/** Names in an order in which each stands behind what it needs, otherwise as declared. The declaration has no circle: the schema refused it. */
export function orderServices(services: Readonly<Record<string, { readonly needs: readonly string[] }>>): readonly string[] {
  const ordered = new Set<string>();
  const visit = (name: string): void => {
    if (ordered.has(name)) return;
    for (const need of services[name]?.needs ?? []) visit(need);
    ordered.add(name);
  };
  for (const name of Object.keys(services)) visit(name);
  return [...ordered];
}

function planService(name: string, service: ServiceConfig, env: Readonly<Record<string, string>>): ServicePlan {
  const { ready, timeoutMs } = readyOf(service);
  const ports = portsOf(service);
  // A variable for all of them does not take a service's port away; its own `env:` may.
  const common = Object.fromEntries(Object.entries(env).filter(([variable]) => !ports.includes(variable)));
  return {
    name, run: service.run, cwd: service.cwd, ports, ready, readyTimeoutMs: timeoutMs, needs: service.needs,
    env: { ...common, ...service.env }, stopSignal: service.stop.signal, graceMs: service.stop.grace, uses: service.uses,
    instrument: service.instrument, processesMax: service.processesMax,
  };
}

/** Throws SERVICES_INVALID; SERVICES_MISSING where nothing is declared. */
export function planInstance(declaration: Declaration): InstancePlan {
  const { services, env, seed, resources, share, hasTelemetry } = declaration;
  if (Object.keys(services).length === 0)
    throw new InspanError("SERVICES_MISSING", `Cannot start the application: inspan.yaml declares no services.`, {
      kind: "usage",
      remedy: "inspan services import --write",
    });
  const known = knownNames(services);
  for (const [variable, value] of Object.entries(env)) {
    for (const used of namesIn(value)) if (!known.has(used)) throw invalid(`env.${variable}`, unknownName(used, known));
  }
  for (const used of seed === undefined ? [] : namesInCommand(seed.run)) if (!known.has(used)) throw invalid("seed", unknownName(used, known));
  for (const [name, service] of Object.entries(services)) {
    for (const used of service.uses)
      if (resources[used] === undefined)
        throw invalid(
          `services.${name}.uses`,
          `there is no resource "${used}", expected ${Object.keys(resources).length === 0 ? `resources: { ${used}: 1 }` : `one of ${Object.keys(resources).join(", ")}`}`,
        );
  }
  for (const [resource, count] of Object.entries(resources)) {
    const users = Object.keys(services).filter((name) => services[name]?.uses.includes(resource) === true);
    if (users.length > count)
      throw invalid(
        `resources.${resource}`,
        `${users.join(", ")} use it at once and there ${count === 1 ? "is" : "are"} ${count}, so they would wait for each other for ever, expected at least ${users.length}, or one service that uses it`,
      );
  }
  return {
    version: 1, env, resources, share, hasTelemetry,
    services: orderServices(services).flatMap((name) => { const service = services[name]; return service === undefined ? [] : [planService(name, service, env)]; }),
    seed: seed === undefined ? undefined : { run: seed.run, timeoutMs: seed.timeout, inputs: seed.inputs },
  };
}

/** Throws WORKLOAD_UNKNOWN or SERVICES_INVALID. */
export function planWorkload(declaration: Pick<Declaration, "services" | "env" | "workloads">, name: string): WorkloadPlan {
  const workload = declaration.workloads[name];
  if (workload === undefined) {
    const names = Object.keys(declaration.workloads);
    throw new InspanError("WORKLOAD_UNKNOWN", `Cannot run the workload "${name}": inspan.yaml declares ${names.length === 0 ? "none" : names.join(", ")}.`, {
      kind: "usage",
      remedy: `add workloads: { ${name}: <command> } to inspan.yaml`,
    });
  }
  const known = knownNames(declaration.services);
  const env = { ...declaration.env, ...workload.env };
  for (const [variable, value] of Object.entries(env))
    for (const used of namesIn(value)) if (!known.has(used)) throw invalid(`workloads.${name}.env.${variable}`, unknownName(used, known));
  for (const used of namesInCommand(workload.run)) if (!known.has(used)) throw invalid(`workloads.${name}`, unknownName(used, known));
  return { name, run: workload.run, timeoutMs: workload.timeout, env };
}
