// What an agent reads of a test run: its failures. Passing tests, timings and counts of test runners are left out. Pure, in linear time.
import { boundText, plural } from "../../../base/text.ts";

// One line each of what passes or only counts; from the output of node:test, TAP, Jest, Vitest, Mocha, pytest, go test and cargo test.
const noise: readonly RegExp[] = [
  /^\s*ok \d+\b/,
  /^\s*(?:✔|✓|√|▶)\s/,
  /^\s*PASS\b/,
  /^\s*# Subtest: /,
  /^\s*(?:#|ℹ) (?:tests|suites|pass|fail|cancelled|skipped|todo|duration_ms)\b/,
  /^\s*\d+\.\.\d+\s*$/,
  /^TAP version /,
  /^=== (?:RUN|PAUSE|CONT|NAME)\b/,
  /^\s*--- (?:PASS|SKIP):/,
  /^ok\s+\S+\s+(?:\(cached\)|[\d.]+s)/,
  /^\?\s+\S+\s+\[no test files\]/,
  /^test \S+ \.\.\. (?:ok|ignored)$/,
  /^running \d+ tests?$/,
  /^\S+::\S+ (?:PASSED|SKIPPED|XFAIL)\b/, /^\S+\.py [.sxX]+\s+\[ *\d+%\]$/, /^\s*duration_ms: /, /^\s*(?:type|location): '/,
];

const failures: readonly RegExp[] = [
  /^\s*not ok \d+/,
  /^\s*(?:✖|✗|×)\s/,
  /^\s*FAIL\b/,
  /^\s*--- FAIL:/,
  /^\s*● /,
  /\bAssertionError\b/,
  /\bERR_ASSERTION\b/,
  /^E\s/,
  /\bFAILED\b/,
  /^thread '.*' panicked at/,
  /^\s*\d+\) /,
  /\b(?:Error|Exception):/,
  /^error\b/i,
];

/**
 * The output without what passed, where at least one line tells of a failure; the tail of an output that tells of none. At most `charsMax` characters, and a line
 * that counts what was left out.
 */
export function failuresOf(output: string, charsMax: number): string {
  const lines = output.replace(/\n$/, "").split("\n");
  if (!lines.some((line) => failures.some((pattern) => pattern.test(line)))) return boundText(output, charsMax);
  const kept: string[] = [];
  let leftOut = 0;
  // TAP tells of each test in a block of its own below the line: that of a passing one goes with it.
  let isInPassed = false;
  for (const line of lines) {
    if (/^\s*ok \d+\b/.test(line)) isInPassed = true;
    else if (isInPassed && (/^\s*not ok \d+/.test(line) || /^\s*\.\.\.\s*$/.test(line))) { isInPassed = false; if (/^\s*\.\.\./.test(line)) { leftOut += 1; continue; } }
    else if (isInPassed && !/^\s+(?:---|\w+:|\.\.\.)/.test(line)) isInPassed = false;
    if (isInPassed || noise.some((pattern) => pattern.test(line))) leftOut += 1;
    else kept.push(line);
  }
  const text = kept.join("\n").replaceAll(/\n{3,}/g, "\n\n").trim();
  return `${leftOut === 0 ? "" : `[${plural(leftOut, "line")} of passing tests and counts left out]\n`}${boundText(text, charsMax)}`;
}
