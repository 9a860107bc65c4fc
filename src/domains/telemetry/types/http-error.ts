// A request that cannot be answered as asked: the standard's status and one clear sentence. Routes turn it into their own protocol's form.

export class HttpError extends Error {
  readonly status: number;

  constructor(status: number, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options);
    this.name = "HttpError";
    this.status = status;
  }
}
