// What the tools of each language say about a checkout, for the table of scripts/ground-truth.ts. Each takes a scratch clone that it may write to.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import picomatch from "picomatch";
import { parse as parseToml } from "smol-toml";
import { parse as parseYaml } from "yaml";

const outputBytesMax = 512 * 1024 * 1024;

export interface Graph {
  readonly files: readonly { readonly file: string; readonly language: string }[];
  readonly edges: readonly { readonly from: string; readonly to: string; readonly kind: string; readonly line: number; readonly specifier: string }[];
}

export interface Comparison {
  readonly expected: string;
  readonly found: string;
  readonly isAgreed: boolean;
  readonly note?: string;
}

export function run(folder: string, command: readonly string[], options: { readonly acceptFailure?: boolean; readonly env?: Readonly<Record<string, string>> } = {}): string {
  const [program = "", ...rest] = command;
  try {
    return execFileSync(program, rest, { cwd: folder, encoding: "utf8", maxBuffer: outputBytesMax, stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...options.env } });
  } catch (error) {
    const stdout = error instanceof Error && "stdout" in error && typeof error.stdout === "string" ? error.stdout : "";
    if (options.acceptFailure === true) return stdout;
    throw error;
  }
}

export function canRun(program: string, args: readonly string[]): boolean {
  try { execFileSync(program, [...args], { stdio: "ignore" }); return true; } catch { return false; }
}

/** tach.toml with `exact`: the edges between its modules are those that it declares, no more and no less. */
export function compareTach(folder: string, graph: Graph): Comparison {
  const config = parseToml(readFileSync(join(folder, "tach.toml"), "utf8")) as {
    source_roots: string[];
    modules: { path: string; depends_on?: { path: string }[] }[];
  }; // the form that tach reads
  const folders = config.modules.map((one) => ({ name: one.path, prefix: `${config.source_roots[0] ?? ""}/${one.path.replaceAll(".", "/")}/` }));
  const moduleOf = (file: string) => folders.find((one) => file.startsWith(one.prefix))?.name;
  const declared = new Set(config.modules.flatMap((one) => (one.depends_on ?? []).map((other) => `${one.path} → ${other.path}`)));
  const found = new Set(
    graph.edges.flatMap((edge) => {
      const [from, to] = [moduleOf(edge.from), moduleOf(edge.to)];
      return from === undefined || to === undefined || from === to ? [] : [`${from} → ${to}`];
    }),
  );
  const different = [
    ...[...declared].filter((one) => !found.has(one)).map((one) => `missing ${one}`),
    ...[...found].filter((one) => !declared.has(one)).map((one) => `more ${one}`),
  ];
  return {
    expected: `${declared.size} edges between modules`,
    found: `${found.size}`,
    isAgreed: different.length === 0,
    ...(different.length === 0 ? {} : { note: different.join("; ") }),
  };
}

/** Edges between folders of one Go module. */
export interface GoEdges { readonly expected: ReadonlySet<string>; readonly found: ReadonlySet<string>; readonly packages: number }

/** What `go list` says the packages of the module import of it, and what we say, for the files that the build of this platform takes. */
export function readGoEdges(folder: string, graph: Graph, modulePath: string): GoEdges {
  // Only the module's own packages matter; without its requirements nothing is looked for outside.
  writeFileSync(join(folder, "go.mod"), `module ${modulePath}\n\ngo 1.19\n`);
  const text = run(folder, ["go", "list", "-e", "-json=Dir,GoFiles,CgoFiles,Imports", "./..."], {
    acceptFailure: true,
    env: { GOFLAGS: "-mod=mod", GOPROXY: "off", GOTOOLCHAIN: "local" },
  });
  const packages = JSON.parse(`[${text.replaceAll(/^\}\s*^\{/gm, "},{")}]`) as { Dir: string; GoFiles?: string[]; CgoFiles?: string[]; Imports?: string[] }[]; // what go list prints
  const expected = new Set<string>();
  const built = new Set<string>();
  for (const one of packages) {
    const from = one.Dir.slice(folder.length + 1) || ".";
    for (const file of [...one.GoFiles ?? [], ...one.CgoFiles ?? []]) built.add(from === "." ? file : `${from}/${file}`);
    for (const path of one.Imports ?? []) if (path === modulePath || path.startsWith(`${modulePath}/`)) expected.add(`${from} → ${path.slice(modulePath.length + 1) || "."}`);
  }
  return { expected, packages: packages.length, found: new Set(graph.edges.filter((edge) => built.has(edge.from)).map((edge) => `${dirname(edge.from)} → ${dirname(edge.to)}`)) };
}

