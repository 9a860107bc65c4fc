// Owns the record of what went over the wire to a model: one JSON line an exchange, without secrets. Knows no connection.
import type { Providers } from "../../../providers/index.ts";
import type { Exchange } from "./replay.ts";

// Fifty long turns; a session that says more is a loop, and its record would fill the disk.
const transcriptBytesMax = 256 * 1024 * 1024;

export interface Transcript { write(exchange: Omit<Exchange, "version" | "at">): Promise<void> }

/** Appends to the file at `path`; above its bound the rest of the session is not recorded, which the log says. */
export function openTranscript(providers: Pick<Providers, "files" | "secrets" | "clock" | "log">, path: string): Transcript {
  let sizeBytes = 0;
  let last: Promise<void> = Promise.resolve();
  const append = async (exchange: Omit<Exchange, "version" | "at">): Promise<void> => {
    const redact = (text: string) => providers.secrets.redact(text);
    const line = `${JSON.stringify({ version: 1, at: providers.clock.nowIso(), ...exchange, request: redact(exchange.request), response: redact(exchange.response) })}\n`;
    if (sizeBytes > transcriptBytesMax) return;
    sizeBytes += line.length;
    if (sizeBytes > transcriptBytesMax) { providers.log.warn("model.transcript-full", { path, sizeBytes }); return; }
    await providers.files.appendText(path, line);
  };
  return {
    write: (exchange) =>
      (last = last
        .then(() => append(exchange))
        .catch((error: unknown) => {
          providers.log.error("model.transcript-failed", { path, reason: error instanceof Error ? error.message : String(error) });
        })),
  };
}
