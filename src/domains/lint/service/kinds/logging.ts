// Structured logging: an event with a dotted name, then fields; no prose, no console.
import type { LoggingRule } from "../../config/kinds/taste.ts";
import type { CallFact } from "../../types/facts.ts";
import { type KindDraft, perRule, type RuleKind } from "./kind.ts";

const eventForm = /^[a-z][a-z0-9_-]*(\.[a-z0-9_-]+)+$/;
/** A proposed event keeps its first words: what comes after them belongs into fields. */
const proposedWordsMax = 3;

const named = perRule((rule: LoggingRule) => ({ loggers: new Set(rule.calls), levels: new Set(rule.levels) }));

export const logging: RuleKind<LoggingRule> = {
  summary: "Log lines are events with a dotted name and fields, and nothing goes to console.",
  why: "Events can be counted, searched and alerted on; prose with values in it cannot.",
  example: "- { kind: logging, in: \"src/**\", calls: [log] }",
  request: (rule) => ({ localCalls: rule.calls, calls: rule.calls, ...(rule.console ? { globals: ["console"] } : {}) }),
  checkFile(rule, facts) {
    const { loggers, levels } = named(rule);
    const ofLoggers = facts.calls.filter((call) => {
      const parts = call.callee.split(".");
      return levels.has(parts.at(-1) ?? "") && parts.slice(0, -1).some((part) => loggers.has(part));
    });
    const ofConsole = rule.console ? facts.globals.filter((use) => use.name === "console" || use.name.startsWith("console.")) : [];
    return [
      ...ofLoggers.flatMap((call) => checkCall(rule, facts.file, call)),
      ...ofConsole.map((use): KindDraft => ({
        file: facts.file, line: use.line, column: use.column, endLine: use.endLine, to: use.name, found: `\`${use.name}\``, expected: "log lines go through the logger as events",
        fix: `Write \`${rule.calls[0] ?? "log"}.info(${rule.fieldsFirst ? "{ … }, \"area.event\"" : "\"area.event\", { … }"})\` with the values as fields, or return the text where it is output.`,
      })),
    ];
  },
};

function checkCall(rule: LoggingRule, file: string, call: CallFact): readonly KindDraft[] {
  const count = call.literals.length;
  const event = rule.fieldsFirst && count > 1 ? call.literals[1] : call.literals[0];
  const at = { file, line: call.line, column: call.column, endLine: call.endLine, to: `${call.callee} in ${call.inFunction}` };
  const form = rule.fieldsFirst ? `${call.callee}({ userId }, "area.event")` : `${call.callee}("area.event", { userId })`;
  if (event === undefined) {
    return [{ ...at, found: `\`${call.callee}\` without a literal event`, expected: `a dotted event as a literal, and the values as fields: \`${form}\``, fix: `Write a fixed event name and pass every value in the fields object: \`${form}\`.` }];
  }
  if (!eventForm.test(event)) {
    const proposed = propose(event);
    return [{ ...at, found: `\`${call.callee}("${event.slice(0, 80)}")\``, expected: `an event like "area.event": lower case, dotted, no prose`, fix: `In ${file}, line ${call.line}, replace \`${quoteOf(event)}\` by \`"${proposed}"\`, and pass the values as fields.` }];
  }
  if (count < 2) return [{ ...at, found: `\`${call.callee}("${event}")\` has no fields`, expected: "what happened to whom stands in fields", fix: `Pass the fields object: \`${call.callee}("${event}", { … })\` with the ids and the outcome.` }];
  return [];
}

/** The literal as it most likely stands there. */
function quoteOf(event: string): string {
  return `"${event}"`;
}

function propose(event: string): string {
  const words = event.toLowerCase().split(/[^a-z0-9]+/).filter((word) => word !== "" && !["the", "a", "an", "is", "was", "has", "have", "been", "to", "of", "for", "with"].includes(word));
  const kept = words.slice(0, proposedWordsMax);
  return kept.length === 0 ? "area.event" : kept.length === 1 ? `${kept[0] ?? ""}.done` : `${kept.slice(0, -1).join("_")}.${kept.at(-1) ?? ""}`;
}
