// Sends our own OTLP to the worktree's engine. A report that cannot be sent is logged, never a failure.
import { request } from "node:http";

/** The engine is in this process or beside it; longer than this it is not there. */
const sendMsMax = 5000;

export function postOtlp(url: string, signal: "traces" | "metrics", body: unknown): Promise<boolean> {
  return new Promise((resolve) => {
    const text = JSON.stringify(body);
    const call = request(`${url}/v1/${signal}`, { method: "POST", headers: { "content-type": "application/json", "content-length": Buffer.byteLength(text) }, timeout: sendMsMax }, (response) => {
      response.resume();
      response.on("end", () => resolve((response.statusCode ?? 500) < 300));
    });
    call.on("timeout", () => call.destroy());
    call.on("error", () => resolve(false));
    call.end(text);
  });
}
