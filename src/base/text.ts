// Bounded text for people and agents. Everything that leaves Inspan as prose passes through here once.

/** The text itself, or its head and tail with a line between them that says how much was left out. */
export function boundText(text: string, charsMax: number): string {
  if (text.length <= charsMax) return text;
  const head = Math.floor(charsMax * 0.3);
  const tail = charsMax - head;
  return `${text.slice(0, head)}\n[… ${text.length - charsMax} characters left out …]\n${text.slice(text.length - tail)}`;
}

/** The last lines of a text, preceded by a line that counts the ones left out. */
export function tailLines(text: string, linesMax: number): string {
  const lines = text.replace(/\n$/, "").split("\n");
  if (lines.length <= linesMax) return lines.join("\n");
  return `[… ${lines.length - linesMax} earlier lines left out …]\n${lines.slice(-linesMax).join("\n")}`;
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** Wraps text of unknown origin so that a model can tell it from instructions. A closing fence inside is defused. */
export function fenceUntrusted(source: string, text: string): string {
  const defused = text.replaceAll(/<(\/?)untrusted/gi, "<$1 untrusted");
  return `<untrusted source="${source.replaceAll(/[^\w./:-]/g, "_")}">\n${defused}\n</untrusted>`;
}

/** Rows as aligned columns, the last one unpadded; an empty list gives an empty string. */
export function renderTable(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, column) => { widths[column] = Math.max(widths[column] ?? 0, cell.length); });
  return rows.map((row) => row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join("  ").trimEnd()).join("\n");
}

export function renderDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}

/** Lower-case words joined by hyphens, at most `charsMax` long, never empty: `fallback` where nothing is left. */
export function slugify(text: string, charsMax: number, fallback: string): string {
  const slug = text.toLowerCase().normalize("NFKD").replaceAll(/[^a-z0-9]+/g, "-").replace(/^-+/, "").slice(0, charsMax).replace(/-+$/, "");
  return slug === "" ? fallback : slug;
}

/** The lines of all texts, each once, sorted, without empty ones; every line ends with a newline. The same as git's `cat_sort_uniq`. */
export function sortUniqueLines(...texts: readonly string[]): string {
  const lines = new Set(texts.flatMap((text) => text.split("\n")).filter((line) => line !== ""));
  return [...lines].sort().map((line) => `${line}\n`).join("");
}

/** The text without terminal escapes, control characters but tab and newline, and marks that turn the reading direction: in a terminal they are commands. */
export function withoutControls(text: string): string {
  return text
    .replaceAll(/(?:\u001b\]|\u009d)[^\u0007\u001b\u009c\n]*(?:\u0007|\u001b\\|\u009c)?|(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]?|\u001b[ -/]*[0-~]?/g, "")
    .replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, "");
}

/** A name for one line of text: as it is, or in the form of JSON where it holds controls or line breaks. */
export function nameInLine(name: string): string {
  const isPlain = !/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/.test(name);
  return isPlain ? name : JSON.stringify(name).replaceAll(/[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
