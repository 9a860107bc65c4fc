// The browser on the command line, and the two tools that agents have of it. Knows the operations, not how a page is driven.
import { z } from "zod";
import { defineOperation, type Contribution, type OperationContext } from "../../../providers/index.ts";
import { browserSection } from "../config.ts";
import { renderAnswer } from "../service/render-answer.ts";
import { ActInput, ConsoleInput, LookInput, NetworkInput, OpenInput, PerfInput, RecordInput, ScreenshotInput, SnapshotInput } from "../types/inputs.ts";
import type { BrowserAnswer, BrowserVerb } from "../types/index.ts";

async function run(context: OperationContext, verb: BrowserVerb, input: Readonly<Record<string, unknown>>): Promise<BrowserAnswer> {
  const { runVerb } = await import("../runtime/index.ts");
  return runVerb(context, verb, input);
}

function verbOperation<Input extends z.ZodObject>(
  verb: BrowserVerb,
  given: {
    readonly summary: string;
    readonly input: Input;
    readonly positional?: readonly string[];
    readonly readOnly: boolean;
    readonly audience?: "person" | "both";
  },
) {
  return defineOperation({
    name: `browser/${verb}`, command: `browser ${verb}`, summary: given.summary, audience: given.audience ?? "person", readOnly: given.readOnly, input: given.input,
    ...(given.positional === undefined ? {} : { positional: given.positional }),
    handler: (input, context) => run(context, verb, input), render: renderAnswer,
  });
}

/** One tool for every way to look, so that its schema is paid for once. */
const look = defineOperation({
  name: "browser/look", command: "browser look", summary: "See this worktree's page: snapshot, picture, text layout, console, network, timings",
  audience: "both", readOnly: true, input: LookInput,
  handler: async ({ what, url, target, full }, context) => {
    const part = target === undefined ? {} : { target };
    const opened = url === undefined ? undefined : await run(context, "open", { url });
    switch (what) {
      case "snapshot": return opened !== undefined && target === undefined && !full ? opened : run(context, "snapshot", { full, ...part });
      case "screenshot": return run(context, "screenshot", { full, ...part });
      case "text": return run(context, "screenshot", { full, text: true, ...part });
      case "console": return run(context, "console", { all: full || opened !== undefined });
      case "network": return run(context, "network", { all: full || opened !== undefined, ...(target === undefined ? {} : { id: target }) });
      case "perf": return run(context, "perf", { trace: full });
    }
  },
  render: renderAnswer,
});

const record = defineOperation({
  name: "browser/record",
  command: "browser record",
  summary: "Record this worktree's page from start to stop, as a film; --proves keeps it as evidence, --as-journey writes it as a journey",
  audience: "person", readOnly: false, input: RecordInput, positional: ["change"],
  handler: async (input, context) => {
    const recorded = await run(context, "record", input);
    const answer =
      input.asJourney === undefined || input.change === "start"
        ? recorded
        : await (await import("../runtime/keep-journey.ts")).keepJourney(context, recorded, { id: input.asJourney, title: input.title });
    if (input.change !== "stop" || input.proves === undefined) return answer;
    const { keepFilm } = await import("../runtime/keep-film.ts");
    return keepFilm(context, answer, { proves: input.proves, role: input.role, title: input.title, bundle: input.bundle });
  },
  render: renderAnswer,
});

