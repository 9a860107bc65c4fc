// One request to one reply: input parsed, the verb run, everything said bounded and without secrets.
import { InspanError } from "../../../../base/errors.ts";
import type { BrowserAnswer, BrowserRequest, BrowserVerb } from "../../types/index.ts";
import { verbInputs } from "../../types/inputs.ts";
import { act } from "./verbs/act.ts";
import { consoleLines, networkLines } from "./verbs/activity.ts";
import { open } from "./verbs/open.ts";
import { perf } from "./verbs/perf.ts";
import { film, record } from "./verbs/record.ts";
import type { VerbReply } from "./verbs/reply.ts";
import { screenshot } from "./verbs/screenshot.ts";
import { snapshot } from "./verbs/snapshot.ts";
import type { WorktreePages } from "./worktree-pages.ts";

/** Throws USAGE. */
function parseInput<Verb extends BrowserVerb>(verb: Verb, input: unknown): ReturnType<(typeof verbInputs)[Verb]["parse"]> {
  const result = verbInputs[verb].safeParse(input);
  if (result.success) return result.data as ReturnType<(typeof verbInputs)[Verb]["parse"]>; // parsed by this verb's own schema
  const issue = result.error.issues[0];
  throw new InspanError(
    "USAGE",
    `Cannot run "inspan browser ${verb}": ${issue?.path.join(".") ?? "the input"} does not fit: ${issue?.message ?? "wrong input"}.`,
    { kind: "usage", remedy: `inspan browser ${verb} --help` },
  );
}

function work(pages: WorktreePages, verb: Exclude<BrowserVerb, "close" | "status">, request: BrowserRequest): () => Promise<VerbReply> {
  const { input } = request;
  switch (verb) {
    case "open": { const parsed = parseInput(verb, input); return () => open(pages, parsed); }
    case "snapshot": { const parsed = parseInput(verb, input); return () => snapshot(pages, parsed); }
    case "act": { const parsed = parseInput(verb, input); return () => act(pages, parsed, request); }
    case "screenshot": { const parsed = parseInput(verb, input); return () => screenshot(pages, parsed); }
    case "console": { const parsed = parseInput(verb, input); return () => consoleLines(pages, parsed); }
    case "network": { const parsed = parseInput(verb, input); return () => networkLines(pages, parsed); }
    case "perf": { const parsed = parseInput(verb, input); return () => perf(pages, parsed); }
    case "film": { const { folder } = parseInput(verb, input); return () => film(pages, folder); }
    case "record": { const parsed = parseInput(verb, input); return () => record(pages, parsed); }
  }
}

/** Every text in a plain value, through `safe`. */
function safely(value: unknown, safe: (words: string) => string): unknown {
  if (typeof value === "string") return safe(value);
  if (Array.isArray(value)) return value.map((one: unknown) => safely(one, safe));
  return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value).map(([name, one]) => [name, safely(one, safe)])) : value;
}

/** Rejects with what went wrong, as InspanError. */
export async function perform(pages: WorktreePages, verb: Exclude<BrowserVerb, "close" | "status">, request: BrowserRequest): Promise<BrowserAnswer> {
  const { clock, secrets } = pages.options.providers;
  const startedMs = clock.monotonicMs();
  const { said, text, title = "", file, data = {} } = await pages.run(verb, work(pages, verb, request));
  const safe = (words: string): string => pages.hidden.hide(secrets.redact(words));
  return {
    version: 1,
    verb,
    url: safe(pages.pageUrl),
    title: safe(title),
    said: safe(said),
    text: safe(text),
    file,
    data: safely(data, safe) as Readonly<Record<string, unknown>>, // the same form, secrets apart
    browserMs: Math.round(pages.browserMs * 10) / 10, totalMs: Math.round((clock.monotonicMs() - startedMs) * 10) / 10,
  };
}
