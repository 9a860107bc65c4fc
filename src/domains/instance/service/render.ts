// An instance as text for people, and in the form of CONTRACTS for programs. Pure.
import { renderTable } from "../../../base/text.ts";
import type { InstanceState, ServiceState } from "../types/index.ts";

/** The form of CONTRACTS, with what else is known. `ports` are numbers; their variables are in `portNames`. */
export function toContract(state: InstanceState) {
  const { version, worktree, services, telemetry, dataDir, supervisor, isSandboxed } = state;
  return {
    version, worktree, telemetry, dataDir, supervisor, isSandboxed,
    services: services.map((service) => ({
      ...service, url: service.url ?? null, ports: service.ports.map(({ port }) => port), pid: service.pid ?? null, readyMs: service.readyMs ?? null,
      portNames: Object.fromEntries(service.ports.flatMap(({ name, port }) => (name === undefined ? [] : [[name, port]]))),
      insidePorts: Object.fromEntries(service.ports.flatMap(({ port, inside }) => (inside === undefined ? [] : [[String(port), inside]]))),
    })),
  };
}
export type InstanceAnswer = ReturnType<typeof toContract>;

function renderFailure({ name, failure }: Pick<ServiceState, "name" | "failure">): string {
  if (failure === undefined) return "";
  return [
    `${name}: ${failure.message}`,
    `  expected: ${failure.expected}`,
    `  ports seen: ${failure.portsSeen.length === 0 ? "none" : failure.portsSeen.join(", ")}`,
    ...(failure.lastLines.length === 0 ? ["  it printed nothing"] : ["  last lines:", ...failure.lastLines.map((line) => `    ${line}`)]),
    `Next: ${failure.remedy}`,
  ].join("\n");
}

export function renderInstance(state: InstanceAnswer): string {
  if (state.supervisor === undefined) return "Nothing is up in this worktree.\nNext: inspan up";
  const rows = state.services.map((service) => [
    service.name,
    service.status,
    service.url ?? "",
    service.readyMs === null ? "" : `${service.readyMs} ms`,
    service.pid === null ? "" : String(service.pid),
  ]);
  return [
    renderTable([["SERVICE", "STATE", "URL", "READY", "PID"], ...rows]),
    ...state.services.filter(({ failure }) => failure !== undefined).map(renderFailure),
    ...(state.services.some(({ hostUrl }) => hostUrl !== undefined) ? state.services.flatMap(({ hostUrl }) => (hostUrl === undefined ? [] : [`also ${hostUrl}`])) : []),
    ...(state.telemetry === undefined ? [] : [`telemetry ${state.telemetry.url}`]),
    `data ${state.dataDir}`,
  ].join("\n");
}

/** 1 unless everything declared is ready. */
export function exitCodeOfInstance(state: InstanceAnswer): number {
  return state.services.length > 0 && state.services.every(({ status }) => status === "ready") ? 0 : 1;
}

export interface DownAnswer {
  readonly version: 1;
  readonly worktree: string;
  readonly stopped: readonly string[];
  /** A supervisor that was killed before had left something. */ readonly hadCrashed: boolean;
  readonly isDataRemoved: boolean;
}

export function renderDown({ stopped, hadCrashed, isDataRemoved }: DownAnswer): string {
  return [
    hadCrashed ? "The supervisor had been killed; what it left is gone." : stopped.length === 0 ? "Nothing was up in this worktree." : `Stopped ${stopped.join(", ")}.`,
    ...(isDataRemoved ? ["Data and output are removed."] : []),
  ].join("\n");
}
