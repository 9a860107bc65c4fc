// The tracker of technical debt as a queue: its table's rows, and which of them are open. Pure.

export interface DebtRow { readonly id: string; readonly text: string; readonly line: number; readonly isOpen: boolean; readonly isLarge: boolean }

const closed = /^\W*(paid|done|closed|resolved|dropped|rejected|obsolete|won'?t)/i;

/** In the order of the page; rows without an id are left out. */
export function readDebtRows(text: string): readonly DebtRow[] {
  const rows: DebtRow[] = [];
  let columns: readonly string[] | undefined;
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (!line.trimStart().startsWith("|")) { columns = undefined; continue; }
    const cells = line.trim().replace(/^\|/, "").replace(/\|$/, "").split(/(?<!\\)\|/).map((cell) => cell.trim());
    if (columns === undefined) { columns = cells.map((cell) => cell.toLowerCase()); continue; }
    if (cells.every((cell) => /^[\s:-]*$/.test(cell))) continue;
    const of = (name: string) => cells[columns?.indexOf(name) ?? -1] ?? "";
    const id = of("id");
    if (id === "") continue;
    rows.push({
      id,
      text: cells.filter((cell) => cell !== "" && cell !== id).join("; "),
      line: index + 1,
      isOpen: !closed.test(of("status")),
      isLarge: /large|high|big/i.test(of("cost")),
    });
  }
  return rows;
}
