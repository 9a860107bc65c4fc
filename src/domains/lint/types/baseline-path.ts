// Where the baseline lies. By itself, for those who only ask whether it has changed.

/** Relative to the root, committed. */
export const baselineFile = ".inspan/baseline.json";
