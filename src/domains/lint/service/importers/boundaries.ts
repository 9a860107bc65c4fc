// From eslint-plugin-boundaries to ours: elements are kinds of folders, its rules say which kind may import which.
import { Collected, compact, type ImportedRules, list, notLiterals, record, text, texts } from "./model.ts";

interface Element {
  readonly type: string;
  /** Of its files. */
  readonly globs: readonly string[];
  /** Of the elements themselves: each match is one of them. */
  readonly modules: readonly string[];
}

/** `configuration` is an ESLint configuration, flat (a list) or not. */
export function importBoundaries(configuration: unknown): ImportedRules {
  const out = new Collected();
  const parts = list(configuration).map(record);
  for (const source of notLiterals(list(configuration).filter((one) => "notLiteral" in record(one)))) out.skip("a part of the configuration", `\`${source}\` is computed`);
  const settings = parts.map((part) => record(part["settings"]));
  const elements = settings.flatMap((one) => list(one["boundaries/elements"])).flatMap((one) => readElement(record(one), out));
  for (const source of settings.flatMap((one) => notLiterals(one["boundaries/elements"]))) out.skip("boundaries/elements", `\`${source}\` is computed`);
  for (const part of parts) {
    const rules = record(part["rules"]);
    for (const [name, value] of Object.entries(rules)) if (name.startsWith("boundaries/")) importRule(name, value, elements, out);
  }
  if (elements.length === 0 && out.rules.length === 0 && out.notCarried.length === 0) out.skip("the configuration", "it has no settings of eslint-plugin-boundaries");
  return out.result();
}

function readElement(element: Readonly<Record<string, unknown>>, out: Collected): readonly Element[] {
  const type = text(element["type"]);
  const patterns = texts(element["pattern"]);
  if (type === undefined || patterns.length === 0) return [];
  if (element["capture"] !== undefined) out.skip(`element "${type}"`, "captures are not carried: rules that name them bind the whole type");
  const mode = text(element["mode"]) ?? "folder";
  // Patterns are matched from the right end of the path unless the mode is full.
  const modules = patterns.map((pattern) => `${mode === "full" || pattern.startsWith("**/") ? "" : "**/"}${pattern.replace(/\/+$/, "")}`);
  return [{ type, modules, globs: modules.map((pattern) => `${pattern}${mode === "folder" ? "/**" : ""}`) }];
}

function importRule(name: string, value: unknown, elements: readonly Element[], out: Collected): void {
  const [level, options] = list(value);
  const severity = level === 0 || level === "off" ? "off" : level === 1 || level === "warn" ? "warning" : "error";
  if (severity === "off") return;
  const computed = notLiterals(value);
  if (computed.length > 0) { out.skip(name, `\`${computed[0] ?? ""}\` is computed`); return; }
  if (name === "boundaries/element-types" || name === "boundaries/dependencies") { importTypes(record(options), severity, elements, out); return; }
  if (name === "boundaries/external") { importExternal(record(options), severity, elements, out); return; }
  out.skip(
    name,
    name === "boundaries/entry-point"
      ? "say which files others may import: `domains: { path, doors }`"
      : name.startsWith("boundaries/no-")
        ? "it has no form here; `unassigned` reports files in no layer"
        : "it has no form here",
  );
}

