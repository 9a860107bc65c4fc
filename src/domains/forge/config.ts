// The key `forge` of inspan.yaml.
import { z } from "zod";
import type { ConfigSection } from "../../base/config-section.ts";

export const ForgeConfig = z.strictObject({
  kind: z
    .enum(["auto", "github", "gitlab", "none"])
    .default("auto")
    .describe("auto: by the remote's host, where a token is set; none: the bare remote, with everything in git notes"),
  url: z.url().optional().describe("Root of the API, for a server of your own; api.github.com or gitlab.com unless told"),
  repository: z.string().regex(/^[\w.-]+(\/[\w.-]+)+$/).optional().describe("owner/name; read from the remote's address unless told"),
  tokenEnv: z
    .string()
    .regex(/^[A-Z][A-Z0-9_]*$/)
    .optional()
    .describe("Variable that holds the token; INSPAN_FORGE_TOKEN, GITHUB_TOKEN or GITLAB_TOKEN unless told. No agent sees it"),
  checks: z.array(z.string().min(1)).max(50).default([]).describe("Checks of the forge that must pass; every one that reports, unless told"),
  checksMinutes: z.number().positive().max(1440).default(30).describe("How long a check may stay without a result before a person is asked"),
  flakes: z.array(z.strictObject({
    check: z.string().min(1).describe("Name of the check"),
    until: z.iso.date().describe("Last day of the quarantine; after it the check blocks again"),
    reason: z.string().min(1).describe("Why it is not mended yet"),
  })).max(50).default([]).describe("Checks known to fail by themselves: run again once, recorded, and until the day named not blocking"),
  pollSeconds: z.number().int().min(5).max(3600).default(60).describe("How old the common picture of all open pull requests may become"),
});
export type ForgeConfig = z.infer<typeof ForgeConfig>;

export const forgeSection = {
  key: "forge",
  schema: ForgeConfig.prefault({}),
  summary: "Where pull requests live: GitHub, GitLab, or the bare remote with git notes.",
  example: "forge: { kind: github, checks: [build, test] }",
} satisfies ConfigSection;
