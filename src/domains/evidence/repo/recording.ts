// A recording on the disk, as the browser's daemon writes it: a JPEG (of a window: a PNG) for each frame, and index.jsonl that says when each was seen.
import { join } from "node:path";
import { z } from "zod";
import { InspanError } from "../../../base/errors.ts";
import type { Files } from "../../../providers/index.ts";
import type { Recording } from "../types/index.ts";
import { parseJson } from "../../../base/json.ts";

/** Ten minutes of thirty frames a second, 120 bytes each. */
const indexBytesMax = 16 * 1024 * 1024;
const line = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("start"),
    version: z.literal(1),
    startedAtMs: z.number().min(0).default(0),
    width: z.number().int().min(2).max(8192),
    height: z.number().int().min(2).max(8192),
  }),
  z.object({ kind: z.literal("frame"), file: z.string().regex(/^\d+\.(?:jpg|png)$/), atMs: z.number().min(0) }),
  z.object({ kind: z.literal("end"), atMs: z.number().min(0) }),
]);

/** What is there of it: a recorder that was killed leaves no end, and maybe a torn line. Rejects with RECORDING_BROKEN where there is no start. */
export function readRecording(files: Files, folder: string): Recording {
  const read = files.now.readRegular(join(folder, "index.jsonl"), indexBytesMax);
  const parsed =
    read.kind !== "file"
      ? []
      : new TextDecoder()
          .decode(read.bytes)
          .split("\n")
          .flatMap((text) => {
            const one = line.safeParse(parseJson(text));
            return one.success ? [one.data] : [];
          });
  const start = parsed.find((one) => one.kind === "start");
  if (start === undefined)
    throw new InspanError(
      "RECORDING_BROKEN",
      `Cannot read the recording "${folder}": its index.jsonl has no start, expected one that \`inspan browser record\` wrote.`,
      { remedy: "inspan browser record start" },
    );
  const frames = parsed.flatMap((one) => (one.kind === "frame" ? [{ atMs: one.atMs, file: one.file }] : []));
  const endMs = parsed.findLast((one) => one.kind === "end")?.atMs ?? frames.at(-1)?.atMs ?? 0;
  return { startedAtMs: start.startedAtMs, width: start.width, height: start.height, folder, frames, endMs };
}
