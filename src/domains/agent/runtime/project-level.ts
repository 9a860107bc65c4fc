// Reads what the repository itself gives to agents (its map, its MCP servers, its skills) at the commit that the work began from: an agent cannot
// rewrite its own instructions. Knows no client.
import { join } from "node:path";
import type { Providers } from "../../../providers/index.ts";
import { parseProjectServers, projectServersPath } from "../service/project-servers.ts";
import type { ProjectServer } from "../service/project-servers.ts";
import type { SessionSpec } from "../types.ts";
import { clearIn, writeIn } from "./session-home.ts";

export interface SkillFile {
  readonly skill: string;
  /** Below the skill's folder, with forward slashes. */ readonly path: string;
  readonly text: string;
  readonly isExecutable: boolean;
}

export interface ProjectLevel {
  /** The map of the repository; undefined where it has none, or where there is no repository. */
  readonly map: string | undefined;
  readonly servers: readonly ProjectServer[];
  readonly skills: readonly SkillFile[];
  /** What was left out and why, for people. */
  readonly notices: readonly string[];
}

const mapNames = ["AGENTS.md", "CLAUDE.md", "GEMINI.md"] as const;
/** Where repositories keep skills; of two with one name the first counts. */
const skillFolders = [".agents/skills", ".claude/skills"] as const;
const skillFilesMax = 200; // a few deep skills with their scripts; all are read at the start of each session
const skillBytesMax = 256 * 1024;

type Reader = Pick<Providers, "git" | "random">;

interface Entry { readonly mode: string; readonly object: string; readonly sizeBytes: number; readonly path: string }

/** Files of the base below these paths; links and submodules are left out: they could lead elsewhere. Empty where there is no repository. */
async function listAtBase(providers: Reader, spec: SessionSpec, paths: readonly string[]): Promise<readonly Entry[]> {
  const listed = await providers.git.run(["ls-tree", "-r", "-z", "-l", spec.baseCommit ?? "HEAD", "--", ...paths], {
    cwd: spec.worktreePath,
    acceptExitCodes: [128],
    signal: spec.signal,
  });
  return listed.exitCode !== 0 ? [] : listed.stdout.split("\0").flatMap((line) => {
    const [, mode, object, size, path] = /^(100644|100755) blob ([0-9a-f]+) +(\d+)\t(.+)$/s.exec(line) ?? [];
    return mode === undefined || object === undefined || path === undefined ? [] : [{ mode, object, path, sizeBytes: Number(size) }];
  });
}

/** The texts of these entries, all by one process, in their order. */
async function readEntries(providers: Reader, spec: SessionSpec, entries: readonly Entry[]): Promise<readonly string[]> {
  if (entries.length === 0) return [];
  // What is no UTF-8 has another length as text, so that sizes say nothing about where a text ends: a word that nobody can know does.
  const mark = providers.random.hex(16);
  const { stdout } = await providers.git.run(["cat-file", `--batch=${mark}`], {
    cwd: spec.worktreePath,
    input: entries.map(({ object }) => `${object}\n`).join(""),
    signal: spec.signal,
  });
  const texts = `\n${stdout}`.split(`\n${mark}\n`).slice(1).map((text, index, all) => (index === all.length - 1 ? text.replace(/\n$/, "") : text));
  if (texts.length !== entries.length) throw new Error(`BUG: expected ${entries.length} texts of the base, got ${texts.length}`);
  return texts;
}

const mapOf = (entries: readonly Entry[]): Entry | undefined => mapNames.map((name) => entries.find(({ path }) => path === name)).find((entry) => entry !== undefined);

interface SkillEntry extends Entry { readonly skill: string; readonly file: string }

function skillsOf(entries: readonly Entry[]): readonly SkillEntry[] {
  const folderOf = new Map<string, string>();
  return entries.flatMap((entry) => {
    const [, folder, skill, file] = /^(\.(?:agents|claude)\/skills)\/([A-Za-z0-9][\w.-]{0,63})\/(.+)$/s.exec(entry.path) ?? [];
    if (folder === undefined || skill === undefined || file === undefined || entry.sizeBytes > skillBytesMax) return [];
    if (!folderOf.has(skill)) folderOf.set(skill, folder);
    return folderOf.get(skill) === folder ? [{ ...entry, skill, file }] : [];
  });
}

export async function readProjectLevel(providers: Reader, spec: SessionSpec): Promise<ProjectLevel> {
  const entries = await listAtBase(providers, spec, [...mapNames, projectServersPath, ...skillFolders]);
  const [map, servers] = [mapOf(entries), entries.find(({ path }) => path === projectServersPath)];
  const all = skillsOf(entries);
  const wanted = all.slice(0, skillFilesMax);
  const named = [map, servers].filter((entry) => entry !== undefined);
  const texts = await readEntries(providers, spec, [...named, ...wanted]);
  const textOf = (entry: Entry | undefined): string | undefined => (entry === undefined ? undefined : texts[named.indexOf(entry)]);
  const serverText = textOf(servers);
  const told = serverText === undefined ? { servers: [], notices: [] } : parseProjectServers(serverText);
  const skills = wanted.flatMap(({ skill, file, mode }, index) => {
    const text = texts[named.length + index];
    // What is no text would come out changed.
    return text === undefined || text.includes("\0") || text.includes("\ufffd") ? [] : [{ skill, path: file, text, isExecutable: mode === "100755" }];
  });
  const notices = all.length > skillFilesMax ? [`The repository's skills have ${all.length} files; the first ${skillFilesMax} are handed to the agent.`] : [];
  return { map: textOf(map), servers: told.servers, skills, notices: [...told.notices, ...notices] };
}

const skillDepthMax = 4; // clients look that deep and a little deeper; an endless nest must not hold a start

/** Files named SKILL.md below a folder of the worktree; links are not followed. Sorted, at most 200. */
export async function findSkillFiles(files: Providers["files"], folder: string, depth = 0): Promise<readonly string[]> {
  if (depth > skillDepthMax) return [];
  const found: string[] = [];
  for (const { name, kind } of await files.list(folder)) {
    if (found.length >= skillFilesMax) break;
    if (kind === "file" && name === "SKILL.md") found.push(join(folder, name));
    if (kind === "folder") found.push(...await findSkillFiles(files, join(folder, name), depth + 1));
  }
  return found.slice(0, skillFilesMax);
}

/** Writes the skills anew below `folder`, each in a folder of its name; what else lies there is removed. Returns the skills' own folders. */
export async function writeSkills(files: Providers["files"], at: { readonly root: string; readonly folder: string }, skills: readonly SkillFile[]): Promise<readonly string[]> {
  await clearIn(files, at.root, at.folder);
  for (const { skill, path, text, isExecutable } of skills) await writeIn(files, at.root, join(at.folder, skill, path), { text, mode: isExecutable ? 0o700 : 0o600 });
  return [...new Set(skills.map(({ skill }) => join(at.folder, skill)))];
}
