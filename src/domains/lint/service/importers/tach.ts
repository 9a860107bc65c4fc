// From tach.toml to ours: every module says what it depends on, so everything else is forbidden to it.
import { Collected, compact, type ImportedRules, list, record, text, texts } from "./model.ts";
import { PythonPaths } from "./python-modules.ts";

interface TachModule {
  readonly path: string;
  /** Undefined where everything is allowed. */
  readonly dependsOn: readonly string[] | undefined;
  readonly cannotDependOn: readonly string[];
  readonly layer: string | undefined;
  readonly isUtility: boolean;
  /** Globs of modules that may see it; undefined for all. */
  readonly visibility: readonly string[] | undefined;
}

export function importTach(configuration: unknown, files: readonly string[]): ImportedRules {
  const config = record(configuration);
  const out = new Collected();
  const modules = list(config["modules"]).flatMap((one) => readModules(record(one)));
  const roots = texts(config["source_roots"]).map((root) => root.replace(/^\.\/?|\/+$/g, ""));
  const known = modules.filter((one) => one.path !== "<root>");
  const paths = new PythonPaths(files, known.map((one) => one.path), roots.length === 0 ? undefined : roots);
  for (const module of known) importModule(module, known, paths, out);
  importLayers(texts(config["layers"]), known, paths, out);
  if (config["forbid_circular_dependencies"] === true)
    out.add("tach-circles", {
      kind: "folder-cycles",
      folders: compact(known.flatMap((one) => paths.path(one.path) ?? [])),
      why: "tach.toml: forbid_circular_dependencies",
    });
  if (modules.length > known.length) out.skip("the module <root>", "files in no module are not bound");
  if (list(config["interfaces"]).length > 0)
    out.skip(
      `\`interfaces\` (${list(config["interfaces"]).length})`,
      "which names a module shows has no form here; doors bind files: `domains: { path, doors }`",
    );
  if (config["root_module"] !== undefined && config["root_module"] !== "ignore" && config["root_module"] !== "allow")
    out.skip(`root_module = "${String(config["root_module"])}"`, "files in no module are not bound");
  if (Object.keys(record(config["external"])).length > 0) out.skip("`external`", "which packages are declared is not checked for Python");
  if (known.length === 0) out.skip("the configuration", "it has no modules");
  return out.result();
}

function readModules(one: Readonly<Record<string, unknown>>): readonly TachModule[] {
  const paths = [...texts(one["path"]), ...texts(one["paths"])];
  const named = (key: string) => list(one[key]).flatMap((entry) => texts(typeof entry === "string" ? entry : record(entry)["path"]));
  return paths.map((path) => ({
    path,
    dependsOn: one["depends_on"] === undefined ? undefined : named("depends_on"),
    cannotDependOn: named("cannot_depend_on"),
    layer: text(one["layer"]),
    isUtility: one["utility"] === true,
    visibility: one["visibility"] === undefined ? undefined : texts(one["visibility"]),
  }));
}

function importModule(module: TachModule, modules: readonly TachModule[], paths: PythonPaths, out: Collected): void {
  const { dependsOn } = module;
  const isNamed = (list: readonly string[], other: TachModule) =>
    list.some(
      (one) =>
        one === other.path ||
        new RegExp(
          `^${one
            .replaceAll(".", "\\.")
            .replaceAll("**", ".+")
            .replaceAll(/(?<!\.)\*/g, "[^.]+")}$`,
        ).test(other.path),
    );
  const forbidden = modules.filter((other) => other !== module && (
    isNamed(module.cannotDependOn, other)
    || (other.visibility !== undefined && !isNamed(other.visibility, module))
    || (dependsOn !== undefined && !other.isUtility && !isNamed(dependsOn, other) && !isLayerBelow(module, other))
  ));
  const from = paths.globs(module.path) ?? [];
  const to = forbidden.flatMap((one) => paths.globs(one.path) ?? []);
  if (to.length === 0 || from.length === 0) return;
  // A module inside of another is a module of its own: the longest path decides.
  const inner = modules.filter((other) => other.path.startsWith(`${module.path}.`)).flatMap((one) => paths.globs(one.path) ?? []);
  const allowedInside = modules
    .filter((other) => !forbidden.includes(other) && forbidden.some((one) => other.path.startsWith(`${one.path}.`)))
    .flatMap((one) => paths.globs(one.path) ?? []);
  const isAround = forbidden.some((one) => module.path.startsWith(`${one.path}.`));
  const except = [...allowedInside, ...(isAround ? from : [])];
  const names = dependsOn === undefined ? undefined : dependsOn.join(", ") || "no other module";
  out.add(`tach ${module.path}`, {
    from: compact([...from, ...inner.map((glob) => `!${glob}`)]), to: compact(to), ...(except.length === 0 ? {} : { except: compact(except) }),
    why: names === undefined ? `${module.path} may not depend on ${forbidden.map((one) => one.path).join(", ")}` : `${module.path} depends on ${names}`,
    fix: "Import something that the module depends on, move the code, or let a person add the dependency to the rule.",
  });
}

/** Modules of a lower layer need not be named. */
function isLayerBelow(module: TachModule, other: TachModule): boolean {
  return module.layer !== undefined && other.layer !== undefined && module.layer !== other.layer;
}

function importLayers(layers: readonly string[], modules: readonly TachModule[], paths: PythonPaths, out: Collected): void {
  layers.forEach((layer, at) => {
    const inLayer = (name: string) => modules.filter((one) => one.layer === name).flatMap((one) => paths.globs(one.path) ?? []);
    const from = inLayer(layer);
    const to = layers.slice(0, at).flatMap(inLayer);
    if (from.length > 0 && to.length > 0)
      out.add(`tach layer ${layer}`, {
        from: compact(from),
        to: compact(to),
        why: `the layer ${layer} is below ${layers.slice(0, at).join(", ")}`,
        fix: "Take the value as a parameter, or move the code up.",
      });
  });
}
