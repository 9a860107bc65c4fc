// Where Python would look for the modules of a repository: folders that its manifests name. Nothing of the repository is executed.
import { posix } from "node:path";
import type { ResolverInput } from "../../adapter.ts";
import { at, record } from "../tables.ts";

/** A manifest is a few kilobytes; more would only fill memory. */
const manifestBytesMax = 1024 * 1024;

export const manifestPattern = /(^|\/)(pyproject\.toml|tach\.toml|setup\.cfg|setup\.py|pytest\.ini)$/;

/** Folders relative to the root ("" is the root itself), without repetition; every folder of a manifest and its `src` is one. */
export async function readSourceRoots(input: ResolverInput): Promise<readonly string[]> {
  const roots = new Set<string>(["", "src"]);
  const { parse } = await import("smol-toml");
  for (const file of input.files) {
    if (!manifestPattern.test(file) || /(^|\/)(node_modules|site-packages)\//.test(file)) continue;
    const folder = file.includes("/") ? posix.dirname(file) : "";
    for (const one of ["", "src"]) roots.add(join(folder, one));
    const facts = await input.providers.files.facts(`${input.rootPath}/${file}`);
    if (facts?.kind !== "file" || facts.sizeBytes > manifestBytesMax) continue;
    const text = await input.providers.files.readText(`${input.rootPath}/${file}`);
    if (text === undefined) continue;
    let named: readonly string[] = [];
    if (file.endsWith(".toml")) {
      try {
        named = file.endsWith("tach.toml") ? texts(at(parse(text), "source_roots")) : rootsOfProject(parse(text));
      } catch {
        /* its own tool says what is wrong with it */
      }
    } else named = rootsOfText(text);
    for (const one of named) roots.add(join(folder, one));
  }
  return [...roots].filter((one) => !one.startsWith(".."));
}

function join(folder: string, path: string): string {
  const joined = posix.normalize(posix.join(folder, path)).replace(/\/+$/, "");
  return joined === "." ? "" : joined;
}

/** Folders named in a pyproject.toml: our own key `source-roots`, for layouts that nothing else tells; setuptools, poetry, hatch, pdm, and the search paths of pytest, ruff, mypy and pyright. */
export function rootsOfProject(project: unknown): readonly string[] {
  const tool = at(project, "tool");
  const setuptools = at(tool, "setuptools");
  const packageFolders = Object.entries(record(at(setuptools, "package-dir"))).map(([name, folder]) => parentOfPackage(String(folder), name));
  const poetry = list(at(tool, "poetry", "packages")).flatMap((one) => texts(at(one, "from")));
  const wheels = ["wheel", "sdist"]
    .flatMap((target) => texts(at(tool, "hatch", "build", "targets", target, "packages")))
    .map((path) => parentOfPackage(path, posix.basename(path)));
  const hatchSources = texts(at(tool, "hatch", "build", "targets", "wheel", "sources"));
  return [
    ...texts(at(setuptools, "packages", "find", "where")), ...packageFolders, ...poetry, ...wheels, ...hatchSources,
    ...texts(at(tool, "pdm", "build", "package-dir")),
    ...texts(at(tool, "uv", "build-backend", "module-root")),
    ...texts(at(tool, "pytest", "ini_options", "pythonpath")).flatMap((one) => one.split(/\s+/)),
    ...texts(at(tool, "ruff", "src")),
    ...texts(at(tool, "mypy", "mypy_path")).flatMap((one) => one.replaceAll("$MYPY_CONFIG_FILE_DIR", ".").split(/[:,]/)),
    ...texts(at(tool, "pyright", "extraPaths")),
    ...texts(at(tool, "tach", "source_roots")), ...texts(at(tool, "inspan", "source-roots")),
  ].filter((one) => one !== "" && !one.startsWith("/") && !/[*?]/.test(one));
}

/** Folders named in setup.cfg, setup.py and pytest.ini, as far as they stand there literally. */
export function rootsOfText(text: string): readonly string[] {
  const found: string[] = [];
  for (const match of text.matchAll(/\bwhere\s*=\s*["']?([\w./-]+)/g)) found.push(match[1] ?? "");
  for (const match of text.matchAll(/\bpackage_dir\s*=\s*(?:\{\s*)?["']?["']?\s*[:=]\s*["']?([\w./-]+)/g)) found.push(match[1] ?? "");
  for (const match of text.matchAll(/^pythonpath\s*=\s*([^\n]+)/gm)) found.push(...(match[1] ?? "").trim().split(/\s+/));
  return found.filter((one) => one !== "" && !one.startsWith("/"));
}

/** `package-dir = { "a.b" = "lib/a/b" }` means that `lib` is a root. */
function parentOfPackage(folder: string, name: string): string {
  const suffix = name.replaceAll(".", "/");
  if (suffix === "") return folder;
  return folder === suffix ? "." : folder.endsWith(`/${suffix}`) ? folder.slice(0, -suffix.length - 1) : folder;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function texts(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  return list(value).filter((one) => typeof one === "string");
}
