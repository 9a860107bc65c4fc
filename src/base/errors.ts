// How Inspan says that the world is broken: what, why, and the next command to type. Knows no domain.

/** Which exit code an error becomes: usage 2, outside 3, held 4, cancelled 130. Findings are results, never errors. */
export type ErrorKind = "usage" | "outside" | "held" | "cancelled";

export interface InspanErrorOptions {
  readonly kind?: ErrorKind;
  /** The next command to type, or the one edit to make. */
  readonly remedy?: string;
  readonly cause?: unknown;
  /** Set where trying the same again may succeed; only such errors are retried. */
  readonly isRetryable?: boolean;
}

/** Message form: `Cannot <action> "<object>": <current state>, expected <desired>.` */
export class InspanError extends Error {
  readonly code: string;
  readonly kind: ErrorKind;
  readonly remedy: string | undefined;
  readonly isRetryable: boolean;

  constructor(code: string, message: string, options: InspanErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "InspanError";
    this.code = code;
    this.kind = options.kind ?? "outside";
    this.remedy = options.remedy;
    this.isRetryable = options.isRetryable ?? false;
  }
}

export const exitCodes = { fine: 0, findings: 1, usage: 2, outside: 3, held: 4, cancelled: 130 } as const;

/** The exit code of CONTRACTS for anything thrown. A failure that is not ours counts as an outside failure. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof InspanError) return exitCodes[error.kind];
  return isAbort(error) ? exitCodes.cancelled : exitCodes.outside;
}

export function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}

/** One line for a person or a log: the message of anything thrown. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return "issues" in error && Array.isArray(error.issues) ? issuesOf(error.issues) ?? error.message : error.message;
}

const issuesMax = 5; // one wrong field often breaks its neighbours, too

/** What a schema did not find, in one line: its own message is a page of JSON. */
function issuesOf(issues: readonly unknown[]): string | undefined {
  const lines = issues.slice(0, issuesMax).flatMap((issue) => {
    if (typeof issue !== "object" || issue === null || !("message" in issue) || typeof issue.message !== "string") return [];
    const path = "path" in issue && Array.isArray(issue.path) ? issue.path.map(String).join(".") : "";
    return [path === "" ? issue.message : `${path}: ${issue.message}`];
  });
  return lines.length === 0 ? undefined : lines.join("; ");
}
