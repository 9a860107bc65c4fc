// Where one file's patch begins in the text of `git diff --no-renames`, and which file it is about. Pure.

// Only "\n" ends a line of a diff: to a regular expression "\r" and U+2028 do, too, and a line of a file that holds one could pass for the head of another patch.
const patchStart = /(?<![^\n])(?=diff --git )/;
const hunkStart = /(?<![^\n])(?=@@ )/;

const escapes: Readonly<Record<string, number>> = { a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13, '"': 34, "\\": 92 };

/** A name as git quotes it where it holds a quote, a backslash or a control character: "a\tb", bytes in octal. Anything else is the name itself. */
export function unquoteName(name: string): string {
  const inner = /^"((?:[^"\\]|\\.)*)"$/s.exec(name)?.[1];
  if (inner === undefined) return name;
  const coded = inner.replaceAll(/\\([0-7]{3})|\\(.)|[^\\]+/gs, (part: string, octal: string | undefined, letter: string | undefined) => {
    const byte = octal !== undefined ? Number.parseInt(octal, 8) & 255 : letter === undefined ? undefined : escapes[letter];
    return byte === undefined ? encodeURIComponent((letter ?? part).toWellFormed()) : `%${byte.toString(16).padStart(2, "0")}`;
  });
  try { return decodeURIComponent(coded); } catch { return inner; } // bytes that are no UTF-8
}

/** The name on a line that begins with "--- " or "+++ "; undefined for /dev/null, the side that does not exist. */
export function nameOnSide(line: string): string | undefined {
  const name = unquoteName(line.slice(4).replace(/\t$/, ""));
  return name.startsWith("a/") || name.startsWith("b/") ? name.slice(2) : undefined;
}

/** Without renames both names of "diff --git a/x b/x" are the same one, so that the first half of the line is it, whatever it holds. */
function nameInHead(line: string): string {
  const rest = line.slice("diff --git ".length);
  return unquoteName(rest.slice(0, (rest.length - 1) / 2)).slice(2);
}

export interface Patch { readonly path: string; readonly text: string; readonly isBinary: boolean }

/** All before the first hunk, and the hunks. */
export function hunksOf(patch: string): readonly [string, ...string[]] {
  const [head = "", ...hunks] = patch.split(hunkStart);
  return [head, ...hunks];
}

export function patchesIn(diff: string): readonly Patch[] {
  return diff.split(patchStart).filter((text) => text.startsWith("diff --git ")).map((text) => {
    const head = hunksOf(text)[0].split("\n");
    const side = (mark: string): string | undefined => {
      const line = head.find((candidate) => candidate.startsWith(mark));
      return line === undefined ? undefined : nameOnSide(line);
    };
    return { path: side("+++ ") ?? side("--- ") ?? nameInHead(head[0] ?? ""), text, isBinary: head.some((line) => line.startsWith("Binary files ") && line.endsWith(" differ")) };
  });
}
