// The shape of a route and of its reply. A domain's ui describes routes with it; src/app serves them.

export type HttpRequest = {
  /** Values of the `:name` parts of the route's path, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** The parsed JSON body, `undefined` when there was none. Untrusted. */
  readonly body: unknown;
};

export type HttpReply = {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
};

export type Route = {
  readonly method: "GET" | "POST" | "DELETE";
  /** Such as "/api/bookings/:id". */
  readonly path: string;
  /** "write" needs a token or session, "page" hands a session out. */
  readonly access: "read" | "write" | "page";
  readonly handle: (request: HttpRequest) => Promise<HttpReply> | HttpReply;
};

export function replyJson(status: number, value: unknown): HttpReply {
  return { status, body: JSON.stringify(value), headers: { "content-type": "application/json; charset=utf-8" } };
}

export function replyError(status: number, error: { readonly code: string; readonly message: string }): HttpReply {
  return replyJson(status, { error: { code: error.code, message: error.message } });
}
