// Reads what test runners and documents say: times of JUnit files, dates and globs of front matter. Pure.

/** JUnit's form as vitest, jest, pytest, gotestsum, surefire and node write it: seconds by file, or by class where no file stands. */
export function readJunit(text: string): ReadonlyMap<string, number> | undefined {
  if (!/<testsuites?\b/.test(text.slice(0, 4000))) return undefined;
  const found = new Map<string, number>();
  for (const [tag] of text.matchAll(/<testcase\b[^>]*>/g)) {
    const attribute = (name: string) => new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1];
    const seconds = Number(attribute("time"));
    const where = attribute("file") ?? attribute("classname");
    if (where !== undefined && Number.isFinite(seconds)) found.set(where, (found.get(where) ?? 0) + seconds);
  }
  return found;
}

export interface DocumentDates { readonly file: string; /** YYYY-MM-DD. */ readonly verified: string; readonly covers: readonly string[] }

/** A document with `verified` (a date, or a commit and a date) and `covers` in its front matter; undefined for any other. */
export function readDocumentDates(file: string, values: unknown): DocumentDates | undefined {
  if (typeof values !== "object" || values === null) return undefined;
  const entries = new Map(Object.entries(values));
  const verified = entries.get("verified");
  const date = verified instanceof Date ? verified.toISOString().slice(0, 10) : typeof verified === "string" ? /\b\d{4}-\d{2}-\d{2}\b/.exec(verified)?.[0] : undefined;
  const covers = entries.get("covers");
  const globs =
    typeof covers === "string"
      ? [covers]
      : Array.isArray(covers)
        ? covers.flatMap((one: unknown) =>
            typeof one === "string" ? [one] : typeof one === "object" && one !== null && "path" in one && typeof one.path === "string" ? [one.path] : [],
          )
        : [];
  return date === undefined || Number.isNaN(Date.parse(date)) || globs.length === 0 ? undefined : { file, verified: date, covers: globs };
}

/** Reports name files as their runner saw them: absolute, below a package, or with another separator. The file of ours that shares the longest end with it, where one is the end of the other. */
export function createPathFinder(files: readonly string[]): (path: string) => string | undefined {
  let byName: Map<string, string[]> | undefined;
  const group = (): Map<string, string[]> => {
    const found = new Map<string, string[]>();
    for (const file of files) {
      const name = file.slice(file.lastIndexOf("/") + 1);
      const list = found.get(name);
      if (list === undefined) found.set(name, [file]); else list.push(file);
    }
    return found;
  };
  return (path) => {
    byName ??= group();
    const plain = path.replaceAll("\\", "/");
    const candidates = byName.get(plain.slice(plain.lastIndexOf("/") + 1)) ?? [];
    const shared = (file: string) => Math.min(file.length, plain.length);
    return candidates
      .filter((file) => plain === file || plain.endsWith(`/${file}`) || file.endsWith(`/${plain}`))
      .sort((left, right) => shared(right) - shared(left) || left.length - right.length)[0];
  };
}
