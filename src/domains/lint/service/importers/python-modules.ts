// From names of Python modules to globs over the files of a repository. Pure: the files come in as a list.

/** One part of a name, `*`, or `**`. */
const partPattern = /^[\w*]+$/;

export class PythonPaths {
  readonly #files: ReadonlySet<string>;
  readonly #folders: ReadonlySet<string>;
  readonly #roots: readonly string[];

  /** `roots` are the folders where top-level modules lie, the nearest to the root of the repository first where none is told. */
  constructor(files: readonly string[], tops: readonly string[], roots?: readonly string[]) {
    const python = files.filter((file) => /\.pyi?$/.test(file));
    this.#files = new Set(python);
    const folders = new Set<string>();
    for (const file of python) for (let end = file.lastIndexOf("/"); end > 0; end = file.lastIndexOf("/", end - 1)) folders.add(file.slice(0, end));
    this.#folders = folders;
    this.#roots = roots ?? rootsOf(folders, this.#files, tops);
  }

  /** Globs of a module and all below it; undefined where the name cannot be one. */
  globs(module: string): readonly string[] | undefined {
    const path = this.path(module);
    if (path === undefined) return undefined;
    if (path.includes("*")) return [`${path}.py`, `${path}/**`];
    const isFile = this.#files.has(`${path}.py`);
    const isFolder = this.#folders.has(path);
    return isFile && !isFolder ? [`${path}.py`] : isFolder && !isFile ? [`${path}/**`] : [`${path}.py`, `${path}/**`];
  }

  /** True where the repository has such a module. */
  has(module: string): boolean {
    const path = this.path(module);
    return path !== undefined && (this.#files.has(`${path}.py`) || this.#folders.has(path));
  }

  /** The path without an ending. */
  path(module: string): string | undefined {
    const parts = module.split(".");
    if (parts.length === 0 || !parts.every((part) => partPattern.test(part))) return undefined;
    const below = (root: string) => (root === "" ? parts.join("/") : `${root}/${parts.join("/")}`);
    return below(
      this.#roots.find((root) => this.#files.has(`${below(root)}.py`) || this.#folders.has(below(root))) ??
        this.#roots.find((root) => this.#folders.has(root === "" ? (parts[0] ?? "") : `${root}/${parts[0] ?? ""}`)) ??
        this.#roots[0] ??
        "",
    );
  }
}

function rootsOf(folders: ReadonlySet<string>, files: ReadonlySet<string>, tops: readonly string[]): readonly string[] {
  const found = new Set<string>();
  for (const top of tops) {
    const name = top.replaceAll(".", "/");
    const candidates = [
      ...[...folders].filter((folder) => folder === name || folder.endsWith(`/${name}`)),
      ...[...files].filter((file) => file === `${name}.py` || file.endsWith(`/${name}.py`)),
    ];
    const [nearest] = candidates.sort((left, right) => left.split("/").length - right.split("/").length || (left < right ? -1 : 1));
    if (nearest !== undefined) found.add(nearest.replace(/\.py$/, "").slice(0, -name.length).replace(/\/$/, ""));
  }
  return found.size === 0 ? [""] : [...found];
}
