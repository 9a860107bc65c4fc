// One thing that was done on a page, as a journey tells it.

export interface SessionStep {
  readonly action: string;
  /** By role and name. */
  readonly target: string | undefined;
  /** A secret is `${NAME}`; an opened page its path. */
  readonly value: string | undefined;
  readonly secretName: string | undefined;
  /** What the page said then, as `see` takes it. */
  readonly sees: readonly string[];
}
