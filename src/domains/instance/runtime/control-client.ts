// Asks a supervisor over its unix socket. Knows no instance.
import { connect } from "node:net";
import { InspanError } from "../../../base/errors.ts";
import type { ControlAnswer, ControlRequest } from "../types/index.ts";

export interface AskOptions { readonly signal: AbortSignal; readonly progress?: (line: string) => void }

/** Undefined where nobody answers at the socket. Rejects with what the supervisor said, or SUPERVISOR_LOST where it ended meanwhile. */
export function askSupervisor<T>(path: string, request: ControlRequest, options: AskOptions): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path });
    let isConnected = false;
    let isAnswered = false;
    let rest = "";
    const onAbort = (): void => { socket.destroy(); reject(new InspanError("CANCELLED", "Cancelled.", { kind: "cancelled" })); };
    options.signal.addEventListener("abort", onAbort, { once: true });
    const take = (line: string): void => {
      const answer = JSON.parse(line) as ControlAnswer; // written by our own supervisor, of the same version
      if (answer.kind === "progress") { options.progress?.(answer.line); return; }
      isAnswered = true;
      if (answer.kind === "result") resolve(answer.value as T); // the method decides the form
      else reject(new InspanError(answer.code, answer.message, { kind: answer.code === "SERVICE_UNKNOWN" || answer.code === "SANDBOX_MISSING" ? "usage" : "outside", ...(answer.remedy === undefined ? {} : { remedy: answer.remedy }) }));
    };
    socket.on("connect", () => { isConnected = true; socket.write(`${JSON.stringify(request)}\n`); });
    socket.setEncoding("utf8").on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      lines.forEach(take);
    });
    socket.on("error", () => undefined); // "close" follows
    socket.on("close", () => {
      options.signal.removeEventListener("abort", onAbort);
      if (isAnswered) return;
      if (isConnected)
        reject(
          new InspanError("SUPERVISOR_LOST", `Cannot finish "${request.method}": the supervisor ended meanwhile, expected its answer.`, {
            remedy: "inspan status",
            isRetryable: true,
          }),
        );
      else resolve(undefined);
    });
  });
}
