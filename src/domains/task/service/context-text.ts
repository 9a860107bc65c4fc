// What an agent is told beside its goal: what holds for the files in play, and where its work stands. Pure text, bounded; documents are data and fenced.
import { boundText, fenceUntrusted, plural } from "../../../base/text.ts";
import { passedCount } from "./features.ts";
import type { TaskState } from "../types/index.ts";

export interface PlaceEntry { readonly kind: string; readonly title: string; readonly where: string; readonly text: string }
export interface PlaceContext { readonly guardrails: readonly PlaceEntry[]; readonly documents: readonly PlaceEntry[]; readonly omitted: number }

/** For the files that are in play when a session begins: with instructions, map and operations below 3,000 tokens. */
export const startTokensMax = 600;
/** For files that come into play by an edit; it stands behind a tool's answer, beside findings. */
export const editTokensMax = 200;

// More paths in the heading than this are "and 5 more".
const pathsShownMax = 6;
const lineCharsMax = 300;
// Plan, notes and features of one task, told again; the whole lies in `task show`.
const workCharsMax = 1_600;
const notesShownMax = 8;
const noteCharsMax = 200;

const oneLine = (text: string): string => { const line = text.replaceAll(/\s+/g, " ").trim(); return line.length <= lineCharsMax ? line : `${line.slice(0, lineCharsMax - 1)}…`; };
const lineOf = (entry: PlaceEntry): string => `- ${oneLine(`${entry.where}: ${entry.title}${entry.text === "" ? "" : `. ${entry.text}`}`)}`;

/** Undefined where nothing is written about these paths. Guardrails come from the base's configuration; what documents say is data. */
export function renderPlaceContext(paths: readonly string[], context: PlaceContext): string | undefined {
  if (context.guardrails.length + context.documents.length === 0) return undefined;
  const named = paths.slice(0, pathsShownMax).map(oneLine).join(", ") + (paths.length > pathsShownMax ? ` and ${paths.length - pathsShownMax} more` : "");
  const more = context.omitted === 0 ? [] : [`(${plural(context.omitted, "more entry").replace("entrys", "entries")}: the operation for context, or \`inspan context <path>\`)`];
  return [
    "<context>", `For the files in play (${named}):`,
    ...context.guardrails.map(lineOf),
    ...(context.documents.length === 0 ? [] : [fenceUntrusted("documents", context.documents.map((entry) => `${lineOf(entry)} (${entry.kind})`).join("\n"))]),
    ...more, "</context>",
  ].join("\n");
}

/** Plan, notes and what is proved so far; undefined where there is nothing yet. For a mind that knows nothing of the task but its goal. */
export function renderWork(state: TaskState): string | undefined {
  const { plan, reproduction, notes } = state;
  const list = state.features?.list;
  const lines = [
    ...(plan ? [`Plan: ${oneLine(plan.summary)}`, ...plan.steps.map((step, index) => `${index + 1}. ${oneLine(step)}`)] : []),
    ...(reproduction?.kind === "shown" ? [`The fault is shown by \`${oneLine(reproduction.command)}\` (${reproduction.files.map(oneLine).join(", ")}); that test stays.`] : []),
    ...(list
      ? [
          `Features (${state.features?.path ?? ""}): ${passedCount(list)} of ${list.features.length} pass${state.features?.current === undefined ? "" : `; now ${state.features.current}`}.`,
        ]
      : []),
    ...notes.slice(-notesShownMax).map((note) => `${note.at.slice(0, 16).replace("T", " ")} ${note.kind}: ${oneLine(note.text).slice(0, noteCharsMax)}`),
  ];
  if (lines.length === 0) return undefined;
  return `<work>\nWhere this task stands (${oneLine(state.title)}):\n${boundText(lines.join("\n"), workCharsMax)}\nWhat is done lies in the worktree: git log, git status.\n</work>`;
}
