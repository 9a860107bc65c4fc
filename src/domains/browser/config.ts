// The key `browser` of inspan.yaml: which browser, and what pages may reach beside the worktree's own instance.
import { z } from "zod";
import type { ConfigSection } from "../../base/config-section.ts";

/** More origins than an application has reasons for. */
const originsMax = 50;
/** A page with more kinds of secrets has one class for all of them. */
const masksMax = 50;
/** Wider or higher than screens are; a picture of it would fill memory. */
const viewportMax = 4_096;

const Origin = z.string().max(300).regex(/^https?:\/\/(?:\*\.)?[^/\s*?#@]+$/, "expected an origin such as https://cdn.example.org, without a path");
const Side = z.number().int().min(200).max(viewportMax);

const Browser = z.strictObject({
  executable: z.string().min(1).optional().describe("Path of the Chromium, Chrome or Edge to use; searched for unless told"),
  origins: z.array(Origin).max(originsMax).default([]).describe("What pages may reach beside the instance's own origins; *. stands for any subdomain"),
  viewport: z.strictObject({ width: Side.default(1280), height: Side.default(800) }).default({ width: 1280, height: 800 }).describe("Of the window, in CSS pixels"),
  mask: z
    .array(z.string().min(1).max(300))
    .max(masksMax)
    .default([])
    .describe("CSS selectors of what nobody may see, in pictures, films, traces and texts; passwords, cards and one-time codes are masked anyway"),
});

export const browserSection = {
  key: "browser",
  schema: Browser.prefault({}),
  summary:
    "Which browser is used, what of a page nobody may see, and what pages may reach beside this worktree's own instance; a linked worktree reads what was committed when it began, or what the main one has committed",
  example: "browser:\n  origins: [https://fonts.example.org]\n  viewport: { width: 1440, height: 900 }",
} satisfies ConfigSection;
