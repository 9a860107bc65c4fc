// A signal: one piece of feedback that the harness saw, kept so that nobody has to give it twice. It cannot be collected afterwards.
import { z } from "zod";

/** "correction": what a person changed after the merge; "lesson": somebody asked to keep it; "failed-command": an agent tried the same in vain. */
export const SignalKind = z.enum([
  "review-comment",
  "interruption",
  "hold",
  "failed-check",
  "hook-finding",
  "exception",
  "comment",
  "incident",
  "correction",
  "revert",
  "lesson",
  "failed-command",
]);
export type SignalKind = z.infer<typeof SignalKind>;

export const Signal = z.object({
  kind: SignalKind,
  /** One line. */
  title: z.string(),
  /** Bounded, secrets removed. */
  text: z.string(),
  /** Where to look: a file with line, a pull request, a check. */
  link: z.string(),
  /** Same cause, same key: rule and file, check name, reviewer and finding. */
  cause: z.string(),
  taskId: z.string().optional(),
  commit: z.string().optional(),
});
export type Signal = z.infer<typeof Signal>;

export const StoredSignal = Signal.extend({ id: z.number().int(), at: z.string() });
export type StoredSignal = z.infer<typeof StoredSignal>;
