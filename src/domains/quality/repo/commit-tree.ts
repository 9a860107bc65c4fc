// Which files a commit has: by path, in folders, over links. Knows no contents.
import { posix } from "node:path";
import { linkMode, type TreeChange, type TreeEntry } from "./commit-trees.ts";

/** Links that lead to links; a longer chain is a circle. */
const linksMax = 8;

/** Files by path, their folders with how much lies below each, and how many links there are. */
export class CommitTree {
  readonly #entries = new Map<string, TreeEntry>();
  readonly #folders = new Map<string, number>([["", 1]]);
  #links = 0;
  #sorted: readonly string[] | undefined;

  get(path: string): TreeEntry | undefined { return this.#entries.get(path); }
  isFolder(path: string): boolean { return this.#folders.has(path); }
  paths(): readonly string[] { return this.#sorted ??= [...this.#entries.keys()].sort(); }

  apply(changes: Iterable<TreeChange>): void {
    for (const [path, entry] of changes) {
      const before = this.#entries.get(path);
      if (before?.mode === linkMode) this.#links--;
      if (entry?.mode === linkMode) this.#links++;
      if (entry === undefined) this.#entries.delete(path); else this.#entries.set(path, entry);
      if ((before === undefined) === (entry === undefined)) continue;
      this.#sorted = undefined;
      for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) {
        const folder = path.slice(0, end);
        const count = (this.#folders.get(folder) ?? 0) + (entry === undefined ? -1 : 1);
        if (count === 0) this.#folders.delete(folder); else this.#folders.set(folder, count);
      }
    }
  }

  /** The place that a path leads to, over links on the way, and the last one too where it is to be followed; undefined where it leaves the commit. `targetOf` is the text of a link. */
  resolve(path: string, isLastFollowed: boolean, targetOf: (link: TreeEntry) => string): string | undefined {
    if (this.#links === 0 || (this.get(path)?.mode ?? linkMode) !== linkMode || this.isFolder(path)) return path;
    let [at, rest, links] = ["", path.split("/"), 0];
    for (let part = rest.shift(); part !== undefined; part = rest.shift()) {
      at = at === "" ? part : `${at}/${part}`;
      const entry = this.get(at);
      if (entry?.mode !== linkMode || (rest.length === 0 && !isLastFollowed)) continue;
      const target = targetOf(entry);
      const to = posix.normalize(posix.join(posix.dirname(at), target)).replace(/^\.$|\/$/, "");
      if (target.startsWith("/") || to === ".." || to.startsWith("../") || ++links > linksMax) return undefined;
      [at, rest] = ["", [...to.split("/").filter((one) => one !== ""), ...rest]];
    }
    return at;
  }

  /** Names directly below a folder, sorted. */
  list(folder: string): readonly string[] {
    const head = folder === "" ? "" : `${folder}/`;
    return [...new Set(this.paths().flatMap((path) => (path.startsWith(head) ? [path.slice(head.length).split("/")[0] ?? ""] : [])))].sort();
  }
}
