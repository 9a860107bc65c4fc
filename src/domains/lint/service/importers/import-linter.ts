// From import-linter's contracts to ours: layers and forbidden modules over any number of imports, independence, protection, circles of siblings.
import { Collected, compact, type ImportedRules, list, record, text, texts } from "./model.ts";
import { PythonPaths } from "./python-modules.ts";

export interface ImportLinterContract {
  readonly options: Readonly<Record<string, unknown>>;
}

export interface ImportLinterConfiguration {
  readonly main: Readonly<Record<string, unknown>>;
  readonly contracts: readonly ImportLinterContract[];
}

/** `.importlinter` and setup.cfg: sections, keys, and values that go on over indented lines. https://docs.python.org/3/library/configparser.html */
export function parseImportLinterIni(source: string): ImportLinterConfiguration {
  const sections = new Map<string, Record<string, unknown>>();
  let current: Record<string, unknown> | undefined;
  let key: string | undefined;
  for (const line of source.split(/\r?\n/)) {
    if (/^\s*[#;]/.test(line) || line.trim() === "") continue;
    const section = /^\[([^\]]+)\]/.exec(line)?.[1];
    if (section !== undefined) { current = {}; sections.set(section, current); key = undefined; continue; }
    if (current === undefined) continue;
    const entry = /^([^\s=:][^=:]*?)\s*[=:]\s*(.*)$/.exec(line);
    if (/^\s/.test(line) && key !== undefined) current[key] = [...texts(current[key]), line.trim().replace(/\s+[#;].*$/, "")];
    else if (entry !== null) { key = (entry[1] ?? "").toLowerCase(); const value = (entry[2] ?? "").replace(/\s+[#;].*$/, ""); current[key] = value === "" ? [] : [value]; }
  }
  const single = (one: Readonly<Record<string, unknown>>) =>
    Object.fromEntries(Object.entries(one).map(([name, value]) => [name, Array.isArray(value) && value.length === 1 ? (value[0] as unknown) : value]));
  return {
    main: single(sections.get("importlinter") ?? {}),
    contracts: [...sections].filter(([name]) => name.startsWith("importlinter:contract:")).map(([, options]) => ({ options: single(options) })),
  };
}

/** `[tool.importlinter]` of a pyproject.toml that was parsed already. */
export function importLinterOfProject(project: unknown): ImportLinterConfiguration | undefined {
  const main = record(record(record(project)["tool"])["importlinter"]);
  if (Object.keys(main).length === 0) return undefined;
  return { main, contracts: list(main["contracts"]).map((options) => ({ options: record(options) })) };
}

export function importImportLinter(configuration: ImportLinterConfiguration, files: readonly string[]): ImportedRules {
  const out = new Collected();
  const tops = [...texts(configuration.main["root_package"]), ...texts(configuration.main["root_packages"])];
  const paths = new PythonPaths(files, tops);
  const withTypes = isTrue(configuration.main["exclude_type_checking_imports"]) ? { withTypes: false } : {};
  for (const { options } of configuration.contracts) importContract({ options, name: text(options["name"]) ?? text(options["id"]) ?? "contract", tops, paths, withTypes, out });
  if (configuration.contracts.length === 0) out.skip("the configuration", "it has no contracts");
  return out.result();
}

interface Contract {
  readonly options: Readonly<Record<string, unknown>>;
  readonly name: string;
  readonly tops: readonly string[];
  readonly paths: PythonPaths;
  readonly withTypes: Readonly<Record<string, unknown>>;
  readonly out: Collected;
}

function importContract(contract: Contract): void {
  const { options, name, out } = contract;
  const ignored = texts(options["ignore_imports"]);
  if (ignored.length > 0)
    out.skip(
      `contract "${name}", ignore_imports (${ignored.slice(0, 3).join("; ")}${ignored.length > 3 ? `; ${ignored.length - 3} more` : ""})`,
      'take the findings that are there now into the baseline: `inspan baseline update --accept-new --reason "…"`',
    );
  switch (text(options["type"])) {
    case "layers": importLayers(contract); return;
    case "forbidden": importForbidden(contract); return;
    case "independence": importIndependence(contract); return;
    case "protected": importProtected(contract); return;
    case "acyclic_siblings": importAcyclic(contract); return;
    default: out.skip(`contract "${name}"`, `its type ${text(options["type"]) ?? ""} is not known`);
  }
}

/** A higher layer may import a lower one; no way leads up, except through the layers below, which are judged themselves. */
function importLayers({ options, name, paths, withTypes, out }: Contract): void {
  const containers = texts(options["containers"]);
  const levels = texts(options["layers"])
    .flatMap((line) => line.split("\n"))
    .map((line) => ({
      modules: line
        .split(/[|:]/)
        .map((one) => one.trim().replace(/^\(\s*(.*?)\s*\)$/, "$1"))
        .filter((one) => one !== ""),
      isIndependent: line.includes("|"),
    }));
  for (const container of containers.length === 0 ? [""] : containers) {
    const globsOf = (modules: readonly string[]) => modules.flatMap((module) => paths.globs(container === "" ? module : `${container}.${module}`) ?? []);
    levels.forEach((level, at) => {
      const higher = levels.slice(0, at).flatMap((one) => globsOf(one.modules));
      const lower = levels.slice(at + 1).flatMap((one) => globsOf(one.modules));
      const title = `${name} ${container === "" ? "" : container} ${level.modules.join(" ")}`;
      const why = `${name}: ${level.modules.join(", ")} may not import a layer above: ${levels.slice(0, at).flatMap((one) => one.modules).join(", ")}`;
      if (higher.length > 0)
        out.add(title, {
          kind: "reach",
          in: compact(globsOf(level.modules)),
          to: compact(higher),
          ...(lower.length === 0 ? {} : { through: compact(lower) }),
          ...withTypes,
          why,
        });
      if (level.isIndependent && level.modules.length > 1)
        out.add(`${title} apart`, {
          kind: "independence",
          modules: compact(folders(globsOf(level.modules))),
          isTransitive: true,
          why: `${name}: ${level.modules.join(" and ")} stand side by side and do not know one another`,
        });
    });
  }
  if (isTrue(options["exhaustive"]))
    out.skip(
      `contract "${name}", exhaustive`,
      "modules in no layer are counted by every check; with `domains` and `layers` the rule `unassigned` reports them",
    );
}

function importForbidden({ options, name, paths, withTypes, out }: Contract): void {
  const source = texts(options["source_modules"]).flatMap((one) => paths.globs(one) ?? []);
  const to = texts(options["forbidden_modules"]).flatMap((one) => (paths.has(one) || one.includes("*") ? paths.globs(one) ?? [] : [one, `${one}.*`]));
  if (source.length === 0 || to.length === 0) { out.skip(`contract "${name}"`, "it names no modules"); return; }
  const why = `${name}: ${texts(options["source_modules"]).join(", ")} may not import ${texts(options["forbidden_modules"]).join(", ")}`;
  if (isTrue(options["allow_indirect_imports"]))
    out.add(name, { from: compact(source), to: compact(to), why, fix: "Take the value as a parameter, or move the code to where it may be imported." });
  else out.add(name, { kind: "reach", in: compact(source), to: compact(to), ...withTypes, why });
}

function importIndependence({ options, name, paths, out }: Contract): void {
  const modules = folders(texts(options["modules"]).flatMap((one) => paths.globs(one) ?? []));
  if (modules.length === 0) { out.skip(`contract "${name}"`, "it names no modules"); return; }
  out.add(name, {
    kind: "independence",
    modules: compact([...modules, ...(modules.some((one) => one.includes("*")) ? ["!**/__init__.py"] : [])]),
    isTransitive: true,
    why: `${name}: these modules do not know one another`,
  });
}

function importProtected({ options, name, tops, paths, out }: Contract): void {
  const to = texts(options["protected_modules"]).flatMap((one) => paths.globs(one) ?? []);
  const allowed = texts(options["allowed_importers"]).flatMap((one) => paths.globs(one) ?? []);
  const from = tops.flatMap((one) => paths.globs(one) ?? []);
  out.add(name, {
    from: [...from, ...[...allowed, ...to].map((glob) => `!${glob}`)],
    to: compact(to),
    why: `${name}: only ${texts(options["allowed_importers"]).join(", ") || "nobody"} may import ${texts(options["protected_modules"]).join(", ")}`,
    fix: "Go through one of the modules that may import it.",
  });
}

function importAcyclic({ options, name, paths, out }: Contract): void {
  for (const ancestor of texts(options["ancestors"])) {
    const path = paths.path(ancestor);
    if (path !== undefined)
      out.add(`${name} ${ancestor}`, {
        kind: "folder-cycles",
        folders: `${path}/*`,
        why: `${name}: packages below ${ancestor} do not import each other in a circle`,
      });
  }
  out.skip(`contract "${name}"`, "circles are looked for between the packages just below its ancestors, not at every depth");
}

/** Folders and files as modules of `independence`: without what `/**` adds. */
function folders(globs: readonly string[]): readonly string[] {
  return globs.map((glob) => glob.replace(/\/\*\*$/, ""));
}

function isTrue(value: unknown): boolean {
  return value === true || (typeof value === "string" && /^(true|1|yes|on)$/i.test(value));
}
