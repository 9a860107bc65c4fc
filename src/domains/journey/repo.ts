// Reads journeys of docs/journeys, and keeps the last run of each. The only reader and writer of both.
import { join } from "node:path";
import { parse } from "yaml";
import { InspanError, messageOf } from "../../base/errors.ts";
import type { Files } from "../../providers/index.ts";
import { JourneyHead, type JourneyRun } from "./types.ts";

/** A journey is a page of text. */
const charsMax = 64 * 1024;

const folder = "docs/journeys";

export interface JourneyText { readonly file: string; readonly head: JourneyHead; readonly body: string; readonly firstLine: number }

function invalid(file: string, found: string): InspanError {
  return new InspanError("JOURNEY_INVALID", `Cannot read ${file}: ${found}.`, { kind: "usage", remedy: `edit ${file}; the form is in docs/journeys.md` });
}

function parseText(file: string, given: string): JourneyText {
  const text = given.replace(/^\uFEFF/, "");
  if (text.length > charsMax) throw invalid(file, `it has ${text.length} characters, expected at most ${charsMax}`);
  const front = /^---\r?\n([\s\S]*?)\r?\n---\r?\n/.exec(text);
  if (front === null) throw invalid(file, "it has no front matter, expected id, name and entry between two lines of dashes");
  let value: unknown;
  try { value = parse(front[1] ?? "", { maxAliasCount: 20 }); } catch (error) { throw invalid(file, messageOf(error).split("\n")[0] ?? "broken YAML"); }
  const head = JourneyHead.safeParse(value);
  if (!head.success) throw invalid(file, head.error.issues.slice(0, 3).map(({ path, message }) => `${path.join(".")}: ${message}`).join("; "));
  return { file, head: head.data, body: text.slice(front[0].length), firstLine: front[0].split("\n").length };
}

export interface JourneyFolder {
  readonly journeys: readonly JourneyText[];
  /** What lies there and is none, with the reason. */ readonly unread: readonly { readonly file: string; readonly reason: string }[];
}

/** Sorted by file. */
export async function readJourneys(files: Files, rootPath: string): Promise<JourneyFolder> {
  const journeys: JourneyText[] = [];
  const unread: { readonly file: string; readonly reason: string }[] = [];
  for (const { name, kind } of await files.list(join(rootPath, folder))) {
    if (kind !== "file" || !name.endsWith(".md") || name === "README.md") continue;
    const text = await files.readText(join(rootPath, folder, name));
    try { if (text !== undefined) journeys.push(parseText(`${folder}/${name}`, text)); } catch (error) { unread.push({ file: `${folder}/${name}`, reason: messageOf(error) }); }
  }
  return { journeys, unread };
}

/** Sorted by file; files that cannot be read are left out, and said by `readJourney`. */
export async function listJourneys(files: Files, rootPath: string): Promise<readonly JourneyText[]> { return (await readJourneys(files, rootPath)).journeys; }

/** Rejects with JOURNEY_UNKNOWN, JOURNEY_INVALID. */
export async function readJourney(files: Files, rootPath: string, id: string): Promise<JourneyText> {
  const known = await listJourneys(files, rootPath);
  const journey = known.find(({ head }) => head.id === id);
  if (journey !== undefined) return journey;
  const text = /^[\w-]{1,80}$/.test(id) ? await files.readText(join(rootPath, folder, `${id}.md`)) : undefined;
  if (text !== undefined) return parseText(`${folder}/${id}.md`, text);
  throw new InspanError(
    "JOURNEY_UNKNOWN",
    `Cannot play "${id.slice(0, 80)}": no journey has that id, expected ${known.length === 0 ? `one below ${folder}` : `one of ${known.map(({ head }) => head.id).join(", ")}`}.`,
    { kind: "usage", remedy: "inspan journey list" },
  );
}

const lastRunPath = (statePath: string, key: string, id: string): string => join(statePath, "journeys", key, `${id}.json`);

export async function readLastRun(files: Files, at: { readonly statePath: string; readonly key: string; readonly id: string }): Promise<JourneyRun | undefined> {
  try {
    const value: unknown = JSON.parse((await files.readText(lastRunPath(at.statePath, at.key, at.id))) ?? "null");
    return typeof value === "object" && value !== null && "version" in value && value.version === 1 ? value as JourneyRun : undefined; // written below
  } catch { return undefined; } // torn: there is nothing to compare with
}

export async function writeLastRun(files: Files, at: { readonly statePath: string; readonly key: string }, run: JourneyRun): Promise<void> {
  await files.writeText(lastRunPath(at.statePath, at.key, run.id), JSON.stringify(run));
}
