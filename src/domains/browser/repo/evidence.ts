// Files of what pages showed: numbered, bounded in number, below the state folder.
import { join } from "node:path";
import { fenceUntrusted, withoutControls } from "../../../base/text.ts";
import type { Files } from "../../../providers/index.ts";

/** Of one worktree; the oldest go first. A picture is about 100 kB. */
const filesMax = 400;
/** Looked at after so many new files, so that not every snapshot lists the folder. */
const tidyEach = 50;

export class EvidenceFiles {
  readonly #files: Files;
  readonly #folder: string;
  #next: number | undefined;
  /** Takes out of texts what nobody may see. */
  hide: (text: string) => string = (text) => text;

  constructor(files: Files, folder: string) {
    this.#files = files;
    this.#folder = folder;
  }

  get folder(): string { return this.#folder; }

  async #number(): Promise<number> {
    if (this.#next === undefined) {
      const names = (await this.#files.list(this.#folder)).map(({ name }) => Number(/^(\d+)-/.exec(name)?.[1] ?? 0));
      this.#next = Math.max(0, ...names) + 1;
    }
    const number = this.#next++;
    if (number % tidyEach === 0) await this.#tidy();
    return number;
  }

  async #tidy(): Promise<void> {
    const names = (await this.#files.list(this.#folder)).map(({ name }) => name).filter((name) => /^\d+-/.test(name));
    for (const name of names.slice(0, Math.max(0, names.length - filesMax))) await this.#files.remove(join(this.#folder, name));
  }

  /** A new path, for example …/000012-snapshot.txt; the folder is there. */
  async next(kind: string, extension: string): Promise<string> {
    const number = await this.#number();
    await this.#files.makeFolder(this.#folder);
    return join(this.#folder, `${String(number).padStart(6, "0")}-${kind}${extension}`);
  }

  /** Texts for people and agents (.txt) are the page's words, like those of a reply: fenced, and no command to a terminal. */
  async writeText(kind: string, extension: string, text: string): Promise<string> {
    const path = await this.next(kind, extension);
    const hidden = this.hide(text);
    await this.#files.writeBytes(path, new TextEncoder().encode(extension === ".txt" ? `${fenceUntrusted("page", withoutControls(hidden).trimEnd())}\n` : hidden), { mode: 0o600 });
    return path;
  }

  async writeBytes(kind: string, extension: string, bytes: Uint8Array): Promise<string> {
    const path = await this.next(kind, extension);
    await this.#files.writeBytes(path, bytes, { mode: 0o600 });
    return path;
  }
}
