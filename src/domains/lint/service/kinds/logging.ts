// Structured logging: an event with a dotted name, then fields; no prose, no console. In every language, each in its own form.
import type { LoggingRule } from "../../config/kinds/taste.ts";
import type { CallFact, Language } from "../../types/facts.ts";
import { type KindDraft, perRule, type RuleKind } from "./kind.ts";

const eventForm = /^[a-z][a-z0-9_-]*(\.[a-z0-9_-]+)+$/;
/** A proposed event keeps its first words: what comes after them belongs into fields. */
const proposedWordsMax = 3;

/** What goes to the terminal as it is, by language; that of TypeScript and JavaScript is the global `console`. */
const consoles: Readonly<Record<Language, RegExp | undefined>> = {
  typescript: undefined,
  javascript: undefined,
  python: /^p?print$/,
  go: /^(?:fmt\.Print|log\.(?:Print|Fatal|Panic)|print(?:ln)?$)/,
  rust: /^(?:std\.)?(?:e?println?|dbg)!$/,
  java: /^System\.(?:out|err)\./,
};
const consoleCalls: readonly string[] = ["print", "println", "fmt", "log", "println!", "print!", "eprintln!", "eprint!", "dbg!", "System"];

const named = perRule((rule: LoggingRule) => ({ loggers: new Set(rule.calls), levels: new Set(rule.levels.map((level) => level.toLowerCase())) }));

export const logging: RuleKind<LoggingRule> = {
  summary: "Log lines are events with a dotted name and fields, and nothing goes to console.",
  why: "Events can be counted, searched and alerted on; prose with values in it cannot.",
  example: "- { kind: logging, in: \"src/**\", calls: [log] }",
  // Macros of Rust are called by their level alone.
  request: (rule) => ({
    localCalls: rule.calls,
    calls: [...rule.calls, ...rule.levels.map((level) => `${level}!`), ...(rule.console ? consoleCalls : [])],
    ...(rule.console ? { globals: ["console"] } : {}),
  }),
  checkFile(rule, facts) {
    const { language } = facts;
    const isConsoleCall = (call: CallFact): boolean =>
      rule.console &&
      call.isLocal !== true &&
      (consoles[language]?.test(call.callee) ?? false) &&
      (!call.callee.startsWith("log.") || call.origin?.specifier === "log");
    const ofConsole = rule.console ? facts.globals.filter((use) => use.name === "console" || use.name.startsWith("console.")) : [];
    const fix = `Write \`${formOf(rule, rule.calls[0] ?? "log", language)}\` with the values as fields, or return the text where it is output.`;
    const toConsole = (use: { readonly line: number; readonly column: number; readonly endLine: number }, name: string): KindDraft => ({
      file: facts.file,
      line: use.line,
      column: use.column,
      endLine: use.endLine,
      to: name,
      found: `\`${name}\``,
      expected: "log lines go through the logger as events",
      fix,
    });
    return [
      ...facts.calls.flatMap((call) => (isConsoleCall(call) ? [toConsole(call, call.callee)] : isLogCall(rule, call) ? checkCall(rule, { file: facts.file, language, call }) : [])),
      ...ofConsole.map((use) => toConsole(use, use.name)),
    ];
  },
};

/** `Infof`, `InfoContext` and `info!` are the level info. */
function levelOf(name: string): string {
  return name.replace(/(?:f|ln|w|Context|Ctx|!)$/, "").toLowerCase();
}

function isLogCall(rule: LoggingRule, call: CallFact): boolean {
  const { loggers, levels } = named(rule);
  const parts = call.callee.split(".");
  const last = parts.at(-1) ?? "";
  if (!levels.has(last.toLowerCase()) && !levels.has(levelOf(last))) return false;
  return parts.slice(0, -1).some((part) => loggers.has(part)) || (parts.length === 1 && last.endsWith("!"));
}

/** An event as the language writes it. */
function formOf(rule: LoggingRule, logger: string, language: Language, event = "area.event"): string {
  switch (language) {
    case "python": return `${logger}.info("${event}", user_id=…)`;
    case "go": return `${logger}.Info("${event}", "userId", …)`;
    case "rust": return `info!(user_id = …, "${event}")`;
    case "java": return `${logger}.info("${event}", kv("userId", …))`;
    default: return rule.fieldsFirst ? `${logger}.info({ … }, "${event}")` : `${logger}.info("${event}", { … })`;
  }
}

function checkCall(rule: LoggingRule, { file, language, call }: { readonly file: string; readonly language: Language; readonly call: CallFact }): readonly KindDraft[] {
  const count = call.literals.length;
  const isScript = language === "typescript" || language === "javascript";
  const event = rule.fieldsFirst && count > 1 ? call.literals[1] : call.literals[0];
  const at = { file, line: call.line, column: call.column, endLine: call.endLine, to: `${call.callee} in ${call.inFunction}` };
  const form = isScript
    ? rule.fieldsFirst
      ? `${call.callee}({ userId }, "area.event")`
      : `${call.callee}("area.event", { userId })`
    : formOf(rule, call.callee.split(".").slice(0, -1).join(".") || "log", language);
  if (event === undefined) {
    return [
      {
        ...at,
        found: `\`${call.callee}\` without a literal event`,
        expected: `a dotted event as a literal, and the values as fields: \`${form}\``,
        fix: `Write a fixed event name and pass every value as a field: \`${form}\`.`,
      },
    ];
  }
  if (!eventForm.test(event)) {
    const proposed = propose(event);
    // Without quotes, of which languages have several.
    return [
      {
        ...at,
        found: `\`${call.callee}("${event.slice(0, 80)}")\``,
        expected: `an event like "area.event": lower case, dotted, no prose`,
        fix: `In ${file}, line ${call.line}, replace \`${event}\` by \`${proposed}\`, and pass the values as fields.`,
      },
    ];
  }
  // Keyword arguments and fields of a macro are keys.
  if (count < 2 && call.keys.length === 0)
    return [
      {
        ...at,
        found: `\`${call.callee}("${event}")\` has no fields`,
        expected: "what happened to whom stands in fields",
        fix: `Pass the ids and the outcome as fields: \`${isScript ? `${call.callee}("${event}", { … })` : formOf(rule, call.callee.split(".").slice(0, -1).join(".") || "log", language, event)}\`.`,
      },
    ];
  return [];
}

function propose(event: string): string {
  const words = event
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "" && !["the", "a", "an", "is", "was", "has", "have", "been", "to", "of", "for", "with"].includes(word));
  const kept = words.slice(0, proposedWordsMax);
  return kept.length === 0 ? "area.event" : kept.length === 1 ? `${kept[0] ?? ""}.done` : `${kept.slice(0, -1).join("_")}.${kept.at(-1) ?? ""}`;
}
