// A fix that can be followed without thinking, read back from its own sentence: for editors, and for the proof that the text alone suffices.

export type MechanicalFix =
  /** `before` stands in `file` exactly once at or after `line`, and becomes `after`; a whole line goes with its end where `after` is empty. */
  | { readonly kind: "replace"; readonly file: string; readonly line: number; readonly before: string; readonly after: string }
  /** Every word `from` in these files becomes `to`. */
  | { readonly kind: "rename"; readonly from: string; readonly to: string; readonly files: readonly string[] }
  /** The file moves, and so do the imports of it in these files. */
  | { readonly kind: "move"; readonly from: string; readonly to: string; readonly files: readonly string[] };

const replaceForm = /^In (.+?), line (\d+), replace `([^`]+)` by `([^`]+)`/;
const deleteForm = /^In (.+?), line (\d+), delete the line `([^`]+)`/;
const renameForm = /^Rename `([^`\s]+)` to `([^`\s]+)` in ((?:`[^`]+`(?:, )?)+)/;
const moveForm = /^Move `([^`]+)` to `([^`]+)`(?: and correct its imports in ((?:`[^`]+`(?:, )?)+))?/;

/** Undefined where the fix needs judgement. */
export function readMechanicalFix(fix: string): MechanicalFix | undefined {
  const replace = replaceForm.exec(fix);
  if (replace !== null) return { kind: "replace", file: replace[1] ?? "", line: Number(replace[2]), before: replace[3] ?? "", after: replace[4] ?? "" };
  const gone = deleteForm.exec(fix);
  if (gone !== null) return { kind: "replace", file: gone[1] ?? "", line: Number(gone[2]), before: gone[3] ?? "", after: "" };
  const rename = renameForm.exec(fix);
  if (rename !== null) return { kind: "rename", from: rename[1] ?? "", to: rename[2] ?? "", files: quoted(rename[3]) };
  const move = moveForm.exec(fix);
  return move === null ? undefined : { kind: "move", from: move[1] ?? "", to: move[2] ?? "", files: quoted(move[3]) };
}

/** The text of one file with a `replace` or `rename` done; undefined where it does not fit the text any more. */
export function applyMechanicalFix(text: string, fix: MechanicalFix): string | undefined {
  if (fix.kind === "rename") {
    const words = new RegExp(`(?<![\\w$])${fix.from.replaceAll(/[$\\^.*+?()[\]{}|]/g, "\\$&")}(?![\\w$])`, "g");
    const renamed = text.replaceAll(words, () => fix.to);
    return renamed === text ? undefined : renamed;
  }
  if (fix.kind === "move") return undefined;
  const start = offsetOfLine(text, fix.line);
  const at = text.indexOf(fix.before, start);
  if (at === -1) return undefined;
  if (fix.after !== "") return text.slice(0, at) + fix.after + text.slice(at + fix.before.length);
  const end = text.indexOf("\n", at);
  return text.slice(0, text.lastIndexOf("\n", at - 1) + 1) + (end === -1 ? "" : text.slice(end + 1));
}

export function offsetOfLine(text: string, line: number): number {
  let offset = 0;
  for (let at = 1; at < line; at++) {
    const next = text.indexOf("\n", offset);
    if (next === -1) return offset;
    offset = next + 1;
  }
  return offset;
}

function quoted(list: string | undefined): readonly string[] {
  return [...(list ?? "").matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? "");
}
