// The labels of the line that is being looked at. A name that several sources have goes to the stream, then to structured metadata, then to what was parsed;
// what loses it is called <name>_extracted, where the parsed value goes before metadata. Of a label that is extracted twice the first value stays.

export const errorLabel = "__error__";
export const errorDetailsLabel = "__error_details__";

export class LabelState {
  private base: ReadonlyMap<string, string> = new Map();
  /** Structured metadata and parsed labels, and what was deleted of the base (undefined). */
  private readonly over = new Map<string, string | undefined>();
  private readonly metadataNames = new Set<string>();
  /** What parsers have found in this line, under its full names. */
  private readonly parsedNames = new Set<string>();
  error = "";
  errorDetails = "";
  /** Only these parsed labels are asked for; undefined asks for all. */
  wanted: ReadonlySet<string> | undefined;

  reset(base: ReadonlyMap<string, string>): void {
    this.base = base;
    if (this.over.size > 0) this.over.clear();
    if (this.metadataNames.size > 0) this.metadataNames.clear();
    if (this.parsedNames.size > 0) this.parsedNames.clear();
    this.error = "";
    this.errorDetails = "";
  }

  /** Whether nothing was set or deleted since the reset. */
  get isPlain(): boolean { return this.over.size === 0 && this.error === ""; }

  hasBase(name: string): boolean { return this.base.has(name); }

  get(name: string): string | undefined {
    if (name === errorLabel) return this.error === "" ? undefined : this.error;
    if (name === errorDetailsLabel) return this.errorDetails === "" ? undefined : this.errorDetails;
    if (this.over.size > 0) {
      const value = this.over.get(name);
      if (value !== undefined || this.over.has(name)) return value;
    }
    return this.base.get(name);
  }

  setMetadata(name: string, value: string): void {
    const full = this.base.has(name) ? `${name}_extracted` : name;
    this.metadataNames.add(full);
    this.over.set(full, value);
  }

  isMetadata(name: string): boolean { return this.metadataNames.has(name); }

  set(name: string, value: string): void {
    this.metadataNames.delete(name);
    this.over.set(name, value);
  }

  /** A label that a parser found; false where it was found before. Labels that nobody wants are left out. */
  setParsed(name: string, value: string): boolean {
    const full = this.base.has(name) || this.metadataNames.has(name) ? `${name}_extracted` : name;
    if (this.parsedNames.has(full)) return false;
    this.parsedNames.add(full);
    if (this.wanted === undefined || this.wanted.has(full)) this.set(full, value);
    return true;
  }

  delete(name: string): void {
    if (name === errorLabel) { this.error = ""; return; }
    if (name === errorDetailsLabel) { this.errorDetails = ""; return; }
    if (this.base.has(name)) this.over.set(name, undefined);
    else this.over.delete(name);
    this.metadataNames.delete(name);
  }

  fail(error: string, details: string): void {
    if (this.error !== "") return;
    this.error = error;
    this.errorDetails = details;
  }

  *names(): Iterable<string> {
    for (const name of this.base.keys()) if (!this.over.has(name)) yield name;
    for (const [name, value] of this.over) if (value !== undefined) yield name;
    if (this.error !== "") yield errorLabel;
    if (this.errorDetails !== "") yield errorDetailsLabel;
  }

  *entries(): Iterable<readonly [string, string]> {
    for (const name of this.names()) yield [name, this.get(name) ?? ""];
  }
}
