// The path expressions of `| json label="a.b[0][\"c d\"]"`.

/** Keys and indices in order; undefined where the text is no path. */
export function parseJsonPath(text: string): readonly (string | number)[] | undefined {
  const path: (string | number)[] = [];
  const piece = /\.?([\p{L}_][\p{L}\p{N}_-]*)|\[(\d{1,9})\]|\["((?:[^"\\]|\\.)*)"\]/uy;
  let at = 0;
  while (at < text.length) {
    piece.lastIndex = at;
    const match = piece.exec(text);
    if (match === null || (at === 0 && match[0].startsWith(".")) || (at > 0 && match[1] !== undefined && !match[0].startsWith("."))) return undefined;
    path.push(match[1] ?? (match[2] === undefined ? (match[3] ?? "").replaceAll(/\\(.)/g, "$1") : Number(match[2])));
    at = piece.lastIndex;
  }
  return path.length === 0 ? undefined : path;
}

export function checkJsonPath(text: string): string | undefined {
  return parseJsonPath(text) === undefined ? `syntax error in ${JSON.stringify(text)}, expecting a path such as a.b[0]["c"]` : undefined;
}
