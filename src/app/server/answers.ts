// Errors as HTTP answers: which status, and the one form they all have. Knows no operation.
import { InspanError, isAbort, messageOf } from "../../base/errors.ts";

export interface ErrorBody { readonly error: { readonly code: string; readonly message: string; readonly remedy?: string } }
export type ErrorStatus = 400 | 401 | 403 | 404 | 405 | 409 | 413 | 415 | 429 | 500 | 502 | 503;

export function errorBody(code: string, message: string, remedy: string | undefined): ErrorBody {
  return { error: { code, message, ...(remedy === undefined ? {} : { remedy }) } };
}

/** The form of anything thrown. */
export function toErrorBody(error: unknown): ErrorBody {
  if (isAbort(error)) return errorBody("CANCELLED", "Cancelled: the server stops.", "inspan serve");
  return error instanceof InspanError ? errorBody(error.code, error.message, error.remedy) : errorBody("UNEXPECTED", messageOf(error), "inspan doctor");
}

/** 404 for what does not exist, 409 for what is held, runs or has ended, 502 for what failed outside of us, 500 for our own bugs. */
export function toStatus(error: unknown): ErrorStatus {
  if (isAbort(error)) return 503;
  if (!(error instanceof InspanError)) return 500;
  switch (error.kind) {
    case "usage":
      if (/^(TASK|RULE|PULL_REQUEST|PROCESS)_(MISSING|UNKNOWN)$/.test(error.code)) return 404;
      return /^TASK_(RUNNING|AT_REST|ENDED)$/.test(error.code) ? 409 : 400;
    case "held": return 409;
    case "cancelled": return 503;
    case "outside": return 502;
  }
}
