// A journey's Markdown to steps: numbered items are the words, blocks marked `play` below them what is done. Pure.
import { InspanError } from "../../../base/errors.ts";
import type { JourneyStep, PlayLine } from "../types.ts";

/** A way with more steps is several journeys. */
const stepsMax = 100;
const linesMax = 500;

const acts = new Set(["click", "double-click", "fill", "type", "select", "check", "uncheck", "press", "hover", "drag", "upload", "scroll", "back", "forward", "reload"]);

function wrong(file: string, line: number, found: string): InspanError {
  return new InspanError("JOURNEY_INVALID", `Cannot read ${file}:${line}: ${found}.`, { kind: "usage", remedy: `edit ${file}:${line}; the form is in docs/journeys.md` });
}

/** The value stands behind " = " so that names may hold anything else. */
function splitValue(text: string): { readonly target: string; readonly value: string | undefined } {
  const at = text.indexOf(" = ");
  if (at === -1) return { target: text.trim(), value: undefined };
  const value = text.slice(at + 3).trim();
  return { target: text.slice(0, at).trim(), value: /^".*"$/s.test(value) ? value.slice(1, -1) : value };
}

/** Throws JOURNEY_INVALID with file and line. */
export function parsePlayLine(text: string, file: string, line: number): PlayLine {
  const [, verb = "", rest = ""] = /^(\S+)\s*(.*)$/.exec(text.trim()) ?? [];
  const name = rest.trim();
  if (verb === "open") return { kind: "open", url: name === "" ? "/" : name, line };
  const isGone = verb === "not" && name.startsWith("see ");
  if (verb === "see" || isGone) {
    const what = (isGone ? name.slice(4) : name).trim();
    if (what === "") throw wrong(file, line, "`see` without anything to see, expected for example: see \"Booked\"");
    return { kind: "see", what, isGone, line };
  }
  if (!acts.has(verb)) throw wrong(file, line, `"${verb.slice(0, 40)}" is nothing to play, expected open, see, not see, ${[...acts].join(", ")}`);
  const { target, value } = splitValue(name);
  const isOnPage = verb === "back" || verb === "forward" || verb === "reload" || verb === "scroll";
  if (target === "" && !isOnPage) throw wrong(file, line, `"${verb}" without an element, expected for example: ${verb} button "Save"`);
  if ((verb === "fill" || verb === "type" || verb === "select" || verb === "upload" || verb === "drag") && value === undefined)
    throw wrong(file, line, `"${verb}" without a value, expected for example: ${verb} textbox "Title" = Stand-up`);
  return { kind: "act", action: verb, target: target === "" ? undefined : target, value, line };
}

/** `firstLine` is the number of the body's first line in the file. Throws JOURNEY_INVALID. */
export function parseSteps(body: string, file: string, firstLine: number): readonly JourneyStep[] {
  const steps: { readonly number: number; words: string; readonly plays: PlayLine[] }[] = [];
  let fence: "play" | "other" | undefined;
  for (const [index, text] of body.split(/\r?\n/).entries()) {
    const line = firstLine + index;
    const mark = /^\s*(?:```|~~~)\s*(\S*)/.exec(text);
    if (mark !== null) { fence = fence !== undefined ? undefined : mark[1] === "play" ? "play" : "other"; continue; }
    const last = steps.at(-1);
    if (fence === "play" && text.trim() !== "" && !text.trim().startsWith("#")) {
      if (last === undefined) throw wrong(file, line, "a `play` block stands before the first step, expected a numbered step above it");
      last.plays.push(parsePlayLine(text, file, line));
    }
    if (fence !== undefined) continue;
    const item = /^(\d{1,3})[.)]\s+(.*)$/.exec(text);
    if (item !== null) steps.push({ number: Number(item[1]), words: (item[2] ?? "").trim(), plays: [] });
    else if (last !== undefined && /^\s{2,}\S/.test(text) && last.plays.length === 0) last.words = `${last.words} ${text.trim()}`;
    if (steps.length > stepsMax || steps.reduce((sum, { plays }) => sum + plays.length, 0) > linesMax)
      throw wrong(file, line, `more than ${stepsMax} steps or ${linesMax} lines, expected several journeys`);
  }
  return steps;
}
