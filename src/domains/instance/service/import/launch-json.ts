// .claude/launch.json: configurations with a program, its words and one port each. Pure.
import type { Imported, ImportedService, NotImported } from "../../types/index.ts";
import { failed, isBelow, isMap, listOf, literally, readJson, relativeFolder, serviceName, shellWord, stringMap, textOf, workspaceName } from "./parts.ts";

export const launchJsonPath = ".claude/launch.json";

/** A program without a runtime: scripts are run by theirs, as the clients do. */
function runtimeOf(entry: Readonly<Record<string, unknown>>, program: string): readonly string[] {
  const type = textOf(entry["type"]) ?? "";
  if (/^(?:python|debugpy)$/.test(type) || /\.py$/.test(program)) return ["python3"];
  if (type === "go") return ["go", "run"];
  return type === "node" || /\.[cm]?[jt]sx?$/.test(program) ? ["node"] : [];
}

function wordsOf(entry: Readonly<Record<string, unknown>>): readonly string[] {
  const [runtime, program, module] = [textOf(entry["runtimeExecutable"]), textOf(entry["program"]), textOf(entry["module"])];
  const texts = (key: string): readonly string[] => listOf(entry[key]).flatMap((word) => textOf(word) ?? []);
  const start = runtime !== undefined ? [runtime] : program !== undefined ? runtimeOf(entry, program) : module !== undefined ? ["python3"] : undefined;
  return start === undefined ? [] : [...start, ...texts("runtimeArgs"), ...(program === undefined ? module === undefined ? [] : ["-m", module] : [program]), ...texts("args")];
}

/** The port that is written there is one for the whole machine; ours is leased. The repository's folder is wherever the worktree is. */
function toWord(word: string, port: string | undefined, hasFolder: boolean): string {
  const before = port !== undefined && new RegExp(`(?:^|[:=])${port}$`).test(word) ? word.slice(0, -port.length) : undefined;
  if (before !== undefined) return `${before === "" ? "" : shellWord(before)}$PORT`;
  if (word.search(workspaceName) < 0) return shellWord(word);
  if (!hasFolder) return shellWord(word.replaceAll(/\$\{?(?:workspaceFolder|workspaceRoot)\}?\//g, "").replaceAll(workspaceName, "."));
  return word.split(workspaceName).map((part) => (part === "" ? "" : shellWord(part))).join('"$INSPAN_WORKTREE"');
}

function toEnv(value: unknown, port: string | undefined): Readonly<Record<string, string>> {
  const { PORT: _, ...kept } = stringMap(value);
  return Object.fromEntries(
    Object.entries(kept).map(([name, text]) => [
      name,
      port !== undefined && text === port ? "${PORT}" : text.split(workspaceName).map(literally).join("${WORKTREE}"),
    ]),
  );
}

export function importLaunchJson(text: string): Imported {
  const value = readJson(text);
  if (!isMap(value)) return failed(launchJsonPath, "it is not JSON");
  if (!Array.isArray(value["configurations"])) return failed(launchJsonPath, "it has no list of configurations");
  const services: Record<string, ImportedService> = {};
  const notImported: NotImported[] = [];
  for (const entry of value["configurations"]) {
    if (!isMap(entry)) continue;
    const title = textOf(entry["name"]) ?? "app";
    const words = wordsOf(entry);
    const cwd = relativeFolder(textOf(entry["cwd"]));
    const why = entry["request"] === "attach" ? "it attaches to a program that runs already" : words.length === 0 ? "it names no program (runtimeExecutable)"
      : isBelow(cwd) ? undefined : `its folder "${cwd ?? ""}" is not below the repository`;
    if (why !== undefined) { notImported.push({ file: launchJsonPath, what: title, why }); continue; }
    const port = textOf(entry["port"]);
    const env = toEnv(entry["env"], port);
    services[serviceName(title, services)] = {
      run: words.map((word) => toWord(word, port, cwd !== undefined)).join(" "), ...(cwd === undefined ? {} : { cwd }),
      ...(port === undefined ? {} : { ports: ["PORT"], ready: { listening: true } }),
      ...(Object.keys(env).length === 0 ? {} : { env }),
    };
  }
  return { services, notImported };
}
