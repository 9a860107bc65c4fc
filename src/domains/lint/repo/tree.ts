// The repository's files as resolution sees them: what git lists, links followed to where they lead, and a look at the disk where the list does not know.
import { posix } from "node:path";
import type { Files } from "../../../providers/index.ts";
import type { ManifestNote } from "../types/facts.ts";

export interface TreeInput {
  readonly disk: Files["now"];
  /** Absolute, links resolved. */
  readonly rootPath: string;
  /** Every file of the repository that git knows or would add, relative to the root. */
  readonly files: ReadonlySet<string>;
  /** True for a listed source file of any language that is not known to be gone. */
  isSource(file: string): boolean;
  /** True where the path is known to be a regular file: no link, and there. */
  isRegular(file: string): boolean;
}

export type Found =
  | { readonly kind: "source"; readonly file: string }
  /** In the repository or beside it, but no source: data, something ignored, or a file that a link outside leads to. */
  | { readonly kind: "asset"; readonly file: string };

/** Manifests of people have some 100 kB; more would only fill memory. */
const manifestBytesMax = 4 * 1024 * 1024;
/** Links that lead to links; a longer chain is a circle. */
const linksMax = 8;

/** Paths are relative to the root, normal, and never begin with `..`. Looks at each path of the disk once. */
export class Tree {
  readonly rootPath: string;
  readonly #input: TreeInput;
  readonly #texts = new Map<string, string | undefined>();
  readonly #found = new Map<string, Found | undefined>();
  readonly #folders = new Map<string, boolean>();
  readonly #notes = new Map<string, string>();
  readonly #listeners: ((files: readonly string[]) => void)[] = [];

  constructor(input: TreeInput) {
    this.#input = input;
    this.rootPath = input.rootPath;
  }

  /** Forgets what the disk said about single paths; texts of manifests are kept. The imports of these files are to be resolved anew. */
  renew(files: readonly string[]): void {
    this.#found.clear();
    this.#folders.clear();
    for (const listener of this.#listeners) listener(files);
  }

  /** Something about a manifest that left an import unresolved; said once for a file. */
  note(file: string, message: string): void {
    if (!this.#notes.has(file)) this.#notes.set(file, message);
  }

  notes(): readonly ManifestNote[] {
    return [...this.#notes].map(([file, message]) => ({ file, message })).sort((left, right) => (left.file < right.file ? -1 : 1));
  }

  /** For what a resolver remembers by itself. */
  onRenew(listener: (files: readonly string[]) => void): void {
    this.#listeners.push(listener);
  }

  isSource(file: string): boolean {
    return this.#input.isSource(file);
  }

  has(file: string): boolean {
    return this.#input.files.has(file);
  }

  /** The file at exactly this path, by the list; undefined where the list does not have it. */
  find(path: string): Found | undefined {
    if (!this.has(path)) return undefined;
    if (this.isSource(path) && this.#input.isRegular(path)) return { kind: "source", file: path };
    if (!this.#found.has(path)) this.#found.set(path, this.#look(path, linksMax));
    return this.#found.get(path);
  }

  /** The file at this path where it is listed below a link to a folder, or not listed at all (ignored, generated). */
  findOnDisk(path: string): Found | undefined {
    if (this.#found.has(path)) return this.#found.get(path);
    const real = this.#isFolderThere(posix.dirname(path)) ? this.#input.disk.realPath(`${this.rootPath}/${path}`) : undefined;
    const found = real === undefined || this.#input.disk.facts(real)?.kind !== "file" ? undefined : this.#foundAt(real, path);
    this.#found.set(path, found);
    return found;
  }

  /** Text of a manifest; undefined where it is no regular file of bounded size in the repository. */
  readText(file: string): string | undefined {
    if (this.#texts.has(file)) return this.#texts.get(file);
    const path = `${this.rootPath}/${file}`;
    const isLink = this.#input.disk.facts(path)?.kind === "link";
    const real = isLink ? this.#input.disk.realPath(path) : path;
    // A link that leaves the repository could lead to any file of the machine.
    const isInside = real?.startsWith(`${this.rootPath}/`) ?? false;
    const read = real !== undefined && isInside ? this.#input.disk.readRegular(real, manifestBytesMax) : undefined;
    const text = read?.kind === "file" ? new TextDecoder().decode(read.bytes) : undefined;
    this.#texts.set(file, text);
    return text;
  }

  /** True where something lies at this path on the disk, listed or not. */
  isThere(path: string): boolean {
    return this.has(path) || this.#input.disk.facts(`${this.rootPath}/${path}`) !== undefined;
  }

  /** Where a link of the repository leads to, relative to the root; undefined where it is none, leads outside or nowhere. */
  linkTarget(path: string): string | undefined {
    const absolute = `${this.rootPath}/${path}`;
    const real = this.#input.disk.realPath(absolute);
    if (real === this.rootPath) return "";
    return real !== undefined && real !== absolute && real.startsWith(`${this.rootPath}/`) ? real.slice(this.rootPath.length + 1) : undefined;
  }

  #look(path: string, linksLeft: number): Found | undefined {
    const facts = this.#input.disk.facts(`${this.rootPath}/${path}`);
    if (facts === undefined || facts.kind === "folder" || facts.kind === "other") return undefined;
    if (facts.kind === "file") return { kind: this.isSource(path) ? "source" : "asset", file: path };
    const real = this.#input.disk.realPath(`${this.rootPath}/${path}`);
    if (real === undefined || this.#input.disk.facts(real)?.kind !== "file" || linksLeft === 0) return undefined;
    return this.#foundAt(real, path);
  }

  #foundAt(real: string, path: string): Found {
    const file = real.startsWith(`${this.rootPath}/`) ? real.slice(this.rootPath.length + 1) : path;
    return { kind: this.isSource(file) ? "source" : "asset", file };
  }

  #isFolderThere(folder: string): boolean {
    let known = this.#folders.get(folder);
    if (known === undefined) {
      const facts = this.#input.disk.facts(folder === "." ? this.rootPath : `${this.rootPath}/${folder}`);
      this.#folders.set(folder, known = facts?.kind === "folder" || facts?.kind === "link");
    }
    return known;
  }
}
