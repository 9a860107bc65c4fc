// Reads the patch text that models write (the grammar of Codex's apply_patch) into file changes. Knows no file and no disk.

export interface Hunk {
  /** Texts after `@@`: each must be found in turn before the hunk's own lines are looked for. */
  readonly anchors: readonly string[];
  readonly lines: readonly { readonly kind: "context" | "add" | "remove"; readonly text: string }[];
  /** The hunk's last old line is the file's last line. */
  readonly isAtEnd: boolean;
  /** Line of the patch text where it begins, from 1. */
  readonly patchLine: number;
}

export type FileChange =
  | { readonly kind: "add"; readonly path: string; readonly lines: readonly string[] }
  | { readonly kind: "delete"; readonly path: string }
  | { readonly kind: "update"; readonly path: string; readonly moveTo: string | undefined; readonly hunks: readonly Hunk[] };

export type ParsedPatch = { readonly kind: "patch"; readonly changes: readonly FileChange[] } | { readonly kind: "error"; readonly message: string };

const patchCharsMax = 2_000_000; // a patch above this is a model in a loop; parsing it would only cost memory
const changesMax = 500; // more files than this in one edit are generated, and belong into a command

export const patchGrammar = [
  "*** Begin Patch",
  "*** Add File: <path>          then every line of the file with a leading +",
  "*** Delete File: <path>",
  "*** Update File: <path>       optionally followed by *** Move to: <new path>",
  "@@ <a line above the change>  optional, narrows down the place",
  " context line                  a space, then the line as it is",
  "-line to remove",
  "+line to add",
  "*** End Patch",
].join("\n");

/** Models wrap patches in here-documents and Markdown fences; neither is part of the patch. */
function unwrap(text: string): { lines: readonly string[]; offset: number } | undefined {
  const lines = text.replaceAll("\r\n", "\n").split("\n");
  const begin = lines.findIndex((line) => line.trim() === "*** Begin Patch");
  if (begin === -1) return undefined;
  const end = lines.findIndex((line, index) => index > begin && line.trim() === "*** End Patch");
  return { lines: lines.slice(begin + 1, end === -1 ? lines.length : end), offset: begin + 2 };
}

const headerPattern = /^\*\*\* (Add File|Delete File|Update File|Move to):(.*)$/;

class PatchReader {
  readonly changes: FileChange[] = [];
  #at = 0;
  readonly #lines: readonly string[];
  readonly #offset: number;

  constructor(lines: readonly string[], offset: number) {
    this.#lines = lines;
    this.#offset = offset;
  }

  /** An error message, or undefined when all lines are read. */
  read(): string | undefined {
    while (this.#at < this.#lines.length) {
      const line = this.#lines[this.#at] ?? "";
      if (line.trim() === "") { this.#at += 1; continue; }
      const [, action, rawPath = ""] = headerPattern.exec(line.trimEnd()) ?? [];
      const path = rawPath.trim();
      if (action === undefined || action === "Move to") return this.#unexpected("a line that begins with *** Add File:, *** Delete File: or *** Update File:");
      if (path === "") return this.#unexpected("a path after the colon");
      if (this.changes.length >= changesMax) return `The patch changes more than ${changesMax} files; split it.`;
      this.#at += 1;
      const problem = action === "Add File" ? this.#add(path) : action === "Delete File" ? this.#delete(path) : this.#update(path);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }

  #unexpected(expected: string): string {
    return `Line ${this.#at + this.#offset} of the patch is ${JSON.stringify((this.#lines[this.#at] ?? "").slice(0, 120))}, expected ${expected}.`;
  }

  #isHeader(line: string): boolean {
    return headerPattern.test(line);
  }

  #add(path: string): string | undefined {
    const lines: string[] = [];
    for (; this.#at < this.#lines.length; this.#at += 1) {
      const line = this.#lines[this.#at] ?? "";
      if (this.#isHeader(line)) break;
      if (line.startsWith("+")) lines.push(line.slice(1));
      else if (line !== "") return this.#unexpected(`a line of the new file "${path}" with a leading +`);
    }
    this.changes.push({ kind: "add", path, lines });
    return undefined;
  }

  #delete(path: string): undefined {
    this.changes.push({ kind: "delete", path });
  }

