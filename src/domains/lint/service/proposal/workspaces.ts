// What the manifests at the root say about the packages of a repository. Reads only the few lines that matter: a parser of each format would slow every check down.

/** The manifests that may name members of a workspace. */
export const workspaceManifests = ["package.json", "pnpm-workspace.yaml", "Cargo.toml", "go.work", "pyproject.toml"] as const;
type WorkspaceManifest = (typeof workspaceManifests)[number];

export interface Workspace {
  readonly manifest: WorkspaceManifest;
  /** Folders or globs of folders, as written but without `./` and a last `/`; not empty. Those that begin with `!` are left out. */
  readonly globs: readonly string[];
}

/** What a member of each workspace has in its folder. */
export const memberManifest: Readonly<Record<WorkspaceManifest, string>> = {
  "package.json": "package.json",
  "pnpm-workspace.yaml": "package.json",
  "Cargo.toml": "Cargo.toml",
  "go.work": "go.mod",
  "pyproject.toml": "pyproject.toml",
};

/** In the order of `workspaceManifests`; a manifest that names no member, or cannot be read, is missing. */
export function readWorkspaces(textOf: (file: string) => string | undefined): readonly Workspace[] {
  return workspaceManifests.flatMap((manifest): Workspace[] => {
    const text = textOf(manifest);
    if (text === undefined) return [];
    const globs = readers[manifest](text)
      .map((glob) => glob.replace(/^(!?)\.\//, "$1").replace(/\/+$/, ""))
      .filter((glob) => glob !== "" && glob !== "." && !glob.startsWith("/") && !glob.split("/").includes(".."));
    return globs.length === 0 ? [] : [{ manifest, globs: [...new Set(globs)] }];
  });
}

const readers: Readonly<Record<WorkspaceManifest, (text: string) => readonly string[]>> = {
  "package.json": ofPackage,
  "pnpm-workspace.yaml": ofPnpm,
  "Cargo.toml": (text) => tomlList(text, /^\s*\[workspace\]\s*(?:#.*)?$/m, "members"),
  "go.work": ofGoWork,
  "pyproject.toml": (text) => tomlList(text, /^\s*\[tool\.uv\.workspace\]\s*(?:#.*)?$/m, "members"),
};

function ofPackage(text: string): readonly string[] {
  let value: unknown;
  try { value = JSON.parse(text); } catch { return []; } // its own tool will say so
  const workspaces = typeof value === "object" && value !== null && "workspaces" in value ? value.workspaces : undefined;
  const list = typeof workspaces === "object" && workspaces !== null && "packages" in workspaces ? workspaces.packages : workspaces;
  return Array.isArray(list) ? list.filter((one) => typeof one === "string") : [];
}

function ofPnpm(text: string): readonly string[] {
  const found: string[] = [];
  let isInside = false;
  for (const line of text.split("\n")) {
    if (/^packages\s*:/.test(line)) isInside = true;
    else if (/^\S/.test(line) && !line.startsWith("#") && !line.startsWith("-")) isInside = false;
    const glob = isInside ? /^\s*-\s*(?:"([^"]+)"|'([^']+)'|([^"'#\s]+))/.exec(line) : null;
    if (glob !== null) found.push(glob[1] ?? glob[2] ?? glob[3] ?? "");
  }
  return found;
}

/** `use ./a` and `use ( … )`. */
function ofGoWork(text: string): readonly string[] {
  const found: string[] = [];
  let isInside = false;
  for (const line of text.split("\n").map((one) => one.replace(/\/\/.*$/, "").trim())) {
    if (/^use\s*\($/.test(line)) isInside = true;
    else if (line === ")") isInside = false;
    else {
      const path = isInside ? line : /^use\s+(\S+)$/.exec(line)?.[1];
      if (path !== undefined && path !== "") found.push(path.replaceAll(/["`]/g, ""));
    }
  }
  return found;
}

/** The texts of one list in one table of a TOML file. */
function tomlList(text: string, table: RegExp, key: string): readonly string[] {
  const start = table.exec(text);
  if (start === null) return [];
  const rest = text.slice(start.index + start[0].length);
  const end = rest.search(/^\s*\[[^\]\n]*\]\s*(?:#.*)?$/m);
  const body = (end === -1 ? rest : rest.slice(0, end)).split("\n").map((line) => line.replace(/^\s*#.*$/, "")).join("\n");
  const at = new RegExp(`^\\s*${key}\\s*=\\s*\\[`, "m").exec(body);
  if (at === null) return [];
  const list = body.slice(at.index + at[0].length);
  return [...list.slice(0, Math.max(0, list.indexOf("]"))).matchAll(/"([^"]*)"|'([^']*)'/g)].map((match) => match[1] ?? match[2] ?? "");
}
