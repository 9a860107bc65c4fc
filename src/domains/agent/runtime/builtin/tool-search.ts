// The search tool: lines that match a pattern in the files that git lists. A pattern comes from a model, so its running time is bounded.
import { createContext, Script } from "node:vm";
import { z } from "zod";
import { throwIfAborted } from "../../../../base/async.ts";
import { messageOf } from "../../../../base/errors.ts";
import { plural } from "../../../../base/text.ts";
import { filesBelow } from "./tool-files.ts";
import { defineTool, refusal } from "./tool.ts";
import type { BuiltinTool, ToolScope } from "./tool.ts";

const fileBytesMax = 1024 * 1024; // larger files are data or bundles: their hits are noise
const hitsMax = 200; // more hits are a call for a better pattern
const hitsPerFileMax = 40; // one generated file must not hide all others
const lineCharsMax = 300; // of a shown line
const lineSearchedCharsMax = 20_000; // minified lines; bounds what one match can cost
const filesMax = 50_000; // a bound on one call in a very large repository
const slowPatternMs = 300; // for all lines of one file; JavaScript's patterns can take exponential time, and nothing else of the process runs meanwhile
const patternMsMax = 2_000; // for all files together: a pattern just below the limit of a file would hold the process up file after file
const searchMsMax = 15_000; // whole call

type LineFinder = (lines: readonly string[]) => readonly number[] | "too-slow";

/** Finds line indexes; a pattern that exceeds its time is stopped by the virtual machine, which interrupts a match while it runs. */
function patternFinder(pattern: string, monotonicMs: () => number): LineFinder | string {
  let expression: RegExp;
  try { expression = new RegExp(pattern, "u"); } catch {
    try { expression = new RegExp(pattern); } catch (error) { return messageOf(error); }
  }
  const state = { expression, lines: [] as readonly string[], hits: [] as number[], hitsMax: hitsPerFileMax };
  const context = createContext(state);
  const script = new Script("for (let i = 0; i < lines.length && hits.length < hitsMax; i++) if (expression.test(lines[i])) hits.push(i);");
  let msLeft = patternMsMax;
  return (lines) => {
    if (msLeft < 1) return "too-slow";
    state.lines = lines;
    state.hits = [];
    const startedMs = monotonicMs();
    try { script.runInContext(context, { timeout: Math.min(slowPatternMs, Math.ceil(msLeft)) }); } catch { return "too-slow"; } // only the time limit throws here
    msLeft -= monotonicMs() - startedMs;
    return state.hits;
  };
}

function literalFinder(text: string): LineFinder {
  return (lines) => lines.flatMap((line, index) => (line.includes(text) ? [index] : [])).slice(0, hitsPerFileMax);
}

/** Text of a listed file, or undefined where it is gone, a link, too large or binary. A folder of the path that became a link out of the worktree is not followed. */
async function readSearchable(path: string, safeFolders: Map<string, boolean>, { providers, workspace }: ToolScope): Promise<string | undefined> {
  const folder = path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "";
  let isSafe = safeFolders.get(folder);
  if (isSafe === undefined) {
    isSafe = (await workspace.resolveForRead(folder)).kind === "found";
    safeFolders.set(folder, isSafe);
  }
  if (!isSafe) return undefined;
  const facts = await providers.files.facts(workspace.absolute(path));
  if (facts?.kind !== "file" || facts.sizeBytes > fileBytesMax) return undefined;
  const text = await providers.files.readText(workspace.absolute(path));
  return text === undefined || text.includes("\0") ? undefined : text;
}

interface Hits { readonly lines: string[]; filesSearched: number; stop: string | undefined }

async function searchFiles(files: readonly string[], find: LineFinder, scope: ToolScope): Promise<Hits> {
  const hits: Hits = { lines: [], filesSearched: 0, stop: undefined };
  const safeFolders = new Map<string, boolean>();
  const startedMs = scope.providers.clock.monotonicMs();
  for (const path of files) {
    throwIfAborted(scope.signal);
    if (scope.providers.clock.monotonicMs() - startedMs > searchMsMax) { hits.stop = `stopped after ${searchMsMax / 1_000} s; give a path or glob`; break; }
    const text = await readSearchable(path, safeFolders, scope);
    if (text === undefined) continue;
    hits.filesSearched += 1;
    const lines = text.split("\n").map((line) => (line.length > lineSearchedCharsMax ? line.slice(0, lineSearchedCharsMax) : line));
    const found = find(lines);
    if (found === "too-slow") { hits.stop = `the pattern is too slow (on ${path}); use a simpler one or isLiteral`; break; }
    for (const index of found) hits.lines.push(`${path}:${index + 1}: ${(lines[index] ?? "").trimEnd().slice(0, lineCharsMax)}`);
    if (hits.lines.length >= hitsMax) { hits.stop = `stopped at ${hitsMax} hits; narrow the search`; break; }
  }
  return hits;
}

export const searchTool: BuiltinTool = defineTool({
  name: "search",
  description: "Finds lines in the worktree's files (those that git tracks or does not ignore). Answers with path:line: text.",
  input: z.object({
    pattern: z.string().min(1).max(500).describe("A JavaScript regular expression, matched line by line, case-sensitive."),
    isLiteral: z.boolean().optional().describe("Take the pattern as plain text."),
    path: z.string().optional().describe("Folder or file relative to the worktree; all of it unless told."),
    glob: z.string().max(200).optional().describe("Only files whose path fits, for example src/**/*.ts or *.md."),
  }),
  execute: async ({ pattern, isLiteral = false, path = "", glob }, scope) => {
    const place = await scope.workspace.resolveForRead(path);
    if (place.kind !== "found") return refusal(place.kind === "refused" ? place.reason : `There is nothing at "${place.path}".`);
    const find = isLiteral || /^[\w\s\-/:;,'"=<>@#%&~`!]*$/.test(pattern) ? literalFinder(pattern) : patternFinder(pattern, scope.providers.clock.monotonicMs);
    if (typeof find === "string") return refusal(`The pattern is no regular expression: ${find}. Repair it or set isLiteral.`);
    let files = filesBelow(await scope.workspace.listFiles(scope.signal), place.path);
    if (glob !== undefined) {
      const { default: picomatch } = await import("picomatch");
      const fits = picomatch(glob, { dot: true, basename: !glob.includes("/") });
      files = files.filter((file) => fits(file));
    }
    const hits = await searchFiles(files.slice(0, filesMax), find, scope);
    const note = hits.stop === undefined ? "" : `\n[${hits.stop}]`;
    if (hits.lines.length === 0) return { text: `No line matches in ${plural(hits.filesSearched, "file")}.${note}`, isError: hits.stop !== undefined };
    return { text: `${hits.lines.slice(0, hitsMax).join("\n")}${note}`, isError: false };
  },
});
