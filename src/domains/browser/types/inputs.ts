// The inputs of the verbs, as the command line, MCP and the daemon share them.
import { z } from "zod";

/** An address above this is no page's. */
const urlCharsMax = 4_096;

export const actions = [
  "click",
  "double-click",
  "fill",
  "type",
  "select",
  "check",
  "uncheck",
  "press",
  "hover",
  "drag",
  "upload",
  "scroll",
  "back",
  "forward",
  "reload",
  "tab",
  "wait",
] as const;

const target = z.string().min(1).max(500);

export const OpenInput = z.object({
  url: z.string().min(1).max(urlCharsMax).optional().describe("Address, or a path of this worktree's instance"),
  cdp: z
    .string()
    .min(1)
    .max(300)
    .optional()
    .describe("Attach to a program that runs (Electron, a Chromium) by its debugging port on loopback, e.g. 9222; `browser close` detaches"),
});
export type OpenInput = z.infer<typeof OpenInput>;

export const SnapshotInput = z.object({
  target: target.optional().describe("Only this part: a reference (e12), or role and name (dialog \"New\")"),
  full: z.boolean().default(false).describe("Nothing folded; the reply stays bounded, the file is whole"),
});
export type SnapshotInput = z.infer<typeof SnapshotInput>;

// The schemas of agents' two tools are paid for by every session: no bound stands in them that the daemon's bound of a request holds too.
export const ActInput = z.object({
  action: z.enum(actions).describe("What"),
  target: z.string().optional().describe("e12, or role and name: button \"Save\". Key for press, number for tab, words for wait"),
  values: z.array(z.string()).default([]).describe("To fill, select or upload; where to drag"),
  accept: z.boolean().default(false).describe("Accept dialogs"),
});
export type ActInput = z.infer<typeof ActInput>;

export const ScreenshotInput = z.object({
  target: target.optional().describe("Only this element"),
  full: z.boolean().default(false).describe("The whole page, not what fits the window"),
  text: z.boolean().default(false).describe("The layout as text instead of a picture"),
});
export type ScreenshotInput = z.infer<typeof ScreenshotInput>;

export const ConsoleInput = z.object({
  all: z.boolean().default(false).describe("Everything that is kept, not only what is new"),
  clear: z.boolean().default(false).describe("Forget what was there"),
});
export type ConsoleInput = z.infer<typeof ConsoleInput>;

export const NetworkInput = z.object({
  id: z.coerce.number().int().min(1).optional().describe("One request, with headers and the start of its bodies"),
  all: z.boolean().default(false).describe("Everything that is kept, not only what is new"),
  clear: z.boolean().default(false).describe("Forget what was there"),
});
export type NetworkInput = z.infer<typeof NetworkInput>;

export const PerfInput = z.object({
  trace: z.boolean().default(false).describe("Load the page anew and keep a trace file for Perfetto or DevTools"),
});
export type PerfInput = z.infer<typeof PerfInput>;

export const RecordInput = z.object({
  change: z.enum(["start", "stop"]).optional().describe("Begin or end"),
  trace: z.boolean().default(false).describe("With start: keep Playwright's trace, too (actions, page before and after each, network), for its viewer"),
  asJourney: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,79}$/, "expected lower-case words joined by hyphens")
    .optional()
    .describe("Write what was done since the start, or since the page was opened, as docs/journeys/<id>.md"),
  proves: z.string().min(1).max(300).optional().describe("With stop: keep the film as evidence that shows this, one sentence"),
  role: z.enum(["before", "after", "other"]).default("other").describe("Whether it shows the world before a change, after it, or neither"),
  title: z.string().max(120).optional().describe("Films before and after of one title stand side by side"),
  bundle: z.string().optional().describe("Name of the bundle; this worktree's own unless told"),
});
export type RecordInput = z.infer<typeof RecordInput>;

/** For our own recordings of other things than pages; no command of its own. */
export const FilmInput = z.object({ folder: z.string().min(1).max(4_096) });

export const looks = ["snapshot", "screenshot", "text", "console", "network", "perf"] as const;
export const LookInput = z.object({
  what: z.enum(looks).default("snapshot").describe("What"),
  url: z.string().optional().describe("Open first"),
  target: z.string().optional().describe("Only this part; network: a number"),
  full: z.boolean().default(false).describe("Nothing folded"),
});
export type LookInput = z.infer<typeof LookInput>;

export const verbInputs = {
  open: OpenInput,
  snapshot: SnapshotInput,
  act: ActInput,
  screenshot: ScreenshotInput,
  console: ConsoleInput,
  network: NetworkInput,
  perf: PerfInput,
  record: RecordInput,
  film: FilmInput,
  close: z.object({}), status: z.object({}),
} as const;
