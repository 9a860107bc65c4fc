// From dependency-cruiser's `forbidden` rules to ours. https://github.com/sverweij/dependency-cruiser, doc/rules-reference.md
import { Collected, compact, type ImportedRules, list, notLiterals, record, text, texts } from "./model.ts";
import { globsOfRegex } from "./regex-globs.ts";

const runtimeKinds = ["value", "dynamic", "reexport", "require"];
const knownTo = new Set(["path", "pathNot", "circular", "dependencyTypes", "dependencyTypesNot", "reachable", "exoticallyRequired"]);
const undeclared = new Set(["npm-no-pkg", "npm-unknown"]);

/** `files` are those of the repository: a rule about all of them names the folders at its top. */
export function importDependencyCruiser(configuration: unknown, files: readonly string[]): ImportedRules {
  const out = new Collected();
  const config = record(configuration);
  for (const base of texts(config["extends"])) out.skip(`extends "${base}"`, "what other configurations add is not followed; import their files on their own");
  for (const source of notLiterals(config["extends"])) out.skip("extends", `\`${source}\` is computed`);
  const forbidden = config["forbidden"];
  for (const source of Array.isArray(forbidden) ? [] : notLiterals(forbidden)) out.skip("forbidden", `\`${source}\` is computed`);
  const options = record(config["options"]);
  const excluded = texts(Array.isArray(options["exclude"]) || typeof options["exclude"] === "string" ? options["exclude"] : record(options["exclude"])["path"]);
  const exclude = globsOf(excluded, undefined);
  if (exclude === undefined) out.skip("options.exclude", `no exact glob for ${excluded.join(", ")}`);
  for (const one of list(forbidden)) importRule(record(one), { out, files, exclude: exclude ?? [] });
  for (const key of ["allowed", "required"])
    if (list(config[key]).length > 0)
      out.skip(`\`${key}\` with ${list(config[key]).length} rules`, "write what is forbidden instead: `{ name, from, to, except, why, fix }`");
  return out.result();
}

interface Context {
  readonly out: Collected;
  readonly files: readonly string[];
  /** Files that the other tool does not look at. */
  readonly exclude: readonly string[];
}

function importRule(rule: Readonly<Record<string, unknown>>, context: Context): void {
  const { out } = context;
  const name = text(rule["name"]) ?? "unnamed";
  const what = `rule "${name}"`;
  const computed = notLiterals(rule);
  if (computed.length > 0) { out.skip(what, `\`${computed[0] ?? ""}\` is computed`); return; }
  if (rule["severity"] === "ignore") { out.skip(what, "its severity is ignore"); return; }
  const from = record(rule["from"]);
  const to = record(rule["to"]);
  const why = text(rule["comment"]) ?? `dependency-cruiser rule ${name}`;
  const common = { severity: rule["severity"] === "error" ? undefined : "warning", why };
  if (rule["module"] !== undefined) { out.skip(what, "rules about the number of dependents have no form here"); return; }
  if (from["orphan"] === true) { out.skip(what, "name where programs begin: `{ kind: orphans, entries: … }`"); return; }
  const unknown = Object.keys(to).filter((key) => !knownTo.has(key) && to[key] !== undefined);
  if (unknown.length > 0) {
    out.skip(
      what,
      `\`to.${unknown.join("`, `to.")}\` has no form here${unknown.includes("couldNotResolve") ? "; unresolved imports are counted by every check and listed by `inspan graph --format json`" : ""}`,
    );
    return;
  }
  const sibling = siblingsOf(from, to);
  if (sibling !== undefined) { out.add(name, { kind: "independence", modules: sibling, ...common }); return; }
  const fromGlobs = pathsOf(from, "**", literalGroup(from));
  const toGlobs = pathsOf(to, undefined, literalGroup(from));
  if (fromGlobs === undefined || toGlobs === undefined) { out.skip(what, "an expression over paths has no exact glob; write its paths as globs"); return; }
  addRule({
    name,
    what,
    common,
    from: { ...fromGlobs, not: [...fromGlobs.not, ...context.exclude] },
    to,
    toGlobs: { ...toGlobs, not: [...toGlobs.not, ...context.exclude] },
    ...context,
  });
}

interface RuleParts extends Context {
  readonly name: string;
  readonly what: string;
  readonly common: Readonly<Record<string, unknown>>;
  readonly from: Paths;
  readonly to: Readonly<Record<string, unknown>>;
  readonly toGlobs: Paths;
}

interface Paths { readonly globs: readonly string[]; readonly not: readonly string[]; readonly isAll: boolean }

