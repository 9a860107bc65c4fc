// The keys `checks` and `merge` of inspan.yaml.
import { z } from "zod";
import type { ConfigSection } from "../../base/config-section.ts";

export const CheckConfig = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9][\w.-]{0,59}$/).describe("Short name, unique in the list"),
  run: z.string().min(1).describe("Shell command, run in the merge result inside the sandbox; exit code 0 passes"),
  timeoutSeconds: z.number().int().positive().max(7200).default(600).describe("The check is ended and counts as failed after this time"),
});
export type CheckConfig = z.infer<typeof CheckConfig>;

export const checksSection = {
  key: "checks",
  schema: z.array(CheckConfig).max(50).default([]).refine((checks) => new Set(checks.map(({ name }) => name)).size === checks.length, { message: "two checks have the same name" }),
  summary: "What has to pass before a merge. Each runs sandboxed, without network but loopback, on the merge of base and branch; read from the base commit.",
  example: "checks: [{ name: test, run: npm test, timeoutSeconds: 600 }]",
} satisfies ConfigSection;

export const MergeConfig = z.strictObject({
  policy: z.enum(["none", "auto"]).default("none").describe("none: a task stops with the pull request open; auto: it is merged when review and checks are green"),
  paths: z.array(z.strictObject({
    paths: z.array(z.string().min(1)).min(1).describe("Globs"),
    policy: z.enum(["auto", "sample", "person"]).describe("auto: nobody is asked; sample: a person looks at some; person: at every one"),
    percent: z.number().int().min(1).max(100).default(10).describe("Of a sample: how many in a hundred"),
  })).max(100).default([]).describe("Who looks at changes of certain files before policy `auto` merges them; the strictest one that a change touches counts"),
  guard: z.array(z.string().min(1)).default([]).describe("Globs of files that are never merged without a person, besides what defines checks, rules and reviewers"),
  queue: z.boolean().default(false).describe("Tasks that are ready enter the merge queue: tested together with the others in it, landed as tested, a bad one found by halving"),
  method: z.literal("squash").default("squash").describe("One commit on the base, with title and body of the pull request"),
});
export type MergeConfig = z.infer<typeof MergeConfig>;

export const mergeSection = {
  key: "merge",
  schema: MergeConfig.prefault({}),
  summary: "Whether a finished task is merged. Without `policy: auto` it stops with the pull request open and the merge command printed.",
  example: "merge: { policy: auto, paths: [{ paths: [\"src/billing/**\"], policy: person }, { paths: [\"src/**\"], policy: sample, percent: 10 }] }",
} satisfies ConfigSection;

export const ReleaseConfig = z.strictObject({
  smoke: z.array(CheckConfig).max(50).default([]).describe("What has to pass on the commit that is released, besides its merge's checks; run as checks are"),
  approvals: z.number().int().min(1).max(20).default(1).describe("How many different people have to approve the commit"),
});
export type ReleaseConfig = z.infer<typeof ReleaseConfig>;

export const releaseSection = {
  key: "release",
  schema: ReleaseConfig.prefault({}),
  summary: "The gate before a release, apart from the merge: a smoke result and approvals for one commit of the base. `inspan release check` and `inspan release approve`.",
  example: "release: { smoke: [{ name: starts, run: npm run smoke }], approvals: 1 }",
} satisfies ConfigSection;
