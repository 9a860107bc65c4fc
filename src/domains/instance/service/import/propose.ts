// Puts what all importers found together: the first source of services wins, set-up and paths come from wherever they stand. Pure.
import { stringify } from "yaml";
import type { Imported, ImportProposal } from "../../types/index.ts";
import { composePaths, importCompose } from "./compose.ts";
import { importLaunchJson, launchJsonPath } from "./launch-json.ts";
import { importPackageJson } from "./package-json.ts";
import { importProcfile } from "./procfile.ts";
import { codexEnvironmentPath, conductorPath, importCodexEnvironment, importConductor, importWorktreeInclude, worktreeIncludePath } from "./worktree-tools.ts";

/** In the order of precedence: what names ports first, what is most general last. */
const importers: readonly { readonly path: string; readonly read: (text: string, files: readonly string[]) => Imported }[] = [
  { path: launchJsonPath, read: importLaunchJson },
  { path: "Procfile.dev", read: (text) => importProcfile("Procfile.dev", text) },
  { path: "Procfile", read: (text) => importProcfile("Procfile", text) },
  { path: conductorPath, read: importConductor },
  { path: codexEnvironmentPath, read: importCodexEnvironment },
  { path: "package.json", read: importPackageJson },
  { path: worktreeIncludePath, read: importWorktreeInclude },
  ...composePaths.map((path) => ({ path, read: (text: string) => importCompose(path, text) })),
];

/** Files that proposeServices() reads. */
export const importPaths: readonly string[] = importers.map(({ path }) => path);

/** `texts` by path; `files` are the names at the top of the repository. */
export function proposeServices(texts: ReadonlyMap<string, string>, files: readonly string[]): ImportProposal {
  const found = importers.flatMap(({ path, read }) => { const text = texts.get(path); return text === undefined ? [] : [{ path, imported: read(text, files) }]; });
  const winner = found.find(({ imported }) => Object.keys(imported.services).length > 0);
  const setup = found.find(({ imported }) => imported.setup !== undefined);
  const copied = found.filter(({ imported }) => (imported.copy ?? []).length > 0);
  const sources = found.filter((one) => one === winner || one === setup || copied.includes(one)).map(({ path }) => path);
  const passedOver = found.filter((one) => one !== winner && Object.keys(one.imported.services).length > 0)
    .map(({ path, imported }) => ({ file: path, what: Object.keys(imported.services).join(", "), why: `services are taken from ${winner?.path ?? "nowhere"}, which names them too` }));
  return {
    services: winner?.imported.services ?? {}, setup: setup?.imported.setup,
    copy: [...new Set(copied.flatMap(({ imported }) => imported.copy ?? []))], sources,
    notImported: [...found.flatMap(({ imported }) => imported.notImported), ...passedOver],
  };
}

/** YAML for inspan.yaml without the keys that stand there already; empty where there is nothing to add. */
export function renderProposal(proposal: ImportProposal, present: readonly string[]): string {
  const parts: string[] = [];
  const add = (key: string, value: unknown): void => { if (!present.includes(key)) parts.push(stringify({ [key]: value }, { lineWidth: 0 })); };
  if (Object.keys(proposal.services).length > 0) add("services", proposal.services);
  if (proposal.setup !== undefined) add("setup", proposal.setup);
  if (proposal.copy.length > 0) add("copy", proposal.copy);
  if (parts.length === 0) return "";
  const notes = proposal.notImported.map(({ file, what, why }) => `# not imported: ${file}: ${what}: ${why}`.replaceAll(/\s+/g, " "));
  return [`# Imported from ${proposal.sources.join(", ")}: what \`inspan up\` starts.`, ...notes, parts.join("\n")].join("\n");
}
