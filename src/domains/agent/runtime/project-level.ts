// Reads what the repository itself gives to agents (its map, its MCP servers, its skills) at the commit that the work began from: an agent cannot
// rewrite its own instructions. Knows no client.
import { join } from "node:path";
import { mapBounded } from "../../../base/async.ts";
import type { Providers } from "../../../providers/index.ts";
import { parseProjectServers, projectServersPath } from "../service/project-servers.ts";
import type { ProjectServer } from "../service/project-servers.ts";
import type { SessionSpec } from "../types.ts";
import { clearIn, writeIn } from "./session-home.ts";

export interface SkillFile { readonly skill: string; /** Below the skill's folder, with forward slashes. */ readonly path: string; readonly text: string; readonly isExecutable: boolean }

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
const skillFilesMax = 200; // a few deep skills with their scripts; each file costs a git call at the start of a session
const skillBytesMax = 256 * 1024;

type Reader = Pick<Providers, "git">;

async function readAtBase(providers: Reader, spec: SessionSpec, path: string): Promise<string | undefined> {
  const shown = await providers.git.run(["cat-file", "blob", `${spec.baseCommit ?? "HEAD"}:${path}`], { cwd: spec.worktreePath, acceptExitCodes: [128], signal: spec.signal });
  return shown.exitCode === 0 ? shown.stdout : undefined;
}

export async function readProjectMap(providers: Reader, spec: SessionSpec): Promise<string | undefined> {
  for (const name of mapNames) {
    const text = await readAtBase(providers, spec, name);
    if (text !== undefined) return text;
  }
  return undefined;
}

async function readSkills(providers: Reader, spec: SessionSpec): Promise<Pick<ProjectLevel, "skills" | "notices">> {
  const listed = await providers.git.run(["ls-tree", "-r", "-z", "-l", spec.baseCommit ?? "HEAD", "--", ...skillFolders], { cwd: spec.worktreePath, acceptExitCodes: [128], signal: spec.signal });
  if (listed.exitCode !== 0) return { skills: [], notices: [] };
  const folderOf = new Map<string, string>();
  const wanted = listed.stdout.split("\0").flatMap((entry) => {
    // Links could lead out of the skill; only files are taken.
    const [, mode, size, folder, skill, path] = /^(100644|100755) blob [0-9a-f]+ +(\d+)\t(\.(?:agents|claude)\/skills)\/([A-Za-z0-9][\w.-]{0,63})\/(.+)$/s.exec(entry) ?? [];
    if (mode === undefined || folder === undefined || skill === undefined || path === undefined || Number(size) > skillBytesMax) return [];
    if (!folderOf.has(skill)) folderOf.set(skill, folder);
    return folderOf.get(skill) === folder ? [{ folder, skill, path, isExecutable: mode === "100755" }] : [];
  });
  const notices = wanted.length > skillFilesMax ? [`The repository's skills have ${wanted.length} files; the first ${skillFilesMax} are handed to the agent.`] : [];
  const read = await mapBounded(wanted.slice(0, skillFilesMax), 4, async ({ folder, ...file }) => ({ ...file, text: await readAtBase(providers, spec, `${folder}/${file.skill}/${file.path}`) }));
  // What is no text would come out changed.
  return { skills: read.flatMap(({ text, ...file }) => (text === undefined || text.includes("\0") || text.includes("\ufffd") ? [] : [{ ...file, text }])), notices };
}

export async function readProjectLevel(providers: Reader, spec: SessionSpec): Promise<ProjectLevel> {
  const [map, servers, { skills, notices }] = await Promise.all([readProjectMap(providers, spec), readAtBase(providers, spec, projectServersPath), readSkills(providers, spec)]);
  const told = servers === undefined ? { servers: [], notices: [] } : parseProjectServers(servers);
  return { map, servers: told.servers, skills, notices: [...told.notices, ...notices] };
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
