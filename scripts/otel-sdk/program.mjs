// What an application with OpenTelemetry's Node SDK does: a span with a child, a counter, a log record; where to is in the environment.
import { logs, metrics, trace, SpanStatusCode } from "@opentelemetry/api";
import { NodeSDK } from "@opentelemetry/sdk-node";
const sdk = new NodeSDK();
sdk.start();
const tracer = trace.getTracer("inspan-test", "1.0");
tracer.startActiveSpan("GET /cart", { attributes: { "http.response.status_code": 500, "user.tags": ["a", "b"] } }, (span) => {
  tracer.startActiveSpan("query", (child) => { child.recordException(new Error("timeout")); child.setStatus({ code: SpanStatusCode.ERROR, message: "timeout" }); child.end(); });
  logs.getLogger("inspan-test").emit({ severityNumber: 17, severityText: "ERROR", body: "cart failed", attributes: { code: 7 } });
  metrics.getMeter("inspan-test").createCounter("carts").add(3, { kind: "broken" });
  span.end();
});
await sdk.shutdown();
