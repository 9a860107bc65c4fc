// A file besides sources that a rule reads: a manifest, a report of coverage, an API description.

export interface RepositoryText {
  readonly text: string;
  /** When it was written last, in milliseconds since 1970. */
  readonly modifiedMs: number;
}

/** What a folder outside of git weighs (an installed package). */
export interface FolderSize {
  readonly files: number;
  readonly bytes: number;
  readonly newestMs: number;
  /** True where the walk ended at its bound. */
  readonly isPartial: boolean;
}

/** Everything besides facts that rules asked for. */
export interface Asked {
  /** Every file of the repository, of any kind, sorted. */
  readonly allFiles: readonly string[];
  /** By path; one that is not there is missing. */
  readonly texts: ReadonlyMap<string, RepositoryText>;
  /** When files were written last, in milliseconds since 1970. */
  readonly stamps: ReadonlyMap<string, number>;
  readonly sizes: ReadonlyMap<string, FolderSize>;
}
