// The keys of inspan.yaml that say how the application boots: services, env, seed, share, resources, workloads. Reads nothing.
import { z } from "zod";
import type { ConfigSection } from "../../../base/config-section.ts";
import { findProblems } from "./problems.ts";
import { type Ready, stopSignals } from "../types/index.ts";
import { Command, Duration, Environment, Name, VariableName } from "./parts.ts";

/** More services than this on one machine are not one application. */
export const serviceCountMax = 64;
/** A readiness address longer than this is a mistake. */
const pathCharsMax = 2048;

const ReadyTimeout = Duration.optional().describe("How long it may take; 60s unless told");

const ReadyConfig = z.union([
  z.strictObject({
    http: z.string().max(pathCharsMax).regex(/^\/[^\s]*$/, "expected a path that begins with /").describe("A path that answers with a status below 400"),
    port: VariableName.optional().describe("The port's variable, where the service has several"),
    status: z.number().int().min(100).max(599).optional().describe("The one status that counts"),
    timeout: ReadyTimeout,
  }),
  z.strictObject({ tcp: z.union([z.literal(true), VariableName]).describe("The port's variable, or true for the first"), timeout: ReadyTimeout }),
  z.strictObject({ log: z.string().min(1).max(500).describe("A regular expression (RE2) that a line of its output matches"), timeout: ReadyTimeout }),
  z.strictObject({ listening: z.literal(true).describe("Any port that its processes listen on"), timeout: ReadyTimeout }),
  z.strictObject({ started: z.literal(true).describe("At once: for workers that listen on nothing"), timeout: ReadyTimeout }),
]);

export const ServiceConfig = z.strictObject({
  run: Command.describe("Shell command that stays in the foreground"),
  cwd: z.string().min(1).max(1000).default(".").describe("Folder below the worktree"),
  ports: z.array(VariableName).max(16).optional().describe("Environment variables that each get a free port; the first is that of its address"),
  port: VariableName.optional().describe("The same for one port"),
  ready: ReadyConfig.optional().describe("When it is ready; with ports: when any of its processes listens, without: at once"),
  needs: z.array(Name).max(serviceCountMax).default([]).describe("Services that have to be ready first"),
  env: Environment.describe("Variables, with ${other.port}, ${other.url}, ${DATA_DIR}, ${WORKTREE}"),
  stop: z
    .strictObject({ signal: z.enum(stopSignals).default("SIGTERM"), grace: Duration.default(5000) })
    .prefault({})
    .describe("How it is ended: signal, and the time it has before it is killed"),
  uses: z.array(Name).max(16).default([]).describe("Names of `resources` that it holds while it runs"),
  instrument: z
    .enum(["light", "full", "none"])
    .default("light")
    .describe(
      "light: HTTP server spans of Node at no start-up cost; full: everything that OpenTelemetry's automatic instrumentation knows, about half a second; none",
    ),
  processesMax: z.number().int().min(8).max(100_000).default(1024).describe("Processes and threads at once"),
}).refine((service) => service.port === undefined || service.ports === undefined, { message: "expected port or ports, not both", path: ["port"] });
export type ServiceConfig = z.infer<typeof ServiceConfig>;

export const ServicesConfig = z.record(Name, ServiceConfig).default({}).superRefine((services, context) => {
  if (Object.keys(services).length > serviceCountMax) context.addIssue({ code: "custom", message: `expected at most ${serviceCountMax} services` });
  for (const problem of findProblems(services)) context.addIssue({ code: "custom", message: problem.message, path: [...problem.path] });
});
export type ServicesConfig = z.infer<typeof ServicesConfig>;

export const servicesSection = {
  key: "services",
  schema: ServicesConfig,
  summary: "What `inspan up` starts in a worktree, in which order, and when each is ready. `inspan services import` proposes them from files that you have.",
  example: [
    "services:",
    "  api: { run: npm run dev:api, ports: [API_PORT], ready: { http: /healthz, timeout: 30s } }",
    "  web: { run: npm run dev, ports: [PORT], ready: { http: / }, needs: [api], env: { API_URL: \"${api.url}\" } }",
    "",
  ].join("\n"),
} satisfies ConfigSection;

export const envSection = {
  key: "env",
  schema: Environment,
  summary: "Variables for every service, seed and workload. ${api.port}, ${api.url}, ${DATA_DIR} and ${WORKTREE} are filled in.",
  example: 'env: { DATABASE_URL: "file:${DATA_DIR}/dev.db" }',
} satisfies ConfigSection;

const SeedConfig = z.strictObject({
  run: Command.describe("Shell command that fills ${DATA_DIR}"),
  timeout: Duration.default(120_000).describe("The seed fails after this time"),
  inputs: z.array(z.string().min(1).max(1000)).max(100).default([]).describe("Files that decide the data: worktrees in which they are equal share one snapshot"),
});

export const seedSection = {
  key: "seed",
  schema: z.union([Command.transform((run) => ({ run, timeout: 120_000, inputs: [] as string[] })), SeedConfig]).optional(), // an empty list has no element type of its own
  summary: "A command that fills an empty data folder before the first start, once for each worktree; its result is kept as a snapshot.",
  example: "seed: { run: npm run db:seed, inputs: [db/schema.sql, db/seed.sql] }",
} satisfies ConfigSection;

export const shareSection = {
  key: "share",
  schema: z.array(z.string().min(1).max(1000)).max(100).default([]),
  summary: "Large things outside of the repository that services may read and nobody may write (model checkpoints, media); ~ is your home.",
  example: "share: [~/models/small.gguf]",
} satisfies ConfigSection;

export const resourcesSection = {
  key: "resources",
  schema: z.record(Name, z.number().int().min(1).max(10_000)).default({}),
  summary: "Scarce things of this machine and how many services may hold each at once; others wait in order.",
  example: "resources: { gpu: 1 }",
} satisfies ConfigSection;

const WorkloadConfig = z.strictObject({
  run: Command.describe("Shell command"),
  timeout: Duration.default(300_000).describe("The workload fails after this time"),
  env: Environment.describe("Variables, as for services"),
});

export const workloadsSection = {
  key: "workloads",
  schema: z.record(Name, z.union([Command.transform((run) => ({ run, timeout: 300_000, env: {} as Record<string, string> })), WorkloadConfig])).default({}), // an empty record has no value type of its own
  summary: "Commands that use the running application, for `inspan workload run <name>`: each run is compared with the one before.",
  example: 'workloads: { smoke: "curl -fsS ${web.url}/healthz" }',
} satisfies ConfigSection;

export const instanceSections = [servicesSection, envSection, seedSection, shareSection, resourcesSection, workloadsSection] as const;

/** `ready` as the plan knows it. */
export function readyOf(service: ServiceConfig): { readonly ready: Ready; readonly timeoutMs: number } {
  const { ready } = service;
  const timeoutMs = ready?.timeout ?? 60_000;
  if (ready === undefined) return { ready: { kind: portsOf(service).length > 0 ? "listening" : "started" }, timeoutMs };
  if ("http" in ready) return { ready: { kind: "http", path: ready.http, port: ready.port, status: ready.status }, timeoutMs };
  if ("tcp" in ready) return { ready: { kind: "tcp", port: ready.tcp === true ? undefined : ready.tcp }, timeoutMs };
  if ("log" in ready) return { ready: { kind: "log", pattern: ready.log }, timeoutMs };
  return { ready: { kind: "listening" in ready ? "listening" : "started" }, timeoutMs };
}

export function portsOf(service: Pick<ServiceConfig, "port" | "ports">): readonly string[] {
  return service.ports ?? (service.port === undefined ? [] : [service.port]);
}
