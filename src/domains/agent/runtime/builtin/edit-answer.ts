// What the model reads after files changed: the guard's findings, in the same answer as the edit. Knows neither lint nor any rule.
import { isAbort, messageOf } from "../../../../base/errors.ts";
import { boundText } from "../../../../base/text.ts";
import { untilAborted } from "./tool.ts";
import type { ToolScope } from "./tool.ts";

const findingsCharsMax = 12_000; // about 3,000 tokens: enough for dozens of findings, little against a model's context

/** Tells the events of the edit and returns the text to append to the tool's answer; empty where all is well. Rejects only with an AbortError. */
export async function answerEdit(paths: readonly string[], scope: ToolScope): Promise<string> {
  if (paths.length === 0) return "";
  scope.emit({ kind: "files-changed", paths: [...paths] });
  let findings: string | undefined;
  try {
    findings = await untilAborted(scope.guard.afterEdit(paths), scope.signal);
  } catch (error) {
    if (isAbort(error)) throw error;
    // The edit stands; a check that cannot run must not end the turn, and must not look like a pass either.
    scope.emit({ kind: "warning", text: `The check of the edit failed: ${messageOf(error)}` });
    return "\n\nThe check of this edit could not run; it will be checked again at the end.";
  }
  if (findings === undefined || findings.trim() === "") return "";
  const text = boundText(findings, findingsCharsMax);
  scope.emit({ kind: "findings-shown", paths: [...paths], text });
  return `\n\n${text}`;
}
