// Complaints of other linters as findings of ours: what was expected, and what to do, so that an agent repairs instead of silencing. Pure.
import type { FindingDraft } from "../../types/finding.ts";
import type { ToolComplaint, ToolEdit, ToolName } from "../../types/tool-report.ts";

/** Longer code in a sentence is not read as one. */
const quotedCharsMax = 160;

/** What a rule expects, for the rules that agents meet most; `{}` in a fix is the first name that the message quotes. */
const words: Readonly<Record<ToolName, Readonly<Record<string, readonly [expected: string, fix: string]>>>> = {
  ruff: {
    F401: ["every import is used", "Remove {} from the import; where others import it from here, list it in `__all__`."],
    F811: ["a name is defined once", "Remove the definition of {} that is not wanted, or give one of them a name of its own."],
    F821: ["every name is defined or imported", "Import or define {} before it is used, or correct its spelling."],
    F841: ["every variable is read", "Remove {} and keep the call if its effect is wanted; if the value was meant to be used, use it."],
    E711: ["None is compared by `is`", "Write `is None` or `is not None`."],
    E722: ["an except names what it catches", "Name the exceptions that this code can handle; let all others pass."],
    BLE001: ["an except names what it catches", "Name the exceptions that this code can handle; let all others pass, or log and raise again."],
    B006: ["a default is made anew at each call", "Make the default `None`, and create the value inside of the function."],
    B008: ["a default is made anew at each call", "Make the default `None`, and call the function inside."],
    B904: ["a raised error says where it comes from", "Write `raise … from error`, or `from None` where the first one says nothing."],
    C901: ["a function that can be read in one go", "Take complete steps out into functions with names; do not only move lines."],
    PLR0912: ["a function that can be read in one go", "Take complete branches out into functions with names, or use a table."],
    PLR0915: ["a function that can be read in one go", "Take complete steps out into functions with names."],
    S113: ["a network call has a timeout", "Pass `timeout=` with the seconds that the caller can wait, or use the repository's own client."],
    S608: ["SQL gets its values as parameters", "Pass the values as parameters of the query instead of writing them into its text."],
    T201: ["output goes through the log", "Use the repository's logger with fields instead of print; a program's own output may stay with a reason."],
    ANN401: ["a type that says what it is", "Write the real type; at a boundary take `object` and parse it."],
  },
  oxlint: {
    "no-unused-vars": ["every name is read", "Remove {}, or use it if it was meant to be used."],
    "no-debugger": ["no stop for a debugger", "Remove the statement."],
    "no-explicit-any": ["a type that says what it is", "Write the real type; at a boundary take `unknown` and parse it."],
    "no-floating-promises": ["a promise is awaited, or its failure handled", "Write `await`, or handle the rejection where it is started."],
    "no-console": ["output goes through the log", "Use the repository's logger with fields instead of console."],
    "eqeqeq": ["comparison without conversion", "Write `===` or `!==`; where null and undefined are both meant, write both or `?? `."],
    "no-eval": ["text is never run as code", "Parse the text, or look the function up in a table."],
    "no-empty": ["no block without a statement", "Handle the case, or say in a comment why nothing is done."],
    "no-var": ["names live in their block", "Write `const`, or `let` where it changes."],
    "prefer-const": ["what never changes is a constant", "Write `const`."],
    "no-await-in-loop": [
      "independent work runs side by side",
      "Collect the promises and await `Promise.all`, bounded; keep the loop where each step needs the one before, with a comment.",
    ],
    "no-non-null-assertion": ["a value is checked before it is used", "Check the value and handle its absence instead of `!`."],
    "no-unsafe-optional-chaining": ["an absent value is handled", "Handle undefined before the value is called, spread or destructured."],
    "exhaustive-deps": ["effects name what they read", "Add {} to the list of dependencies, or move it into the effect."],
    "rules-of-hooks": ["hooks run in the same order each time", "Call the hook at the top of the component, before any condition or return."],
  },
};

