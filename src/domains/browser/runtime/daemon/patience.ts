// How long an action waits for its element: as long as something goes on, and not much longer than that.
import type { Page } from "playwright-core";
import { withDeadline } from "../../../../base/async.ts";
import { messageOf } from "../../../../base/errors.ts";
import { stillScript } from "./page-scripts.ts";
import type { WorktreePages } from "./worktree-pages.ts";

export interface Patience {
  /** For all of it, where something goes on. */
  readonly msMax: number;
  /** Nobody gives up before. */
  readonly firstMs: number;
  /** So long nothing may have changed, and nothing have been asked for, to give up then. */
  readonly stillMs: number;
}

/** The last look where nothing moves, so that the message says what was in the way at the end. */
const lastMs = 1_000;
/** Where the driver cannot even say what keeps it: the page or the machine is busy, and the element is there. */
const slowMsMax = 10_000;
/** A page that does not answer within this beyond its own bound is busy: something goes on. */
const answerMsMax = 500;

/** The driver has not touched the element yet, for whatever reason; behind that nothing is done twice. */
const isWaiting = (message: string): boolean => /Timeout \d+ms exceeded/.test(message) && !/performing \S+ action/.test(message);

/** It found the element, and says what keeps it from acting; otherwise it may only be slow itself. */
const hasCause = (message: string): boolean => /not (?:visible|enabled|stable|editable)|intercepts pointer|outside of the viewport|waiting for .* to be (?:visible|hidden)/.test(message);

/** Nothing would come of waiting on; `cause` is what the driver says of the element. */
export class StillError extends Error {}

/** True where nothing runs and nothing moves for so long, and no stream is open that could bring something. */
async function isStill(pages: WorktreePages, page: Page, stillMs: number): Promise<boolean> {
  const { events } = pages;
  const before = pages.activity.marks.network;
  if (events === undefined || events.runningCount > 0 || events.streamCount > 0) return false;
  const told = await withDeadline(page.evaluate(stillScript(stillMs)).catch(() => false), stillMs + answerMsMax, () => false);
  return told === true && pages.activity.marks.network === before && events.runningCount === 0;
}

/** `work` waits for its element at most so long. Rejects with what it says at last, as StillError where nothing moved any more. */
export async function withPatience<T>(pages: WorktreePages, page: Page, { msMax, firstMs, stillMs }: Patience, work: (timeoutMs: number) => Promise<T>): Promise<T> {
  const { clock } = pages.options.providers;
  const startedMs = clock.monotonicMs();
  let message = "";
  try { return await work(firstMs); } catch (error) {
    message = messageOf(error);
    if (!isWaiting(message)) throw error;
  }
  if (!hasCause(message)) return work(slowMsMax);
  if (!(await isStill(pages, page, stillMs))) return work(Math.max(msMax - (clock.monotonicMs() - startedMs), lastMs));
  try { return await work(lastMs); } catch (error) { throw isWaiting(messageOf(error)) ? new StillError(messageOf(error), { cause: error }) : error; }
}
