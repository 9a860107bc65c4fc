// One hook call of an agent's client, answered by a session: the new findings of what was edited, in the client's own form.
import { resolve } from "node:path";
import { InspanError, isAbort } from "../../../base/errors.ts";
import { parseHookEvent, renderHookAnswer, renderHookText } from "../service/hook.ts";
import type { CheckSession } from "./check-session.ts";

/** Empty where there is nothing to say. Never rejects but with an AbortError: a check that fails must not end an agent's turn. */
export async function answerHook(session: CheckSession, stdinText: string, cwd: string): Promise<string> {
  const event = parseHookEvent(stdinText);
  if (event === undefined) return "";
  try {
    const named = event.files.map((file) => resolve(event.cwd ?? cwd, file));
    const files = named.length === 0 && event.isShell ? await session.touched() : named;
    return files.length === 0 ? "" : renderHookAnswer(event.name, await session.checkNew(files));
  } catch (error) {
    if (isAbort(error)) throw error;
    // The agent may have broken the configuration itself; anything else is told by the next check.
    return error instanceof InspanError && error.code === "CONFIG_INVALID"
      ? renderHookText(event.name, `${error.message}\n${error.remedy === undefined ? "" : `Next: ${error.remedy}`}`)
      : "";
  }
}
