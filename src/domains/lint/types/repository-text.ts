// A file besides sources that a rule reads: a manifest, a report of coverage, an API description.

export interface RepositoryText {
  readonly text: string;
  /** When it was written last, in milliseconds since 1970. */
  readonly modifiedMs: number;
}
