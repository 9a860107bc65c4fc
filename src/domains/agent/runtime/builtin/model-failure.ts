// Reads the provider packages' errors by their form: each wraps them a little differently, and a server can also send one inside a stream. Pure.
import { messageOf } from "../../../../base/errors.ts";
import type { ModelFailure } from "../../service/loop.ts";

const messageCharsMax = 1_000; // a server may answer with a page of HTML

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === "object" && value !== null ? value as Fields : undefined; // any object can be read by key
}

/** An HTTP status that stands for an error, as a number or as its text. */
function readStatus(fields: Fields): number | undefined {
  const statuses = ["statusCode", "status_code", "status", "code"]
    .map((key) => fields[key])
    .filter((value) => typeof value === "number" || (typeof value === "string" && /^\d{3}$/.test(value)))
    .map(Number);
  return statuses.find((status) => Number.isInteger(status) && status >= 400 && status <= 599);
}

/** What a rejected request or an error inside a stream says; never throws. */
export function describeFailure(error: unknown): ModelFailure {
  const outer = fieldsOf(error) ?? {};
  const inner = fieldsOf(fieldsOf(outer["response"])?.["error"]) ?? fieldsOf(outer["error"]) ?? outer;
  const retryAfter = fieldsOf(outer["responseHeaders"])?.["retry-after"];
  const retryAfterSeconds = retryAfter === undefined ? Number.NaN : Number(retryAfter);
  const message =
    [inner["message"], outer["message"]].find((text) => typeof text === "string") ??
    (error instanceof Error || fieldsOf(error) === undefined ? messageOf(error) : JSON.stringify(inner));
  return {
    status: readStatus(inner) ?? readStatus(outer),
    retryAfterSeconds: Number.isFinite(retryAfterSeconds) && retryAfterSeconds >= 0 ? retryAfterSeconds : undefined,
    message: message.slice(0, messageCharsMax),
    isConnection: true,
  };
}
