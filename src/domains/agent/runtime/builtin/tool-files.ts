// Tools that look: read_file and list_files. They run outside of the sandbox, so every path is resolved by the workspace first.
import { z } from "zod";
import { plural } from "../../../../base/text.ts";
import { numberLines } from "../../service/patch-apply.ts";
import { defineTool, refusal } from "./tool.ts";
import type { BuiltinTool } from "./tool.ts";

const fileBytesMax = 4 * 1024 * 1024; // larger files are data; reading them whole would hold the process up
const linesMax = 800; // one answer; the model asks for the next part by startLine
const charsMax = 48_000; // about 12,000 tokens
const lineCharsMax = 2_000; // minified files have lines of megabytes
const entriesMax = 600; // above it folders are counted instead

function clipLine(line: string): string {
  return line.length <= lineCharsMax ? line : `${line.slice(0, lineCharsMax)} [… ${line.length - lineCharsMax} more characters in this line]`;
}

function showLines(path: string, text: string, startLine: number, lineCount: number): string {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  if (lines.length === 0) return `${path} is empty.`;
  if (startLine > lines.length) return `${path} has ${plural(lines.length, "line")}; startLine ${startLine} is behind its end.`;
  const shown: string[] = [];
  let chars = 0;
  for (const line of lines.slice(startLine - 1, startLine - 1 + Math.min(lineCount, linesMax))) {
    const clipped = clipLine(line.replace(/\r$/, ""));
    chars += clipped.length + 8;
    if (chars > charsMax && shown.length > 0) break;
    shown.push(clipped);
  }
  const last = startLine + shown.length - 1;
  const more = last < lines.length ? `\n[lines ${startLine}-${last} of ${lines.length}; go on with startLine ${last + 1}]` : "";
  return `${numberLines(shown, startLine)}${more}`;
}

export const readFileTool: BuiltinTool = defineTool({
  name: "read_file",
  description: `Reads a text file of the worktree; each line is shown as "number| text" (the number is not part of the file). At most ${linesMax} lines at once.`,
  input: z.object({
    path: z.string().describe("Path relative to the worktree."),
    startLine: z.number().int().min(1).optional().describe("First line, from 1."),
    lineCount: z.number().int().min(1).optional().describe("How many lines."),
  }),
  execute: async ({ path, startLine = 1, lineCount = linesMax }, { providers, workspace }) => {
    const place = await workspace.resolveForRead(path);
    if (place.kind === "refused") return refusal(place.reason);
    if (place.kind === "absent") return refusal(`There is no file "${place.path}"; list_files and search show what there is.`);
    if (place.facts.kind === "folder") return refusal(`"${place.path}" is a folder; use list_files.`);
    if (place.facts.kind !== "file") return refusal(`"${place.path}" is no regular file.`);
    if (place.facts.sizeBytes > fileBytesMax)
      return refusal(`"${place.path}" has ${place.facts.sizeBytes} bytes, at most ${fileBytesMax} are read; look at a part of it with run.`);
    const text = await providers.files.readText(place.absolute);
    if (text === undefined) return refusal(`There is no file "${place.path}".`);
    if (text.includes("\0")) return refusal(`"${place.path}" is a binary file.`);
    return { text: showLines(place.path, text, startLine, lineCount), isError: false };
  },
});

/** Files below a folder ("" is the root), with the folder's own path kept. */
export function filesBelow(files: readonly string[], folder: string): readonly string[] {
  return folder === "" ? files : files.filter((file) => file === folder || file.startsWith(`${folder}/`));
}

/** One line a file, or one line a folder with its count where the files are too many. */
function renderEntries(files: readonly string[], folder: string): string {
  if (files.length <= entriesMax) return files.join("\n");
  const depth = folder === "" ? 0 : folder.split("/").length;
  const counts = new Map<string, number>();
  for (const file of files) {
    const parts = file.split("/");
    const entry = parts.length > depth + 1 ? `${parts.slice(0, depth + 1).join("/")}/` : file;
    counts.set(entry, (counts.get(entry) ?? 0) + 1);
  }
  const lines = [...counts].map(([entry, count]) => (entry.endsWith("/") ? `${entry} (${plural(count, "file")})` : entry));
  const more = lines.length > entriesMax ? `\n[… ${lines.length - entriesMax} more entries; give a path, or use search]` : "";
  return `${lines.slice(0, entriesMax).join("\n")}${more}`;
}

export const listFilesTool: BuiltinTool = defineTool({
  name: "list_files",
  description: "Lists the files of the worktree that git tracks or does not ignore, below a folder or all of them; large folders are counted.",
  input: z.object({ path: z.string().optional().describe("Folder relative to the worktree; all of it unless told.") }),
  execute: async ({ path = "" }, { workspace, signal }) => {
    const place = await workspace.resolveForRead(path);
    if (place.kind === "refused") return refusal(place.reason);
    const files = filesBelow(await workspace.listFiles(signal), place.path);
    if (files.length === 0) return refusal(`There is no file below "${place.path}" that git tracks or would take.`);
    return { text: renderEntries(files, place.path), isError: false };
  },
});
