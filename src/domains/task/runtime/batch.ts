// Many tasks in one process: they share the stores and the memory of the program, and nothing else.
import { mapBounded } from "../../../base/async.ts";
import { isAbort, InspanError, messageOf } from "../../../base/errors.ts";
import type { OperationContext } from "../../../providers/index.ts";
import { runTaskIn, type StartOptions, type TaskResult } from "./start.ts";
import { openTasks } from "./watch.ts";

/** A task that came to rest, or why there is none. */
export type BatchEnd =
  | { readonly kind: "task"; readonly result: TaskResult }
  | { readonly kind: "refused"; readonly code: string; readonly message: string; readonly remedy: string };

/** Ends in the order of `starts`. One that cannot begin does not stop the others; a cancelled batch starts no more. */
export async function runBatch(context: OperationContext, options: { readonly starts: readonly StartOptions[]; readonly atOnceMax: number }): Promise<readonly BatchEnd[]> {
  const tasks = await openTasks(context);
  try {
    return await mapBounded(options.starts, options.atOnceMax, async (start): Promise<BatchEnd> => {
      if (context.signal.aborted) return { kind: "refused", code: "CANCELLED", message: "Not started: the batch was cancelled.", remedy: "inspan task batch <files>" };
      try {
        return { kind: "task", result: await runTaskIn(tasks, start) };
      } catch (error) {
        if (isAbort(error)) return { kind: "refused", code: "CANCELLED", message: "Stopped before it was stored.", remedy: "inspan task batch <files>" };
        const known = error instanceof InspanError ? error : undefined;
        context.progress(`not run: ${messageOf(error)}`);
        return { kind: "refused", code: known?.code ?? "UNEXPECTED", message: messageOf(error), remedy: known?.remedy ?? "inspan task list" };
      }
    });
  } finally { await tasks.close(); }
}
