// Recorded times of builds, as they stand in a file of JSON lines. A wire format with a version: other tools may write it too.
import { z } from "zod";

export const BuildTime = z.object({
  version: z.literal(1),
  name: z.string().min(1).describe("Which build: `build`, `test`."),
  at: z.iso.datetime().describe("When it began."),
  commit: z.string().optional(),
  seconds: z.number().min(0),
  exitCode: z.int().nullable().describe("Null where it was ended by a signal."),
  nodes: z.array(z.object({ name: z.string(), seconds: z.number().min(0) })).describe("What it waited for, longest first."),
});
export type BuildTime = z.infer<typeof BuildTime>;

/** Where `inspan build` writes; ignored by git, since times belong to a machine. */
export const buildTimesFile = ".inspan/local/build-times.jsonl";