export function compareGo({ expected, found, packages }: GoEdges): Comparison {
  return difference(expected, found, `edges of ${packages} packages`);
}

/** .go-arch-lint.yml: the packages that depend on a component that theirs may not depend on, by the edges of `go list` and by ours. */
export function compareGoArchLint(folder: string, edges: GoEdges): Comparison {
  interface Config {
    readonly components: Record<string, { in: string | string[] }>;
    readonly deps: Record<string, { mayDependOn?: string[] }>;
    readonly commonComponents?: string[];
    readonly excludeFiles?: string[];
  }
  const config = parseYaml(readFileSync(join(folder, ".go-arch-lint.yml"), "utf8")) as Config; // the form that go-arch-lint reads
  const components = Object.entries(config.components).map(([name, one]) => {
    const globs = [one.in].flat();
    return { name, length: Math.max(...globs.map((glob) => glob.length)), isMatch: picomatch(globs, { dot: true }), isRoot: globs.includes(".") };
  }).sort((left, right) => right.length - left.length);
  const componentOf = (path: string) => components.find((one) => (path === "." ? one.isRoot : one.isMatch(path) || one.isMatch(`${path}/x`)))?.name;
  const excluded = (config.excludeFiles ?? []).map((source) => new RegExp(source));
  const common = new Set(config.commonComponents ?? []);
  const violations = (list: ReadonlySet<string>) => new Set([...list].filter((edge) => {
    const [from = "", to = ""] = edge.split(" → ");
    const [one, other] = [componentOf(from), componentOf(to)];
    if (one === undefined || other === undefined || one === other || common.has(other) || excluded.some((pattern) => pattern.test(`/${from}/x.go`))) return false;
    return !(config.deps[one]?.mayDependOn ?? []).includes(other);
  }));
  return difference(violations(edges.expected), violations(edges.found), "imports against the file, by go list; its CI lets them pass: `go-arch-lint check || true`");
}

/** rustc's own list of the files that it read: each is reached through our `mod` edges. */
export function compareRust(folder: string, graph: Graph, crates: readonly string[]): Comparison {
  let expected = 0;
  const missing: string[] = [];
  for (const crate of crates) {
    const depInfo = join(folder, `${crate}.d`);
    const manifest = parseToml(readFileSync(join(folder, crate, "Cargo.toml"), "utf8")) as {
      package: { edition?: unknown };
      features?: Record<string, unknown>;
    }; // the form that cargo reads
    const edition = typeof manifest.package.edition === "string" ? manifest.package.edition : "2021";
    const features = Object.keys(manifest.features ?? {}).flatMap((one) => ["--cfg", `feature="${one}"`]);
    // Missing crates are errors of names; the files have been read by then.
    run(
      folder,
      ["rustc", "--edition", edition, "--crate-type", "lib", "--emit=dep-info", "-o", depInfo, "--cap-lints", "allow", ...features, `${crate}/src/lib.rs`],
      { acceptFailure: true },
    );
    const files = (readFileSync(depInfo, "utf8").split("\n", 1)[0] ?? "").split(" ").slice(1).filter((file) => file.endsWith(".rs"));
    const reached = reachable(`${crate}/src/lib.rs`, graph);
    expected += files.length;
    missing.push(...files.filter((file) => !reached.has(file)));
  }
  return {
    expected: `${expected} files that rustc reads`,
    found: `${expected - missing.length} reached`,
    isAgreed: missing.length === 0,
    ...(missing.length === 0 ? {} : { note: missing.slice(0, 3).join(", ") }),
  };
}

