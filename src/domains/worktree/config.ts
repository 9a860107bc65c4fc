// The keys of inspan.yaml that prepare a fresh worktree: ignored files to copy, and a set-up command.
import { z } from "zod";
import type { ConfigSection } from "../../base/config-section.ts";

export const copySection = {
  key: "copy",
  schema: z.array(z.string().min(1)).default([]).describe("Paths that git ignores and a fresh worktree needs"),
  summary: "Ignored files and folders that are copied from your checkout into each new worktree (copy-on-write where the file system can).",
  example: "copy: [node_modules, .env.local]",
} satisfies ConfigSection;

export const SetupConfig = z.object({
  run: z.string().min(1).describe("Shell command, run in the new worktree inside the sandbox"),
  timeoutSeconds: z.number().int().positive().max(3600).default(300).describe("The set-up fails after this time"),
});
export type SetupConfig = z.infer<typeof SetupConfig>;

export const setupSection = {
  key: "setup",
  schema: z.union([z.string().min(1).transform((run): SetupConfig => ({ run, timeoutSeconds: 300 })), SetupConfig]).optional(),
  summary: "A command that makes a fresh worktree ready to work in. It runs without network but loopback.",
  example: "setup: { run: npm run prepare, timeoutSeconds: 120 }",
} satisfies ConfigSection;
