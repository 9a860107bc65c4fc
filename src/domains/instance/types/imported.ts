// What an importer understood of somebody else's file, and what it did not.

export interface ImportedService {
  readonly run: string;
  readonly cwd?: string;
  readonly ports?: readonly string[];
  readonly ready?: Readonly<Record<string, unknown>>;
  readonly needs?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface NotImported { readonly file: string; readonly what: string; readonly why: string }

export interface Imported {
  readonly services: Readonly<Record<string, ImportedService>>;
  readonly setup?: string;
  readonly copy?: readonly string[];
  readonly notImported: readonly NotImported[];
}

export interface ImportProposal {
  readonly services: Readonly<Record<string, ImportedService>>;
  readonly setup: string | undefined;
  readonly copy: readonly string[];
  /** Files that something was taken from, in the order of precedence. */
  readonly sources: readonly string[];
  readonly notImported: readonly NotImported[];
}
