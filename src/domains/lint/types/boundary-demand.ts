// What a test demands of a repository's rules, besides that nothing breaks them: a rule that was taken away breaks nothing.

export interface BoundaryDemand {
  /** Names of rules that must be on, and fail a check: `layers`, `domains`, `providers`, `cycles`, or own ones. */
  readonly required: readonly string[];
  /** Imports that the rules must forbid; the files need not exist. */
  readonly forbidden: readonly { readonly from: string; readonly to: string }[];
}
