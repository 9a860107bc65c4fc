// OTLP over HTTP for any signal: content types, the protobuf or JSON status of an error, partial success.
// Source: opentelemetry.io/docs/specs/otlp, section OTLP/HTTP.
import { decodeUtf8 } from "../../service/wire/strings.ts";
import { HttpError } from "../../types/http-error.ts";
import type { Answer, GrpcMethod, Route } from "./route.ts";

/** What was refused of a request that was taken otherwise. */
export interface PartialSuccess { readonly rejectedCount: number; readonly message: string }

type Taken = PartialSuccess | undefined;

export interface OtlpIntake {
  /** "/v1/metrics". */
  readonly path: string;
  /** "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export". */
  readonly grpcPath: string;
  /** Name of the count in the JSON answer, for example rejectedDataPoints. */
  readonly rejectedField: string;
  /** Throws HttpError; returns undefined where everything was taken. */
  takeProtobuf(bytes: Uint8Array): Taken | Promise<Taken>;
  /** The parsed JSON document and its bytes. */
  takeJson(document: unknown, bytes: Uint8Array): Taken | Promise<Taken>;
}

function pushVarint(out: number[], value: number): void {
  let rest = value;
  while (rest >= 128) { out.push(rest % 128 + 128); rest = Math.floor(rest / 128); }
  out.push(rest);
}

/** ExportXServiceResponse: partial_success = 1 { rejected = 1, error_message = 2 }. */
function encodeResponse(partial: PartialSuccess | undefined): Uint8Array {
  if (partial === undefined) return new Uint8Array(0);
  const inner: number[] = [];
  if (partial.rejectedCount > 0) { inner.push(8); pushVarint(inner, partial.rejectedCount); }
  const text = Buffer.from(partial.message);
  inner.push(18);
  pushVarint(inner, text.length);
  inner.push(...text);
  const out = [10];
  pushVarint(out, inner.length);
  return Uint8Array.from([...out, ...inner]);
}

/** google.rpc.Status: code = 1, message = 2. */
function encodeStatus(code: number, message: string): Uint8Array {
  const text = Buffer.from(message);
  const out = [8, code, 18];
  pushVarint(out, text.length);
  return Uint8Array.from([...out, ...text]);
}

const isJson = (type: string): boolean => type === "application/json" || type === "text/json";

async function take(intake: OtlpIntake, type: string, bytes: Uint8Array): Promise<Answer> {
  if (type === "application/x-protobuf" || type === "application/protobuf") {
    return { status: 200, headers: { "content-type": "application/x-protobuf" }, body: encodeResponse(await intake.takeProtobuf(bytes)) };
  }
  let document: unknown;
  try {
    document = JSON.parse(decodeUtf8(bytes, 0, bytes.length));
  } catch (error) {
    throw new HttpError(400, `Cannot read the JSON body: ${error instanceof Error ? error.message : "broken"}.`, { cause: error });
  }
  const partial = await intake.takeJson(document, bytes);
  return {
    status: 200,
    body: JSON.stringify(
      partial === undefined ? {} : { partialSuccess: { [intake.rejectedField]: String(partial.rejectedCount), errorMessage: partial.message } },
    ),
  };
}

function errorAnswer(type: string, error: HttpError): Answer {
  const code = error.status === 413 || error.status === 429 ? 8 : error.status >= 500 ? 14 : 3;
  if (isJson(type) || error.status === 415) return { status: error.status, body: JSON.stringify({ code, message: error.message }) };
  return { status: error.status, headers: { "content-type": "application/x-protobuf" }, body: encodeStatus(code, error.message) };
}

/** The same intake at `path` and at every further path (Prometheus and Loki have their own). */
export function otlpRoutes(intake: OtlpIntake, furtherPaths: readonly string[] = []): readonly Route[] {
  return [intake.path, ...furtherPaths].map((path): Route => ({
    method: "POST", path,
    handler: async (request) => {
      const type = (request.header("content-type") ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
      try {
        if (!isJson(type) && type !== "application/x-protobuf" && type !== "application/protobuf")
          throw new HttpError(415, `Cannot take the request: content-type "${type}", expected application/x-protobuf or application/json.`);
        return await take(intake, type, await request.readBody());
      } catch (error) {
        if (error instanceof HttpError) return errorAnswer(type, error);
        throw error;
      }
    },
  }));
}

export function otlpGrpcMethod(intake: OtlpIntake): GrpcMethod {
  return { path: intake.grpcPath, handler: async (message) => encodeResponse(await intake.takeProtobuf(message)) };
}
