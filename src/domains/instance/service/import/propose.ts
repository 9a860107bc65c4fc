// Puts what all importers found together: the first source of services wins, set-up and paths come from wherever they stand. Pure.
import { stringify } from "yaml";
import { serviceCountMax, servicesSection } from "../../config/services.ts";
import type { Imported, ImportedService, ImportProposal, NotImported } from "../../types/index.ts";
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

/** What is named of what could not be taken; a file with more is read by nobody here. */
const notImportedMax = 100;

/** Nothing is proposed that inspan.yaml would refuse: what somebody else's file says may be a folder elsewhere, or longer than a command may be. */
function onlyValid(file: string, services: Readonly<Record<string, ImportedService>>): Imported {
  const valid: Record<string, ImportedService> = {};
  const notImported: NotImported[] = [];
  for (const [name, { needs, ...service }] of Object.entries(services)) {
    const known = (needs ?? []).filter((need) => valid[need] !== undefined);
    const checked = servicesSection.schema.safeParse({ [name]: service });
    const issue = checked.success ? undefined : checked.error.issues[0];
    if (issue !== undefined) notImported.push({ file, what: name, why: `${issue.path.slice(1).join(".")}: ${issue.message}` });
    else if (Object.keys(valid).length >= serviceCountMax) notImported.push({ file, what: name, why: `inspan.yaml may declare ${serviceCountMax} services` });
    else valid[name] = { ...service, ...(known.length === 0 ? {} : { needs: known }) };
  }
  return { services: valid, notImported };
}

function bounded(all: readonly NotImported[]): readonly NotImported[] {
  if (all.length <= notImportedMax) return all;
  const left = all.slice(notImportedMax);
  return [...all.slice(0, notImportedMax), { file: [...new Set(left.map(({ file }) => file))].join(", "), what: `${left.length} more`, why: "for reasons like these" }];
}

/** `texts` by path; `files` are the names at the top of the repository. */
export function proposeServices(texts: ReadonlyMap<string, string>, files: readonly string[]): ImportProposal {
  const found = importers.flatMap(({ path, read }) => {
    const text = texts.get(path)?.replace(/^\uFEFF/, "");
    if (text === undefined) return [];
    const { services, notImported, ...rest } = read(text, files);
    const checked = onlyValid(path, services);
    const imported: Imported = { ...rest, services: checked.services, notImported: [...notImported, ...checked.notImported] };
    return [{ path, imported }];
  });
  const winner = found.find(({ imported }) => Object.keys(imported.services).length > 0);
  const setup = found.find(({ imported }) => imported.setup !== undefined);
  const copied = found.filter(({ imported }) => (imported.copy ?? []).length > 0);
  const sources = found.filter((one) => one === winner || one === setup || copied.includes(one)).map(({ path }) => path);
  const passedOver = found.filter((one) => one !== winner && Object.keys(one.imported.services).length > 0)
    .map(({ path, imported }) => ({ file: path, what: Object.keys(imported.services).join(", "), why: `services are taken from ${winner?.path ?? "nowhere"}, which names them too` }));
  return {
    services: winner?.imported.services ?? {}, setup: setup?.imported.setup,
    copy: [...new Set(copied.flatMap(({ imported }) => imported.copy ?? []))], sources,
    notImported: bounded([...found.flatMap(({ imported }) => imported.notImported), ...passedOver]),
  };
}

const renderNotes = (proposal: ImportProposal): readonly string[] =>
  proposal.notImported.map(({ file, what, why }) => `# not imported: ${file}: ${what}: ${why}`.replaceAll(/\s+/g, " "));

/** Comments for an inspan.yaml that gets nothing else: what needs a container is named all the same. */
export function renderNotImported(proposal: ImportProposal): string {
  const notes = renderNotes(proposal);
  return notes.length === 0 ? "" : `${["# No service was found to import; `inspan up` starts what services: declares.", ...notes].join("\n")}\n`;
}

/** YAML for inspan.yaml without the keys that stand there already; empty where there is nothing to add. */
export function renderProposal(proposal: ImportProposal, present: readonly string[]): string {
  const parts: string[] = [];
  const add = (key: string, value: unknown): void => { if (!present.includes(key)) parts.push(stringify({ [key]: value }, { lineWidth: 0 })); };
  if (Object.keys(proposal.services).length > 0) add("services", proposal.services);
  if (proposal.setup !== undefined) add("setup", proposal.setup);
  if (proposal.copy.length > 0) add("copy", proposal.copy);
  if (parts.length === 0) return "";
  return [`# Imported from ${proposal.sources.join(", ")}: what \`inspan up\` starts.`, ...renderNotes(proposal), parts.join("\n")].join("\n");
}