function addRule({ name, what, common, from, to, toGlobs, out, files, exclude }: RuleParts): void {
  const types = texts(to["dependencyTypes"]);
  const typesNot = texts(to["dependencyTypesNot"]);
  const bound = [...from.globs, ...from.not.map((glob) => `!${glob}`)];
  if (to["circular"] === true) {
    out.set("cycles", { severity: common["severity"] ?? "error", except: from.not.length === 0 ? undefined : compact(from.not) });
    if (!from.isAll || !toGlobs.isAll) out.skip(what, "circles are looked for in all files, not only in the paths it names");
    return;
  }
  if (to["reachable"] === false) { out.skip(what, "what nothing reaches: `{ kind: orphans, in: …, entries: … }`"); return; }
  if (to["reachable"] === true) {
    out.add(name, {
      kind: "reach",
      in: compact(bound),
      to: compact([...toGlobs.globs, ...toGlobs.not.filter((glob) => !exclude.includes(glob)).map((glob) => `!${glob}`)]),
      ...(exclude.length === 0 ? {} : { through: compact(exclude) }),
      ...common,
    });
    return;
  }
  if (types.length > 0 && types.every((type) => undeclared.has(type))) { out.add(name, { kind: "packages", in: compact(bound), isPrivate: false, ...common }); return; }
  const isCore = types.length === 1 && types[0] === "core";
  if (types.length > 0 && !isCore) { out.skip(what, `dependency types ${types.join(", ")} have no form here`); return; }
  const unknownNot = typesNot.filter((type) => !["npm", "core", "type-only", "type-import", "exotic-require", "triple-slash-type-reference"].includes(type));
  if (unknownNot.length > 0) { out.skip(what, `\`dependencyTypesNot: ${unknownNot.join(", ")}\` has no form here`); return; }
  const topFolders = [...new Set(files.map((file) => (file.includes("/") ? `${file.slice(0, file.indexOf("/"))}/**` : file)))].filter((one) => !one.startsWith(".")).sort();
  const targets = !toGlobs.isAll ? toGlobs.globs : isCore ? ["node:**"] : topFolders.filter((one) => one.endsWith("/**"));
  if (targets.length === 0) { out.skip(what, "it names nothing that may not be imported"); return; }
  out.add(name, {
    from: compact(bound),
    to: compact(targets),
    ...(toGlobs.not.length === 0 ? {} : { except: compact(toGlobs.not) }),
    ...(typesNot.some((type) => type.startsWith("type-")) ? { kinds: runtimeKinds } : {}),
    ...common,
    fix: "Import something that the rule allows, move the code to where the import is allowed, or take the value as a parameter.",
  });
}

/** The paths and the paths taken away; undefined where one has no glob. */
function pathsOf(part: Readonly<Record<string, unknown>>, all: string | undefined, group: string | undefined): Paths | undefined {
  const wanted = globsOf(texts(part["path"]), group);
  const not = globsOf(texts(part["pathNot"]), group);
  if (wanted === undefined || not === undefined) return undefined;
  return { globs: wanted.length === 0 && all !== undefined ? [all] : wanted, not, isAll: wanted.length === 0 };
}

function globsOf(expressions: readonly string[], group: string | undefined): readonly string[] | undefined {
  const found: string[] = [];
  for (const expression of expressions) {
    if (expression.includes("$1") && group === undefined) return undefined;
    const filled = expression.replaceAll("$1", group ?? "");
    // Packages are matched by their names here, not by where they are installed.
    const inPackages = /^(?:\(\^\|\/\)|\^)?node_modules\/(.*)$/.exec(filled)?.[1];
    const globs = inPackages === undefined ? globsOfRegex(filled) : globsOfRegex(`^${inPackages === "" ? "[^/]+" : inPackages}`)?.map((glob) => glob.replace(/(?<=[\w-])\*$/, ""));
    if (globs === undefined) return undefined;
    found.push(...globs);
  }
  return [...new Set(found)];
}

/** What `$1` stands for where the group has no choice in it: `(^src/cli/)`. */
function literalGroup(from: Readonly<Record<string, unknown>>): string | undefined {
  const [expression] = texts(from["path"]);
  return expression === undefined ? undefined : /^\^?\((\^?[\w/.-]+)\)/.exec(expression)?.[1];
}

/** `^src/features/([^/]+)/` to `^src/features/` but not `$1`: features that do not know one another. */
function siblingsOf(from: Readonly<Record<string, unknown>>, to: Readonly<Record<string, unknown>>): string | undefined {
  const [source, ...more] = texts(from["path"]);
  const match = source === undefined ? null : /^\(?\^([\w/.-]+\/)\(?\[\^\\?\/\]\+\)?\/?\)?(?:\.\+|\.\*)?$/.exec(source);
  const prefix = match?.[1];
  const nots = texts(to["pathNot"]);
  const target = texts(to["path"]);
  if (prefix === undefined || more.length > 0 || nots.length !== 1 || !(nots[0] ?? "").includes("$1") || texts(from["pathNot"]).length > 0) return undefined;
  if (
    target.length !== 1 ||
    !(target[0] ?? "").startsWith(`^${prefix}`) ||
    !/^(?:\(?\[\^\\?\/\]\+\)?\/?(?:\.\+|\.\*)?)?$/.test((target[0] ?? "").slice(prefix.length + 1))
  )
    return undefined;
  return texts(to["dependencyTypesNot"]).length > 0 ? undefined : `${prefix}*`;
}
