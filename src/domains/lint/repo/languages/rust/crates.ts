// The crates of a repository: where their roots lie, how they are called, what they call each other. Read from Cargo.toml files, nothing is executed.
import { posix } from "node:path";
import type { ResolverInput } from "../../adapter.ts";
import { at, record } from "../tables.ts";

/** A Cargo.toml is a few kilobytes; more would only fill memory. */
const manifestBytesMax = 1024 * 1024;

export interface Crate {
  /** As code writes it, with `_`. */
  readonly name: string;
  /** As its manifest says, with `_`; `[lib] name` may be another. */
  readonly packageName: string;
  /** Relative to the root; empty for the root itself. */
  readonly folder: string;
  /** src/lib.rs or what `[lib] path` says; undefined for a crate of programs only. */
  readonly library: string | undefined;
  /** All files where a crate begins: library, programs, tests, examples, benches, build script. */
  readonly roots: ReadonlySet<string>;
  /** Names of dependencies in code, to the names of their packages. */
  readonly dependencies: ReadonlyMap<string, string>;
}

export async function readCrates(input: ResolverInput): Promise<readonly Crate[]> {
  const { parse } = await import("smol-toml");
  const rust = new Set(input.files.filter((file) => file.endsWith(".rs")));
  const manifests: { readonly folder: string; readonly value: unknown }[] = [];
  for (const file of input.files) {
    if (!/(^|\/)Cargo\.toml$/.test(file)) continue;
    const facts = await input.providers.files.facts(`${input.rootPath}/${file}`);
    if (facts?.kind !== "file" || facts.sizeBytes > manifestBytesMax) continue;
    const text = await input.providers.files.readText(`${input.rootPath}/${file}`);
    try {
      manifests.push({ folder: file === "Cargo.toml" ? "" : posix.dirname(file), value: parse(text ?? "") });
    } catch { /* cargo itself says what is wrong with it */ }
  }
  const workspaces = manifests.flatMap(({ folder, value }) => {
    const shared = record(at(value, "workspace", "dependencies"));
    return Object.keys(shared).length === 0 ? [] : [{ folder, shared }];
  })
    .sort((left, right) => right.folder.length - left.folder.length);
  const above = (folder: string) => workspaces.find((one) => one.folder === "" || folder === one.folder || folder.startsWith(`${one.folder}/`))?.shared ?? {};
  return manifests.flatMap(({ folder, value }) => readCrate(value, folder, rust, above(folder)) ?? []).sort((left, right) => right.folder.length - left.folder.length);
}

/** Undefined for a workspace without a package of its own. `shared` are the workspace's dependencies, which a crate may take over by name. */
export function readCrate(manifest: unknown, folder: string, files: ReadonlySet<string>, shared: Readonly<Record<string, unknown>> = {}): Crate | undefined {
  const name = text(at(manifest, "package", "name"));
  if (name === undefined) return undefined;
  const inFolder = (path: string) => posix.normalize(folder === "" ? path : `${folder}/${path}`);
  const library = inFolder(text(at(manifest, "lib", "path")) ?? "src/lib.rs");
  const roots = new Set([library, inFolder("src/main.rs"), inFolder("build.rs")]);
  for (const kind of ["bin", "test", "example", "bench"]) {
    const list = at(manifest, kind);
    if (Array.isArray(list)) for (const one of list) { const path = text(at(one, "path")); if (path !== undefined) roots.add(inFolder(path)); }
  }
  const autoRoot = new RegExp(`^${escape(folder === "" ? "" : `${folder}/`)}(?:src/bin|tests|examples|benches)/(?:[^/]+\\.rs|[^/]+/main\\.rs)$`);
  for (const file of files) if (autoRoot.test(file)) roots.add(file);
  const dependencies = new Map<string, string>();
  const tables = [at(manifest), ...Object.values(record(at(manifest, "target")))];
  for (const table of tables) {
    for (const key of ["dependencies", "dev-dependencies", "build-dependencies"]) {
      for (const [alias, value] of Object.entries(record(at(table, key)))) {
        const told = at(value, "workspace") === true ? shared[alias] : value;
        dependencies.set(alias.replaceAll("-", "_"), (text(at(told, "package")) ?? alias).replaceAll("-", "_"));
      }
    }
  }
  return {
    name: (text(at(manifest, "lib", "name")) ?? name).replaceAll("-", "_"),
    packageName: name.replaceAll("-", "_"),
    folder,
    library: files.has(library) ? library : undefined,
    roots,
    dependencies,
  };
}

function escape(path: string): string {
  return path.replaceAll(/[$\\^.*+?()[\]{}|]/g, "\\$&");
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
