// For broken programs only: a failed assertion is a bug of ours, never an expected outcome.

export function assert(condition: unknown, expectation: string): asserts condition {
  if (!condition) throw new Error(`BUG: expected ${expectation}`);
}

/** Ends a switch over a discriminated union; the compiler proves that it is never reached. */
export function assertNever(value: never): never {
  throw new Error(`BUG: expected no further case, got ${JSON.stringify(value)}`);
}

/** The value, or a bug report that names what was expected to be there. */
export function defined<T>(value: T | undefined | null, expectation: string): T {
  if (value === undefined || value === null) throw new Error(`BUG: expected ${expectation}, got ${String(value)}`);
  return value;
}
