// Says whether a failed turn may succeed when it is tried again. Pure.
import type { CodexTurnError } from "./protocol.ts";

const retryableWords = new Set(["serverOverloaded", "rateLimitExceeded", "internalServerError", "policyCapacityUnavailable", "flexUnavailable"]);
/** Codex reports a broken connection as an object of one of these words. */
const connectionWords = new Set(["httpConnectionFailed", "responseStreamConnectionFailed", "responseStreamDisconnected", "responseTooManyFailedAttempts"]);
/** Client errors that pass by themselves: timeout, conflict, too early, too many. */
const passingStatuses = new Set([408, 409, 425, 429]);

function isPassingStatus(status: number): boolean {
  return status >= 500 || passingStatuses.has(status);
}

/** True where the model's side or the connection failed, false where the request itself was refused. */
export function isRetryableCodexError(error: CodexTurnError): boolean {
  const info = error.codexErrorInfo;
  // Some versions report every HTTP failure as "other" and put the status into the text only.
  const told = /\bstatus(?: code)?:? (\d{3})\b/i.exec(error.message)?.[1];
  if (typeof info === "string") return retryableWords.has(info) || (info === "other" && told !== undefined && isPassingStatus(Number(told)));
  if (typeof info !== "object" || info === null) return told !== undefined && isPassingStatus(Number(told));
  const [word, detail] = Object.entries(info)[0] ?? [];
  if (word === undefined || !connectionWords.has(word)) return false;
  const status = typeof detail === "object" && detail !== null && "httpStatusCode" in detail && typeof detail.httpStatusCode === "number" ? detail.httpStatusCode : undefined;
  return status === undefined || isPassingStatus(status);
}

/** One text for a person: the message, with details where they add something. */
export function textOfCodexError(error: CodexTurnError): string {
  const details = error.additionalDetails ?? "";
  return details === "" || error.message.includes(details) ? error.message : `${error.message}\n${details}`;
}