/** The name of a complaint's rule in findings and in `rules`, `exceptions` and the baseline: `ruff-f401`, `oxlint-eslint-no-debugger`. */
export function ruleOf({ tool, code }: Pick<ToolComplaint, "tool" | "code">): string {
  const name = code.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-").replaceAll(/^-+|-+$/g, "");
  return `${tool}-${name === "" ? "syntax" : name}`;
}

/** `file` is relative to the root; `textOf` gives its text for an exact repair. */
export function wordComplaint(complaint: ToolComplaint, file: string, textOf: (file: string) => string | undefined): FindingDraft {
  const { tool, code, message, line, column, endLine, url, severity } = complaint;
  const known = words[tool][ruleName(complaint)];
  const expected = known?.[0] ?? (code === "" ? "code that can be parsed" : `code that ${tool} ${code} accepts`);
  return {
    rule: ruleOf(complaint), severity, file, line, column, endLine, to: oneLine(message),
    found: `${oneLine(message).replace(/\.$/, "")}${code === "" ? "" : ` (${tool} ${code})`}`,
    expected, fix: fixOf(complaint, file, textOf(file), known?.[1]), ...(url === undefined ? {} : { reference: url }),
  };
}

/** `no-debugger` of `eslint(no-debugger)`, `F401` as it is. */
function ruleName({ code }: ToolComplaint): string {
  return /\(([^)]+)\)$/.exec(code)?.[1] ?? code;
}

function fixOf(complaint: ToolComplaint, file: string, text: string | undefined, words: string | undefined): string {
  const exact = text === undefined ? undefined : exactFix(complaint.edits, file, text);
  if (exact !== undefined) return exact;
  const { tool, code, message, advice, line } = complaint;
  if (complaint.edits.length > 0) return `Run \`ruff check --fix --select ${code} ${file}\`: its repair is safe.`;
  const name = /[`'"]([^`'"]+)[`'"]/.exec(message)?.[1];
  const told = words?.replaceAll("{}", name === undefined ? "it" : `\`${name}\``);
  if (told !== undefined) return `At ${file}:${line}: ${told}`;
  const advised =
    advice === undefined || advice === ""
      ? `change the code so that ${code === "" ? "it can be parsed" : `${tool} ${code} accepts it`}`
      : oneLine(advice).replace(/\.$/, "");
  return `At ${file}:${line}: ${advised}. Repair the code; do not switch the rule off with a comment.`;
}

/** A repair that ends on the line where it begins, as a sentence that can be followed word by word. */
function exactFix(edits: readonly ToolEdit[], file: string, text: string): string | undefined {
  const [first] = edits;
  if (first === undefined) return undefined;
  const lines = text.split("\n");
  const before = (lines[first.line - 1] ?? "").replace(/\r$/, "");
  if (!isQuotable(before)) return undefined;
  const isWholeLine = edits.length === 1 && first.text === "" && first.column === 1 && first.endLine === first.line + 1 && first.endColumn === 1;
  if (isWholeLine) return `In ${file}, line ${first.line}, delete the line \`${before.trim()}\`.`;
  if (edits.some((edit) => edit.line !== first.line || edit.endLine !== first.line || edit.text.includes("\n"))) return undefined;
  let characters = Array.from(before);
  for (const edit of [...edits].sort((left, right) => right.column - left.column)) {
    characters = [...characters.slice(0, edit.column - 1), ...Array.from(edit.text), ...characters.slice(edit.endColumn - 1)];
  }
  const after = characters.join("");
  return isQuotable(after) && after !== before ? `In ${file}, line ${first.line}, replace \`${before.trim()}\` by \`${after.trim()}\`.` : undefined;
}

const isQuotable = (line: string): boolean => line.trim() !== "" && line.length <= quotedCharsMax && !line.includes("`");
const oneLine = (text: string): string => text.replaceAll(/\s+/g, " ").trim();