  #update(path: string): string | undefined {
    let moveTo: string | undefined;
    const [, action, target] = headerPattern.exec((this.#lines[this.#at] ?? "").trimEnd()) ?? [];
    if (action === "Move to") {
      moveTo = (target ?? "").trim();
      if (moveTo === "") return this.#unexpected("a path after the colon");
      this.#at += 1;
    }
    const hunks: Hunk[] = [];
    while (this.#at < this.#lines.length && !this.#isHeader(this.#lines[this.#at] ?? "")) {
      const hunk = this.#hunk(path);
      if (typeof hunk === "string") return hunk;
      if (hunk.lines.length > 0) hunks.push(hunk);
    }
    if (hunks.length === 0 && moveTo === undefined) return `The update of "${path}" holds no lines; give context lines and the + and - lines.`;
    this.changes.push({ kind: "update", path, moveTo, hunks });
    return undefined;
  }

  #hunk(path: string): Hunk | string {
    const patchLine = this.#at + this.#offset;
    const anchors: string[] = [];
    while (/^@@( |$)/.test(this.#lines[this.#at] ?? "")) {
      // "@@ -1,3 +1,4 @@ name" is another format's header: its numbers are ignored, its name kept.
      const anchor = (this.#lines[this.#at] ?? "").slice(2).replace(/^ -\d+(,\d+)? \+\d+(,\d+)? @@/, "").trim();
      if (anchor !== "") anchors.push(anchor);
      this.#at += 1;
    }
    const lines: { kind: "context" | "add" | "remove"; text: string }[] = [];
    let isAtEnd = false;
    for (; this.#at < this.#lines.length; this.#at += 1) {
      const line = this.#lines[this.#at] ?? "";
      if (this.#isHeader(line) || /^@@( |$)/.test(line)) break;
      if (line.trim() === "*** End of File") { isAtEnd = true; this.#at += 1; break; }
      const text = line.slice(1);
      if (line === "") lines.push({ kind: "context", text: "" });
      else if (line.startsWith(" ")) lines.push({ kind: "context", text });
      else if (line.startsWith("+")) lines.push({ kind: "add", text });
      else if (line.startsWith("-")) lines.push({ kind: "remove", text });
      else return this.#unexpected(`a line of "${path}" that begins with a space, + or -, or a new @@ or *** line`);
    }
    // Wholly empty lines at the end are mostly layout of the patch; as context they would only narrow the match.
    for (let at = this.#at - 1; !isAtEnd && lines.length > 0 && this.#lines[at] === ""; at -= 1) lines.pop();
    return { anchors, lines, isAtEnd, patchLine };
  }
}

/** The changes in order, at least one; or a message for the model with the line of the patch that is wrong and the grammar where none of it was found. */
export function parsePatch(text: string): ParsedPatch {
  if (text.length > patchCharsMax) return { kind: "error", message: `The patch has ${text.length} characters, at most ${patchCharsMax} are taken; split it.` };
  const body = unwrap(text);
  if (body === undefined) return { kind: "error", message: `The patch has no line "*** Begin Patch". Write it like this:\n${patchGrammar}` };
  const reader = new PatchReader(body.lines, body.offset);
  const problem = reader.read();
  if (problem !== undefined) return { kind: "error", message: `${problem} The form is:\n${patchGrammar}` };
  if (reader.changes.length === 0) return { kind: "error", message: `The patch changes no file. Write it like this:\n${patchGrammar}` };
  const paths = reader.changes.map((change) => change.path);
  const twice = paths.find((path, index) => paths.indexOf(path) !== index);
  if (twice !== undefined) return { kind: "error", message: `The patch names "${twice}" twice; put all its hunks under one *** Update File line.` };
  return { kind: "patch", changes: reader.changes };
}
