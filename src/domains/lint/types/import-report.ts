// Answer of `inspan import-rules` in its public form.
import { z } from "zod";

export const ImportReport = z.strictObject({
  version: z.literal(1),
  file: z.string().describe("Where the rules come from, relative to the root."),
  format: z.enum(["dependency-cruiser", "boundaries", "import-linter", "tach"]),
  rules: z.int().min(0).describe("Entries that could be carried over."),
  notCarried: z.array(z.string()).describe("A sentence for each thing that could not."),
  yaml: z.string().describe("The key `rules` for inspan.yaml."),
  isWritten: z.boolean().describe("True where a new inspan.yaml was written."),
});
export type ImportReport = z.infer<typeof ImportReport>;
