// Nouns of grades: what was measured in a cell (one layer of one domain), and what it is worth.

export const grades = ["A", "B", "C", "D", "F"] as const;
/** From best to worst. */
export type Grade = (typeof grades)[number];

/** What is looked at. Each is measured or it is not: nothing is guessed. */
export const signalNames = ["parse", "boundaries", "baseline", "coverage", "tests", "duplication", "loose", "size", "dead", "documents", "speed"] as const;
export type SignalName = (typeof signalNames)[number];

export interface Place { readonly file: string; readonly line: number }

/**
 * Values of one cell. Undefined is "not measured" and caps the grade at B; `null` is "there is no such thing here" and costs nothing.
 * Counts are of findings; shares are 0 to 1.
 */
export interface CellFacts {
  /** Name of the domain, or "" for files in none. */
  readonly domain: string;
  /** Name of the layer, or "" for files of the domain in none. */
  readonly layer: string;
  /** Of sources that are no tests. */
  readonly files: number;
  readonly lines: number;
  readonly parse: number;
  /** Places that our reader of another language than JavaScript does not follow: not measured, no fault. */
  readonly unread: number;
  /** Violations of layers, domains, Providers and own rules that no baseline knows. */
  readonly boundaries: number;
  readonly baseline: number;
  /** Lines that tests ran. */
  readonly coverage: number | null | undefined;
  /** Files with functions that no test reaches. */
  readonly untested: number | null | undefined;
  /** Files that a test could be written for; all of them unless told. */
  readonly testable?: number;
  readonly duplicatedLines: number | null | undefined;
  readonly loose: number | null | undefined;
  /** Files and functions above their hard limit. */
  readonly oversized: number;
  readonly deadExports: number | null | undefined;
  readonly exports: number;
  /** Days since the oldest document about this cell was verified. */
  readonly documentDays: number | null | undefined;
  /** Seconds that this cell's tests take. */
  readonly testSeconds: number | null | undefined;
  /** Commits that touched the cell in the last 90 days. */
  readonly churn: number | undefined;
  /** Where a signal shows first. */
  readonly places: Readonly<Partial<Record<SignalName, readonly Place[]>>>;
  /** How many there are; as many as `places` holds where it is absent. */
  readonly placeCounts?: Readonly<Partial<Record<SignalName, number>>>;
}

export interface CellGrade {
  readonly domain: string;
  readonly layer: string;
  readonly grade: Grade;
  /** One sentence: the worst signal, its value, the limit, and a place. */
  readonly reason: string;
  /** The signal that decided. */
  readonly signal: SignalName | "none";
  /** What was measured, as the thresholds see it: counts, shares, densities in 1,000 lines, days, seconds. */
  readonly values: Readonly<Partial<Record<SignalName, number>>>;
  /** Signals that were not measured. */
  readonly unknown: readonly SignalName[];
  readonly files: number;
  readonly lines: number;
  /** Minutes to repair what was found, by the table of the service. */
  readonly debtMinutes: number;
  /** Debt ÷ (30 minutes × lines), as SonarQube rates maintainability; for trend and order, not for the grade. */
  readonly debtRatio: number;
  readonly churn: number | undefined;
}

/** One line of the history: a commit and its cells. */
export interface GradeRecord {
  readonly version: 1;
  readonly commit: string;
  /** ISO 8601, of the commit. */
  readonly committedAt: string;
  /** Of engine and thresholds: records of another one are not compared. */
  readonly measure: string;
  /** "?" where there was nothing to grade. */
  readonly overall: Grade | "?";
  readonly debtRatio: number;
  readonly cells: readonly CellGrade[];
}

/** A cell that got worse, with what made it so and the first commit where it shows. */
export interface GradeDrop {
  readonly domain: string;
  readonly layer: string;
  readonly from: Grade;
  readonly to: Grade;
  readonly reason: string;
  readonly commit: string;
  readonly committedAt: string;
}