function reachable(root: string, graph: Graph): ReadonlySet<string> {
  const next = new Map<string, string[]>();
  for (const edge of graph.edges) {
    // `mod x;` leads to the file of a child: x.rs or x/mod.rs below the folder of the module.
    const base = /\/(lib|main|mod)\.rs$/.test(edge.from) ? dirname(edge.from) : edge.from.replace(/\.rs$/, "");
    if (edge.specifier.startsWith("self::") && edge.to.startsWith(`${base}/`)) next.set(edge.from, [...next.get(edge.from) ?? [], edge.to]);
  }
  const found = new Set([root]);
  for (const file of found) for (const to of next.get(file) ?? []) found.add(to);
  return found;
}

/** javac and jdeps: which package uses which, by the class files. */
export function compareJava(folder: string, graph: Graph, sources: string): Comparison {
  const output = join(folder, "classes");
  mkdirSync(output, { recursive: true });
  const files = run(folder, ["git", "ls-files", `${sources}/*.java`]).trim().split("\n");
  writeFileSync(join(folder, "files.txt"), files.join("\n"));
  run(folder, ["javac", "-nowarn", "-proc:none", "-encoding", "UTF-8", "-d", output, "@files.txt"]);
  const fileOf = new Map(files.map((file) => [file.slice(sources.length + 1, -".java".length).replaceAll("/", "."), file]));
  const packageOf = (file: string) => dirname(file).slice(sources.length + 1);
  const expected = new Set<string>();
  for (const line of run(folder, ["jdeps", "-v", "-filter:none", output]).split("\n")) {
    const match = /^\s+(\S+)\s+->\s+(\S+)/.exec(line);
    const [from, to] = [fileOf.get((match?.[1] ?? "").split("$", 1)[0] ?? ""), fileOf.get((match?.[2] ?? "").split("$", 1)[0] ?? "")];
    if (from !== undefined && to !== undefined && packageOf(from) !== packageOf(to)) expected.add(`${from} → ${to}`);
  }
  const found = new Set(
    graph.edges
      .filter((edge) => edge.from.startsWith(`${sources}/`) && edge.to.startsWith(`${sources}/`) && packageOf(edge.from) !== packageOf(edge.to))
      .map((edge) => `${edge.from} → ${edge.to}`),
  );
  const packages = (edges: ReadonlySet<string>) => new Set([...edges].map((edge) => edge.split(" → ").map(packageOf).join(" → ")));
  // A type that is inferred is used without being named: no import and no text says so.
  const isNamed = (edge: string) => {
    const [from = "", to = ""] = edge.split(" → ");
    const code = readFileSync(join(folder, from), "utf8").replaceAll(/\/\*[^]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"/g, " ");
    const name = to.slice(to.lastIndexOf("/") + 1, -".java".length);
    // A nested type of the same name is what is named then.
    return new RegExp(`\\b${name}\\b`).test(code) && !new RegExp(`\\b(?:class|interface|enum)\\s+${name}\\b`).test(code);
  };
  const named = new Set([...expected].filter((edge) => found.has(edge) || isNamed(edge)));
  const more = [...found].filter((one) => !expected.has(one));
  const used = difference(named, new Set([...found].filter((one) => expected.has(one))), "edges between classes of different packages that the source names");
  const byPackage = difference(packages(named), packages(found), "packages");
  return {
    ...used,
    isAgreed: used.isAgreed && byPackage.isAgreed,
    note: [
      `${expected.size - named.size} more are types that nobody names (inferred); ${more.length} imports of ours leave nothing in the class file (comments, constants)`,
      `edges between packages: ${byPackage.expected}, found ${byPackage.found}`,
      used.note,
    ]
      .filter((one) => one !== undefined)
      .join("; "),
  };
}

function difference(expected: ReadonlySet<string>, found: ReadonlySet<string>, what: string): Comparison {
  const missing = [...expected].filter((one) => !found.has(one));
  const more = [...found].filter((one) => !expected.has(one));
  const note = [...missing.slice(0, 3).map((one) => `missing ${one}`), ...more.slice(0, 3).map((one) => `more ${one}`)].join("; ");
  return {
    expected: `${expected.size} (${what})`,
    found: `${expected.size - missing.length}, ${more.length} more`,
    isAgreed: missing.length === 0 && more.length === 0,
    ...(note === "" ? {} : { note }),
  };
}
