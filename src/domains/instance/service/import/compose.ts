// Compose files: everything in them needs a container, so it is named and not imported; a service built here with a command is pointed out. Pure.
import { parse } from "yaml";
import type { Imported, NotImported } from "../../types/index.ts";
import { failed, isMap, listOf, textOf } from "./parts.ts";

export const composePaths = ["compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"] as const;

function portsOf(value: unknown): string {
  const ports = listOf(value).flatMap((port) => textOf(isMap(port) ? port["target"] : port)?.split(":").at(-1) ?? []);
  return ports.length === 0 ? "" : ` (port ${ports.join(", ")})`;
}

export function importCompose(file: string, text: string): Imported {
  let value: unknown;
  try { value = parse(text, { maxAliasCount: 50 }); } catch { return failed(file, "it is not YAML"); }
  const services = isMap(value) && isMap(value["services"]) ? value["services"] : undefined;
  if (services === undefined) return failed(file, "it has no services");
  const notImported: NotImported[] = Object.entries(services).map(([name, service]) => {
    const image = isMap(service) ? textOf(service["image"]) : undefined;
    const isBuilt = isMap(service) && service["build"] !== undefined;
    const ports = isMap(service) ? portsOf(service["ports"]) : "";
    const why = isBuilt ? "it is built as a container image; declare the command that starts it here under services:"
      : `it needs a container${image === undefined ? "" : ` of ${image}`}; start it yourself and name its address under env:, or declare a program that does the same`;
    return { file, what: `${name}${ports}`, why };
  });
  return { services: {}, notImported };
}
