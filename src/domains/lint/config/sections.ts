// The keys `domains`, `layers`, `providers` and `exceptions` of inspan.yaml. Knows no file system and no rule.
import { z } from "zod";
import type { ConfigSection } from "../../../base/config-section.ts";
import { Globs } from "./globs.ts";

const LayerName = z.string().regex(/^[\w-]+$/, "a layer's name is letters, digits, - and _").describe("Name of a file or folder directly below a domain.");

export const Door = z.strictObject({
  path: z.string().min(1).describe("Glob below the domain, for example `runtime/index.*`."),
  layers: z.array(LayerName).optional().describe("Layers of other domains that may come in here; all of them unless told, an empty list keeps every domain out."),
});
export type Door = z.infer<typeof Door>;

/** What each language takes for the entry of a folder. */
const defaultDoors: readonly Door[] = ["index.*", "__init__.{py,pyi}", "{mod,lib}.rs", "*.go", "*.java"].map((path) => ({ path }));

const DomainsObject = z.strictObject({
  path: Globs.describe("Glob or list of globs; each folder that matches is a domain."),
  order: z.array(z.string().min(1)).optional().describe("Names of the domains; an import across domains may only go to an earlier one."),
  doors: z
    .array(Door)
    .min(1)
    .optional()
    .describe(
      "The files of a domain that others may import; unless told `index.*`, in Python `__init__.py`, in Rust `mod.rs` and `lib.rs`, in Go and Java the files directly in the domain's package.",
    ),
});

export const Domains = z.union([Globs, DomainsObject]).optional().transform((value) => {
  const object = value === undefined ? { path: [] } : typeof value === "string" || Array.isArray(value) ? { path: value } : value;
  return {
    path: typeof object.path === "string" ? [object.path] : object.path,
    order: "order" in object ? object.order : undefined,
    doors: ("doors" in object ? object.doors : undefined) ?? defaultDoors,
  };
});
export type Domains = z.infer<typeof Domains>;

const LayersObject = z.strictObject({
  order: z.array(LayerName).min(1).describe("Layers from the first (imports none of the others) to the last."),
  edges: z.record(z.string(), z.array(LayerName)).optional().describe("What a layer may import besides itself; a layer that is not named keeps: every earlier one."),
  strict: z.literal("adjacent").optional().describe("A layer may import itself and the one just before it, nothing else."),
});

export const Layers = z.union([z.array(LayerName), LayersObject]).optional().superRefine((value, issues) => {
  if (value === undefined) return;
  const object: z.infer<typeof LayersObject> = Array.isArray(value) ? { order: value } : value;
  const names = new Set(object.order);
  if (names.size < object.order.length) issues.addIssue({ code: "custom", message: "a layer is named twice" });
  if (object.edges !== undefined && object.strict !== undefined) issues.addIssue({ code: "custom", message: "`edges` and `strict` exclude each other", path: ["strict"] });
  for (const [from, targets] of Object.entries(object.edges ?? {})) {
    for (const name of [from, ...targets])
      if (!names.has(name))
        issues.addIssue({ code: "custom", message: `unknown layer "${name}", expected one of ${object.order.join(", ")}`, path: ["edges", from] });
  }
}).transform((value) => {
  const object: z.infer<typeof LayersObject> = value === undefined || Array.isArray(value) ? { order: value ?? [] } : value;
  return { order: object.order, edges: allowedLayers(object) };
});
export type Layers = z.infer<typeof Layers>;

/** For each layer, the layers that it may import, itself included. */
function allowedLayers(object: z.infer<typeof LayersObject>): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(object.order.map((layer, index) => {
    const named = object.edges?.[layer];
    if (named !== undefined) return [layer, [...named.filter((name) => name !== layer), layer]];
    return [layer, object.order.slice(object.strict === "adjacent" ? Math.max(0, index - 1) : 0, index + 1)];
  }));
}

export const ProvidersRoom = z.strictObject({
  path: Globs.describe("Folder or glob of the Providers: the one way to what cuts across all domains."),
  packages: z.array(z.string().min(1)).default([]).describe("Packages (globs) that only Providers may import."),
  layers: z.array(LayerName).optional().describe("Layers that may import Providers; all but `types` and `config` unless told."),
}).optional();
export type ProvidersRoom = z.infer<typeof ProvidersRoom>;

export const Exception = z.strictObject({
  rule: z.string().min(1).describe("Name of the rule."),
  file: Globs.describe("Files whose findings pass."),
  to: Globs.optional().describe("Only findings about these targets: files, packages, or names of functions and globals."),
  reason: z.string().min(1).describe("Why this is right for now."),
  until: z.iso.date().describe("Last day (YYYY-MM-DD); afterwards the findings are back."),
});
export type Exception = z.infer<typeof Exception>;

export const Exceptions = z.array(Exception).default([]);

export const domainsSection: ConfigSection<typeof Domains> = {
  key: "domains", schema: Domains,
  summary: "Which folders are domains, their order, and the doors through which one domain may be imported by another.",
  example:
    'domains: src/domains/*\n# or\ndomains:\n  path: src/domains/*\n  order: [rooms, booking]\n  doors:\n    - { path: "index.*" }\n    - { path: "runtime/index.*", layers: [runtime, ui] }\n',
};
export const layersSection: ConfigSection<typeof Layers> = {
  key: "layers", schema: Layers,
  summary: "The layers of a domain. Each is a file or folder of that name directly below the domain and may import itself and every earlier one.",
  example: "layers: [types, config, repo, service, runtime, ui]\n",
};
export const providersSection: ConfigSection<typeof ProvidersRoom> = {
  key: "providers", schema: ProvidersRoom,
  summary: "The folder of cross-cutting parts (telemetry, authentication, flags) and the packages that only they may import.",
  example: "providers: { path: src/providers, packages: [\"@opentelemetry/*\", pino] }\n",
};
export const exceptionsSection: ConfigSection<typeof Exceptions> = {
  key: "exceptions", schema: Exceptions,
  summary: "Findings that pass for now, with a reason and a last day. An expired or unused entry is itself a finding.",
  example: "exceptions:\n  - { rule: layers, file: src/domains/booking/service.ts, to: src/domains/booking/runtime/session.ts, reason: \"split under way\", until: 2030-01-31 }\n",
};
