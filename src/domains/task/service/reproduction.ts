// Judges whether a command's failure reproduces a fault: an assertion failed, and nothing failed to load. Pure.

export type Judgement =
  | { readonly kind: "reproduced"; readonly evidence: string }
  | { readonly kind: "passes" }
  | { readonly kind: "does-not-load"; readonly evidence: string }
  | { readonly kind: "no-assertion"; readonly evidence: string }
  | { readonly kind: "hangs" };

// Failures that say nothing about the fault: the program or the test could not even be read or started.
const loadErrors = [
  /\bSyntaxError\b/,
  /\bERR_MODULE_NOT_FOUND\b/,
  /\bCannot find (?:module|package)\b/,
  /\bERR_UNKNOWN_FILE_EXTENSION\b/,
  /\bERR_UNSUPPORTED_TYPESCRIPT_SYNTAX\b/,
  /does not provide an export named/,
  /\bModuleNotFoundError\b/, /\bImportError\b/, /\bIndentationError\b/, /\berror\[E\d{4}\]/, /\bcannot find symbol\b/, /^.*\bundefined: \w+/m, /\[build failed\]/,
  /\b(?:command )?not found\b/, /\bNo such file or directory\b/, /npm (?:ERR!|error) Missing script/, /\bReferenceError\b/, /Could not find '/,
];

const assertions = [
  /\bAssertionError\b/,
  /\bERR_ASSERTION\b/,
  /^E\s+assert\b/m,
  /^\s*--- FAIL:/m,
  /\bpanicked at\b[\s\S]{0,400}\bassert/,
  /assertion `?left [=!]= right`? failed/,
  /\bexpect\([^\n]*\)\.?[\s\S]{0,200}\b(?:Expected|Received)\b/,
  /\borg\.opentest4j\.AssertionFailedError\b/, /\bjunit\.framework\.AssertionFailedError\b/, /\bExpectationFailed\b/, /^\s*not ok \d+/m,
];

// Enough to read the failure; the whole output stays in the task's record.
const evidenceCharsMax = 3000;

function around(output: string, index: number): string {
  const start = Math.max(0, index - 600);
  return output.slice(start, start + evidenceCharsMax).trim();
}

/** `exitCode` null means that the command was ended from outside (its time had passed). */
export function judgeFailure(run: { readonly exitCode: number | null; readonly output: string }): Judgement {
  if (run.exitCode === null) return { kind: "hangs" };
  if (run.exitCode === 0) return { kind: "passes" };
  for (const pattern of loadErrors) {
    const found = pattern.exec(run.output);
    if (found) return { kind: "does-not-load", evidence: around(run.output, found.index) };
  }
  for (const pattern of assertions) {
    const found = pattern.exec(run.output);
    if (found) return { kind: "reproduced", evidence: around(run.output, found.index) };
  }
  return { kind: "no-assertion", evidence: run.output.slice(-evidenceCharsMax).trim() };
}

/** Before the fault is reproduced only what shows it may change: tests, and journeys that the harness plays. */
export function showingGlobs(testPaths: readonly string[]): readonly string[] { return [...testPaths, "docs/journeys/*.md"]; }

/** What the author is told; only `reproduced` is accepted. */
export function explainJudgement(judgement: Judgement): string {
  switch (judgement.kind) {
    case "reproduced": return "Accepted: the command fails by an assertion before any product edit. Stop here; the harness commits the test and asks for the fix next.";
    case "passes": return "Refused: the command passes, so it does not show the fault. Write a test that fails because of the fault, and only because of it.";
    case "does-not-load": return "Refused: the command fails because something does not load or parse, not because of the fault. Mend the test, then call reproduce again.";
    case "no-assertion": return "Refused: the command fails, but not by an assertion of a test. The failing check must be an assertion about the reported behaviour.";
    case "hangs": return "Refused: the command did not end in time. A reproduction must end by itself.";
  }
}

/** Why this is no command for a reproduction, or undefined: one plain call of a test runner, so that the tests and nothing else decide how it ends. */
export function refuseCommand(command: string): string | undefined {
  const unquoted = command.replaceAll(/'[^']*'|"[^"$`\\]*"/g, "Q");
  if (/[;&|<>`$()\n\\{}]/.test(unquoted)) return "Give one plain command without shell operators, substitutions or redirections, for example: node --test test/a.test.ts";
  const words = unquoted.trim().split(/\s+/).filter((word) => !/^[A-Za-z_]\w*=/.test(word));
  const program = words[0]?.split("/").at(-1) ?? "";
  if (/^(?:ba|da|z|k|fi)?sh$|^(?:eval|exec|env|echo|printf|test|\[|cat|false|true|exit|xargs|find|awk|sed|perl)$/.test(program))
    return `"${program}" is no test runner. Name the command that runs your test file.`;
  if (words.some((word) => /^(?:-e|-c|-p|-pe|--eval|--print)$/.test(word)) && /^(?:node|bun|deno|python[\d.]*|ruby|php|perl|npx|tsx)$/.test(program))
    return "Code in the command line is no test. Put it into a test file and run that.";
  return undefined;
}