function importTypes(options: Readonly<Record<string, unknown>>, severity: string, elements: readonly Element[], out: Collected): void {
  // `policies` is what version 7 calls them; one without `from` holds for every element.
  const rules = [...list(options["rules"]), ...list(options["policies"])].map(record).filter((rule) => isAboutElements(rule, out));
  const isClosed = options["default"] !== "allow";
  for (const { type, globs, modules } of elements) {
    const allowed = new Set<string>();
    const forbidden = new Set<string>();
    if (isClosed) for (const one of elements) forbidden.add(one.type);
    let why = text(options["message"]);
    for (const rule of rules.filter((one) => one["from"] === undefined || typesOf(one["from"], elements).includes(type))) {
      for (const other of typesOf(rule["disallow"], elements)) { forbidden.add(other); allowed.delete(other); }
      for (const other of typesOf(rule["allow"], elements)) { allowed.add(other); forbidden.delete(other); }
      why = text(rule["message"]) ?? why;
    }
    // An element may always import itself; one beside it of the same type is another element.
    const isAlone = forbidden.delete(type) && modules.every((one) => /^[^*]*\*[^*]*$/.test(one.replace(/^\*\*\//, "")));
    const to = elements.filter((one) => forbidden.has(one.type)).flatMap((one) => one.globs);
    const level = severity === "error" ? undefined : severity;
    if (isAlone)
      out.add(`boundaries-${type}-apart`, {
        kind: "independence",
        modules: compact(modules),
        severity: level,
        why: why?.replaceAll(/\$\{[^}]*\}/g, type) ?? `no rule lets ${type} import ${type} beside it`,
      });
    if (to.length === 0) continue;
    const names = [...allowed].join(", ") || "nothing";
    out.add(`boundaries-${type}`, {
      from: compact(globs),
      to: compact(to),
      severity: level,
      why: why?.replaceAll(/\$\{[^}]*\}/g, type) ?? `${type} imports ${names} of the other elements`,
      fix:
        allowed.size === 0
          ? "Take the value as a parameter, or move the code to where the import is allowed."
          : `Import only ${names} here, or take the value as a parameter.`,
    });
  }
}

function importExternal(options: Readonly<Record<string, unknown>>, severity: string, elements: readonly Element[], out: Collected): void {
  if (options["default"] !== "allow") { out.skip("boundaries/external", "only `default: allow` with `disallow` has a form here"); return; }
  for (const rule of list(options["rules"]).map(record)) {
    const from = elements.filter((one) => typesOf(rule["from"], elements).includes(one.type)).flatMap((one) => one.globs);
    const packages = list(rule["disallow"]).flatMap((one) => texts(Array.isArray(one) ? one[0] : one));
    if (from.length === 0 || packages.length === 0) continue;
    out.add(`boundaries-external-${packages[0] ?? ""}`, {
      from: compact(from),
      to: compact(packages),
      severity: severity === "error" ? undefined : severity,
      why: text(rule["message"]) ?? `these packages are not for ${texts(rule["from"]).join(", ")}`,
      fix: "Use what wraps the package, or move the code to where it may be imported.",
    });
  }
}

/** False for what speaks of files, modules or packages instead of elements: that has no form here. */
function isAboutElements(rule: Readonly<Record<string, unknown>>, out: Collected): boolean {
  const ends = [
    ...list(rule["from"]),
    ...[rule["allow"], rule["disallow"]].flatMap((one) => list(one).flatMap((part) => [record(part)["to"] ?? part, record(part)["from"]])),
  ].map(record);
  const strange = ends.flatMap((end) => ["file", "module", "origin", "dependency", "internalPath", "captured"].filter((key) => key in end || key in record(end["element"])));
  if (strange.length > 0) out.skip("a rule of boundaries", `its selector \`${strange[0] ?? ""}\` has no form here`);
  return strange.length === 0;
}

/** Types that a selector names: a name, a glob over names, one of them with `!`, a list whose first part is one, or the objects of versions 6 and 7. */
function typesOf(selector: unknown, elements: readonly Element[]): readonly string[] {
  const names = list(selector).flatMap(namesOf);
  const isNamed = (type: string, name: string): boolean =>
    name.startsWith("!")
      ? !isNamed(type, name.slice(1))
      : name === type ||
        name === "*" ||
        (name.includes("*") &&
          new RegExp(
            `^${name
              .split("*")
              .map((part) => part.replaceAll(/[$\\^.+?()[\]{}|]/g, "\\$&"))
              .join("[^/]*")}$`,
          ).test(type));
  return elements.map((one) => one.type).filter((type) => names.some((name) => isNamed(type, name)));
}

/** `{ to: { element: { types: { anyOf: ["a", "b"] } } } }` comes down to a and b. */
function namesOf(selector: unknown): readonly string[] {
  if (typeof selector === "string") return [selector];
  if (Array.isArray(selector)) return texts(selector[0]);
  const value = record(selector);
  for (const key of ["to", "element"]) if (value[key] !== undefined) return list(value[key]).flatMap(namesOf);
  return [...texts(value["type"]), ...texts(value["types"]), ...texts(record(value["types"])["anyOf"])];
}
