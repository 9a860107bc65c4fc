// A page's layout as characters: text and controls where they stand, so that two looks at one page give the same text. Pure.
import type { PageBox } from "../types/page-tree.ts";

/** Of a cell in CSS pixels: close to a character of common fonts. */
const cellWidth = 8;
const cellHeight = 16;
/** Wider pages are cut; 200 columns are more than an editor shows. */
const columnsMax = 200;
/** Rows that are kept; a longer page is looked at in parts. */
const rowsMax = 1_000;

interface Piece { readonly column: number; readonly text: string }

function frame(box: PageBox): string {
  const width = Math.max(3, Math.round(box.width / cellWidth));
  const inner = box.text.slice(0, width - 2);
  switch (box.kind) {
    case "field": return `[${inner.padEnd(width - 2, "_")}]`;
    case "button": return `<${box.text}>`;
    case "check": return box.text;
    case "image": return `(${box.text === "" ? "image" : box.text})`;
    case "rule": return "-".repeat(Math.min(width, columnsMax));
    case "text": return box.text;
  }
}

/** Pieces of one row; what would overlap moves right, by a space at least. */
function renderRow(pieces: readonly Piece[]): string {
  let line = "";
  for (const { column, text } of [...pieces].sort((left, right) => left.column - right.column)) {
    const at = line === "" ? column : Math.max(column, line.length + 1);
    if (at >= columnsMax) break;
    line = (line.padEnd(at) + text).slice(0, columnsMax);
  }
  return line.trimEnd();
}

/** Lines without trailing spaces; runs of empty ones become one. `boxes` may be in any order. */
export function rasterise(boxes: readonly PageBox[]): { readonly lines: readonly string[]; readonly isCut: boolean } {
  const rows = new Map<number, Piece[]>();
  let isCut = false;
  const ordered = [...boxes].sort((left, right) => left.y - right.y || left.x - right.x || left.text.localeCompare(right.text, "en"));
  for (const box of ordered) {
    const text = frame(box).replaceAll(/\s+/g, " ");
    if (text.trim() === "" || box.width < 1 || box.height < 1 || box.x + box.width <= 0 || box.y + box.height <= 0) continue;
    const row = Math.floor((box.y + box.height / 2) / cellHeight);
    if (row >= rowsMax || row < 0) { isCut = true; continue; }
    rows.set(row, [...(rows.get(row) ?? []), { column: Math.max(0, Math.round(box.x / cellWidth)), text }]);
  }
  const lines: string[] = [];
  const last = Math.max(-1, ...rows.keys());
  for (let row = 0; row <= last; row++) {
    const line = renderRow(rows.get(row) ?? []);
    if (line !== "" || (lines.length > 0 && lines.at(-1) !== "")) lines.push(line);
  }
  return { lines, isCut };
}
