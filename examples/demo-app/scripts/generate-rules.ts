// Writes docs/generated/booking-rules.md from the doc comments of the exported functions of every
// service layer; with --check compares instead, and says what to do about a difference.

import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const target = "docs/generated/booking-rules.md";
const sources = ["src/domains/*/service.ts", "src/domains/*/service/**/*.ts"];

type Rule = { readonly name: string; readonly file: string; readonly text: string };

/** The documented exported functions of `source`, in order; `text` is the comment without its stars. */
function parseRules(file: string, source: string): readonly Rule[] {
  const documented = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*export (?:async )?function (\w+)/g;
  return [...source.matchAll(documented)].map(([, comment = "", name = ""]) => ({
    name,
    file,
    text: comment.split("\n").map((line) => line.replace(/^\s*\* ?/, "").trimEnd()).join("\n").trim(),
  }));
}

function renderRules(rules: readonly Rule[]): string {
  const head = [
    "# Booking rules",
    "",
    "<!-- Generated from doc comments by `npm run docs:generate`. Change the comment, not this page. -->",
    "",
  ];
  const sections = rules.flatMap(({ name, file, text }) => [`## ${name}()`, "", `In \`${file}\`.`, "", text, ""]);
  return [...head, ...sections].join("\n");
}

/** The lines that differ, between the lines both begin and both end with. */
function describeDrift(committed: readonly string[], generated: readonly string[]): readonly string[] {
  let start = 0;
  while (start < committed.length && start < generated.length && committed[start] === generated[start]) start += 1;
  let end = 0;
  const endMax = Math.min(committed.length, generated.length) - start;
  while (end < endMax && committed.at(-1 - end) === generated.at(-1 - end)) end += 1;
  const region = (lines: readonly string[]): readonly string[] => lines.slice(start, lines.length - end);
  return [
    `  from line ${start + 1}:`,
    ...region(committed).map((line) => `  - ${line}`),
    ...region(generated).map((line) => `  + ${line}`),
  ];
}

function readCommitted(): string {
  try {
    return readFileSync(join(root, target), "utf8");
  } catch {
    return ""; // not generated yet: everything differs
  }
}

const files = globSync(sources, { cwd: root }).filter((file) => !file.endsWith(".test.ts")).sort();
const rules = files.flatMap((file) => parseRules(file, readFileSync(join(root, file), "utf8")));
if (rules.length === 0) throw new Error(`Cannot generate "${target}": no documented function in ${sources.join(", ")}`);
const generated = renderRules(rules);
const committed = readCommitted();

if (!process.argv.includes("--check")) {
  writeFileSync(join(root, target), generated);
  process.stdout.write(`docs:generate: wrote ${target} (${rules.length} rules)\n`);
} else if (committed === generated) {
  process.stdout.write(`docs:check: ${target} is up to date (${rules.length} rules)\n`);
} else {
  const lines = [
    `docs:check: ${target} differs from the doc comments it is generated from`,
    ...describeDrift(committed.split("\n"), generated.split("\n")),
    "  (- committed, + generated now)",
    "To mend it, run `npm run docs:generate` and commit the file.",
  ];
  process.stderr.write(`${lines.join("\n")}\n`);
  process.exitCode = 1;
}
