// What a declaration of services cannot mean: unknown needs, circles, names that nothing fills. Pure.
import { namesIn, namesInCommand } from "./interpolate.ts";

interface Declared {
  readonly run: string;
  readonly cwd: string;
  readonly ports?: readonly string[] | undefined;
  readonly port?: string | undefined;
  readonly ready?: Readonly<Record<string, unknown>> | undefined;
  readonly needs: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}
export interface Problem { readonly path: readonly string[]; readonly message: string }

/** Filled in everywhere. */
export const injectedNames = ["DATA_DIR", "WORKTREE", "HOST"] as const;

const portsOf = (service: Declared): readonly string[] => service.ports ?? (service.port === undefined ? [] : [service.port]);

/** Every name that may stand in `${}` with these services; `own` adds the ports of one service by their bare names. */
export function knownNames(services: Readonly<Record<string, Pick<Declared, "ports" | "port">>>, own: readonly string[] = []): ReadonlySet<string> {
  const names = new Set<string>([...injectedNames, ...own]);
  for (const [name, service] of Object.entries(services)) {
    for (const field of ["port", "url", "host"]) names.add(`${name}.${field}`);
    for (const port of service.ports ?? (service.port === undefined ? [] : [service.port])) names.add(`${name}.${port}`);
  }
  return names;
}

export function unknownName(name: string, known: ReadonlySet<string>): string {
  const [service = ""] = name.split(".");
  const close = [...known].filter((candidate) => candidate.startsWith(`${service}.`) || candidate.toLowerCase() === name.toLowerCase());
  return `\${${name}} is not known, expected ${close.length > 0 ? `one of ${close.join(", ")}` : "${DATA_DIR}, ${WORKTREE}, or a service's ${name.port} or ${name.url}"}`;
}

/** The services of one circle in its order, the first again at its end; undefined where every order is possible. */
function findCircle(services: Readonly<Record<string, Declared>>): readonly string[] | undefined {
  const done = new Set<string>();
  const visit = (name: string, way: readonly string[]): readonly string[] | undefined => {
    const at = way.indexOf(name);
    if (at >= 0) return [...way.slice(at), name];
    if (done.has(name)) return undefined;
    for (const need of services[name]?.needs ?? []) {
      const circle = visit(need, [...way, name]);
      if (circle !== undefined) return circle;
    }
    done.add(name);
    return undefined;
  };
  for (const name of Object.keys(services)) {
    const circle = visit(name, []);
    if (circle !== undefined) return circle;
  }
  return undefined;
}

function problemsOf(name: string, service: Declared, services: Readonly<Record<string, Declared>>): readonly Problem[] {
  const problems: Problem[] = [];
  const ports = portsOf(service);
  for (const [index, need] of service.needs.entries()) {
    if (need === name) problems.push({ path: [name, "needs", String(index)], message: "a service cannot need itself" });
    else if (services[need] === undefined) problems.push({ path: [name, "needs", String(index)], message: `there is no service "${need}", expected one of ${Object.keys(services).join(", ")}` });
  }
  if (new Set(ports).size !== ports.length) problems.push({ path: [name, "ports"], message: "a variable stands twice" });
  const { ready } = service;
  const wanted = ready === undefined ? undefined : typeof ready["port"] === "string" ? ready["port"] : typeof ready["tcp"] === "string" ? ready["tcp"] : undefined;
  if (wanted !== undefined && !ports.includes(wanted))
    problems.push({
      path: [name, "ready"],
      message: `"${wanted}" is not among its ports, expected ${ports.length === 0 ? "ports to be declared" : `one of ${ports.join(", ")}`}`,
    });
  if (ready !== undefined && "tcp" in ready && ports.length === 0)
    problems.push({ path: [name, "ready"], message: "there is no port to connect to, expected ports, or { listening: true }" });
  if (service.cwd.startsWith("/") || service.cwd.split("/").includes("..")) problems.push({ path: [name, "cwd"], message: "expected a folder below the worktree" });
  const known = knownNames(services, ports);
  for (const [variable, value] of Object.entries(service.env)) {
    for (const used of namesIn(value)) if (!known.has(used)) problems.push({ path: [name, "env", variable], message: unknownName(used, known) });
  }
  for (const used of namesInCommand(service.run)) if (!known.has(used)) problems.push({ path: [name, "run"], message: unknownName(used, known) });
  return problems;
}

/** Paths begin with the service's name; empty where the declaration can be meant. */
export function findProblems(services: Readonly<Record<string, Declared>>): readonly Problem[] {
  const problems = Object.entries(services).flatMap(([name, service]) => problemsOf(name, service, services));
  const circle = problems.length > 0 ? undefined : findCircle(services);
  if (circle?.[0] !== undefined) problems.push({ path: [circle[0], "needs"], message: `services need each other in a circle: ${circle.join(" → ")}` });
  return problems;
}