const operations = [
  verbOperation("open", { summary: "Open a page of this worktree's instance and show what it holds", input: OpenInput, positional: ["url"], readOnly: false }),
  verbOperation("snapshot", {
    summary: "Show what the page holds, bounded, with references to act on; a file holds all of it",
    input: SnapshotInput,
    positional: ["target"],
    readOnly: true,
  }),
  verbOperation("act", {
    summary: "Act on this worktree's page; answers what changed",
    input: ActInput,
    positional: ["action", "target", "values"],
    readOnly: false,
    audience: "both",
  }),
  look,
  verbOperation("screenshot", {
    summary: "Keep a picture of the page, of an element or of its whole length; --text draws the layout in characters",
    input: ScreenshotInput,
    positional: ["target"],
    readOnly: true,
  }),
  verbOperation("console", { summary: "Show what the page said: console, errors, dialogs, tabs, downloads", input: ConsoleInput, readOnly: true }),
  verbOperation("network", { summary: "Show what the page asked for; a number shows one request whole", input: NetworkInput, positional: ["id"], readOnly: true }),
  verbOperation("perf", { summary: "Show LCP, CLS, INP, long tasks and load times; --trace keeps a trace file", input: PerfInput, readOnly: true }),
  record,
  verbOperation("close", { summary: "Close this worktree's pages and give their memory back", input: z.object({}), readOnly: false }),
  verbOperation("status", { summary: "Show the browser that runs and the worktrees that have pages in it", input: z.object({}), readOnly: true }),
];

operations.push(defineOperation({
  name: "browser/install", command: "browser install", summary: "Bring a browser from the npm registry (64 MB, Linux on x64), for machines that have none",
  audience: "person", readOnly: false, input: z.object({}),
  handler: async (_input, context) => {
    const { installBrowser } = await import("../runtime/index.ts");
    return { version: 1, browser: await installBrowser(context) };
  },
  render: ({ browser }) => `${browser.version} at ${browser.path}. It is used where no other is found; its only font is Open Sans.`,
}));

operations.push(defineOperation({
  name: "evidence/window", command: "evidence window", summary: "Run a program in the sandbox on a virtual screen (Xvfb) and keep a film of its window",
  audience: "person", readOnly: false, positional: ["command"], personFields: ["unsandboxed"],
  input: z.object({
    command: z.array(z.string()).default([]).describe("The program, after --"),
    proves: z.string().min(1).max(300).describe("One sentence: what somebody who looks at it knows"),
    role: z.enum(["before", "after", "other"]).default("other").describe("Whether it shows the world before a change, after it, or neither"),
    title: z.string().max(120).optional().describe("Films before and after of one title stand side by side"),
    seconds: z.number().positive().max(60).default(20).describe("How long it is filmed where it does not end by itself; then it is ended"),
    unsandboxed: z.boolean().default(false).describe("Run it without a sandbox, with your network and your files"),
    bundle: z.string().optional().describe("Name of the bundle; this worktree's own unless told"),
    task: z.string().optional().describe("Id of the task whose bundle it is"),
  }),
  handler: async (input, context) => {
    const { recordWindow } = await import("../runtime/index.ts");
    return { version: 1, ...await recordWindow(context, { ...input, title: input.title, bundle: input.bundle, task: input.task }) };
  },
  render: ({ folder, file, frames, codec, exitCode, outcome }) =>
    `video: ${folder}/${file} (${codec}, ${frames} pictures)\n${outcome === "timed-out" ? "the program was ended when its time was over" : `the program ended with ${exitCode ?? "a signal"}`}`,
}));

export const contribution: Contribution = {
  domain: "browser",
  operations,
  configSections: [browserSection],
  probes: [{
    name: "windows",
    run: async (context) => {
      const { probeWindow } = await import("../runtime/index.ts");
      const { xvfb, ffmpeg } = await probeWindow(context);
      const found = `${xvfb ? "Xvfb" : "no Xvfb: programs with a window cannot be filmed"}, ${ffmpeg ? "ffmpeg" : "no ffmpeg: films are encoded in the browser"}`;
      return xvfb ? { status: "ok", found } : { status: "warning", found, remedy: "apt-get install xvfb" };
    },
  }, {
    name: "browser",
    run: async (context) => {
      const { probeBrowser } = await import("../runtime/index.ts");
      const { path, version, source, isShell } = await probeBrowser(context);
      const isRoot = process.getuid?.() === 0;
      return {
        status: "ok",
        found: `${version} at ${path} (${source})${isShell ? "" : "; a headless shell would use half the memory"}${isRoot ? "; without its own sandbox, because this is root" : ""}`,
      };
    },
  }],
};
