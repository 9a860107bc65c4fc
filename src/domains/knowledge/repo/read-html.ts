// Links and anchors of raw HTML in Markdown: attributes by a scan, no document model. Soup of any kind ends in linear time.

export interface HtmlUse {
  readonly kind: "link" | "anchor";
  readonly value: string;
  /** Offset in lines from the start of the text, and in characters from the start of that line. */
  readonly line: number;
  readonly column: number;
}

const attribute = /[\s"'](href|src|id|name)=(?:"([^"<>]*)"|'([^'<>]*)'|([^\s"'<>]+))/gi;

/** In source order; comments are skipped. */
export function readHtml(text: string): readonly HtmlUse[] {
  if (!text.includes("=")) return [];
  const uses: HtmlUse[] = [];
  const visible = withoutComments(text);
  let line = 0;
  let lineStart = 0;
  for (const match of visible.matchAll(attribute)) {
    const at = match.index + 1;
    for (let next = visible.indexOf("\n", lineStart); next !== -1 && next < at; next = visible.indexOf("\n", lineStart)) { line++; lineStart = next + 1; }
    const name = (match[1] ?? "").toLowerCase();
    const value = match[2] ?? match[3] ?? match[4] ?? "";
    if (value !== "") uses.push({ kind: name === "href" || name === "src" ? "link" : "anchor", value: value.replaceAll("&amp;", "&"), line, column: at - lineStart });
  }
  return uses;
}

/** Comments become blanks of the same length, so that places stay. */
function withoutComments(text: string): string {
  let rest = "";
  let from = 0;
  for (let start = text.indexOf("<!--"); start !== -1; start = text.indexOf("<!--", from)) {
    const found = text.indexOf("-->", start + 4);
    const end = found === -1 ? text.length : found + 3;
    rest += text.slice(from, start) + text.slice(start, end).replaceAll(/[^\n]/g, " ");
    from = end;
  }
  return rest + text.slice(from);
}
