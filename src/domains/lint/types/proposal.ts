// What `inspan check` proposes where a repository has no inspan.yaml, in its public form.
import { z } from "zod";

export const Proposal = z.strictObject({
  domains: z.array(z.string()).describe("Globs of folders that look like domains; empty where none do."),
  names: z.array(z.string()).describe("Names of these folders, sorted."),
  doors: z.array(z.string()).describe("Globs below a domain through which others reach it already; empty for the usual doors."),
  layers: z.array(z.string()).describe("Names of layers, from the first to the last; empty where none are seen."),
  providers: z.string().nullable().describe("The folder of Providers."),
  imported: z.strictObject({ file: z.string(), rules: z.int().min(1) }).optional().describe("Rules of another tool that `inspan init` takes over."),
  reasons: z.array(z.string()).describe("What was seen, a sentence each."),
  findings: z
    .strictObject({ layers: z.int().min(0), domains: z.int().min(0), providers: z.int().min(0) })
    .describe("Imports that the proposed rules would find, besides those through barrels."),
});
export type Proposal = z.infer<typeof Proposal>;
