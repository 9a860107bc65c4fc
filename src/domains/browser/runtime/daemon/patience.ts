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

/** The last look, so that the message says what was in the way at the end. */
const lastMs = 300;
/** A page that does not answer within this beyond its own bound is busy: something goes on. */
const answerMsMax = 500;

/** What the driver says while it has not touched the element yet. Behind that nothing is done twice. */
const isWaiting = (message: string): boolean => /Timeout \d+ms exceeded/.test(message) && /waiting for|not (?:visible|enabled|stable|editable)|intercepts pointer|outside of the viewport/.test(message) && !/performing \S+ action|scheduled navigations/.test(message);

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
  for (let timeoutMs = firstMs; ; timeoutMs = Math.min(firstMs, msMax - (clock.monotonicMs() - startedMs))) {
    try { return await work(Math.max(timeoutMs, lastMs)); } catch (error) {
      if (!isWaiting(messageOf(error)) || clock.monotonicMs() - startedMs >= msMax - lastMs) throw error;
    }
    if (!(await isStill(pages, page, stillMs))) continue;
    try { return await work(lastMs); } catch (error) { throw isWaiting(messageOf(error)) ? new StillError(messageOf(error), { cause: error }) : error; }
  }
}
