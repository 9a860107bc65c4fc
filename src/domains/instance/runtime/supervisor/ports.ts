// Owns the ports of one instance: leased among all instances, tried out, and led into the sandbox. Knows no service's life.
import { InspanError } from "../../../../base/errors.ts";
import type { ExposedPort, SandboxNetwork } from "../../../../providers/index.ts";
import type { Registry } from "../../repo/registry.ts";
import { portCandidates } from "../../service/ports.ts";
import type { ServicePlan, ServicePort } from "../../types/index.ts";
import { canBind } from "./probe.ts";

interface Held { readonly port: number; inside: number; readonly exposed: ExposedPort | undefined }

function portsTaken(owner: string): InspanError {
  return new InspanError("PORTS_TAKEN", `Cannot find a port for "${owner}": all that were tried are taken, expected a free one.`, { remedy: "inspan ps" });
}

export class InstancePorts {
  readonly #registry: Registry;
  readonly #key: string;
  readonly #network: () => SandboxNetwork | undefined;
  /** By "service/VARIABLE". */
  readonly #held = new Map<string, Held>();

  constructor(options: { readonly registry: Registry; readonly key: string; readonly network: () => SandboxNetwork | undefined }) {
    this.#registry = options.registry;
    this.#key = options.key;
    this.#network = options.network;
  }

  /** A port of this machine for the owner, free when this resolves; in a sandbox it leads to the same port there. Rejects with PORTS_TAKEN. */
  async open(owner: string): Promise<number> {
    const known = this.#held.get(owner);
    if (known !== undefined) return known.port;
    const excluded = new Set<number>();
    for (;;) {
      const port = this.#registry.lease(this.#key, owner, portCandidates(`${this.#key}/${owner}`, excluded));
      if (port === undefined) throw portsTaken(owner);
      const held = await this.#take(port);
      if (held !== undefined) { this.#held.set(owner, held); return port; }
      excluded.add(port);
    }
  }

  /** The same for something of ours that listens outside of the sandbox. */
  async openOutside(owner: string): Promise<number> {
    for (const port of portCandidates(`${this.#key}/${owner}`, new Set())) {
      if (this.#registry.lease(this.#key, owner, [port]) !== undefined && await canBind(port)) return port;
    }
    throw portsTaken(owner);
  }

  async #take(port: number): Promise<Held | undefined> {
    const network = this.#network();
    if (network === undefined) return (await canBind(port)) ? { port, inside: port, exposed: undefined } : undefined;
    try {
      return { port, inside: port, exposed: await network.expose(port, port) };
    } catch (error) {
      if (error instanceof InspanError && error.code === "PORT_TAKEN") return undefined;
      throw error;
    }
  }

  /** Leads a port to where the service really listens; false where it cannot be led (no sandbox). */
  lead(owner: string, inside: number): boolean {
    const held = this.#held.get(owner);
    if (held?.exposed === undefined) return false;
    held.inside = inside;
    held.exposed.setTarget(inside);
    return true;
  }

  /** Closes the ways of owners that are wanted no more. */
  async close(isWanted: (owner: string) => boolean = () => false): Promise<void> {
    for (const [owner, held] of [...this.#held]) {
      if (isWanted(owner)) continue;
      this.#held.delete(owner);
      await held.exposed?.close();
    }
  }

  /** As an address table for `${…}`. */
  tableOf(services: readonly ServicePlan[]): ReadonlyMap<string, ReadonlyMap<string, number>> {
    return new Map(
      services.map((service) => [
        service.name,
        new Map(
          service.ports.flatMap((name) => {
            const held = this.#held.get(`${service.name}/${name}`);
            return held === undefined ? [] : [[name, held.port] as const];
          }),
        ),
      ]),
    );
  }

  portsOf(service: ServicePlan): readonly ServicePort[] {
    return [...service.ports, undefined].flatMap((name) => {
      const held = this.#held.get(`${service.name}/${name ?? "found"}`);
      return held === undefined ? [] : [{ name, port: held.port, inside: held.inside === held.port ? undefined : held.inside }];
    });
  }
}
