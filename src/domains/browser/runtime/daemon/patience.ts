// How long an action waits for its element: as long as something goes on, and not much longer than that. Nothing is done twice.
import type { Locator, Page } from "playwright-core";
import { withDeadline } from "../../../../base/async.ts";
import { messageOf } from "../../../../base/errors.ts";
import { isReadyElement, stillScript } from "./page-scripts.ts";
import type { WorktreePages } from "./worktree-pages.ts";

/** An element that looks fine is waited for so long: what keeps it then is a slow page or a slow machine. */
export const readyMsMax = 10_000;
/** One that is disabled, unseen or covered, while the page goes on moving. */
const blockedMsMax = 5_000;
/** What is waited for on purpose. */
export const waitMsMax = 10_000;
/** Nobody gives up before. */
export const firstMs = 1_500;
const firstWaitMs = 3_500;
/** So long nothing may have changed, and nothing have been asked for, to give up then. */
export const stillMs = 700;
const stillWaitMs = 1_500;
/** The last look where nothing moves, so that the message says what was in the way at the end. */
const lastMs = 1_500;
/** A page that does not answer within this beyond its own bound is busy: something goes on. */
const answerMsMax = 500;

/** Nothing would come of waiting on; `cause` is what the driver says of the element. */
export class StillError extends Error {}

export const isTimeout = (error: unknown): boolean => /Timeout \d[\d.]*ms exceeded/.test(messageOf(error));
const hasCause = (error: unknown): boolean => /not (?:visible|enabled|stable|editable)|intercepts pointer|outside of the viewport/.test(messageOf(error));

/** True where nothing runs and nothing moves for so long, and no stream is open that could bring something. */
export async function isStill(pages: WorktreePages, page: Page, msMin: number): Promise<boolean> {
  const { events } = pages;
  const before = pages.activity.marks.network;
  if (events === undefined || events.runningCount > 0 || events.streamCount > 0) return false;
  const told = await withDeadline(page.evaluate(stillScript(msMin)).catch(() => false), msMin + answerMsMax, () => false);
  return told === true && pages.activity.marks.network === before && events.runningCount === 0;
}

export interface Attempt { readonly timeout: number; /** Everything but the action itself. */ readonly trial?: boolean }

/** `work` with `trial` does nothing yet; without such a thing (`isRepeatable`) it may be done twice. Rejects with what the driver says, as StillError where nothing moved any more. */
export async function actPatiently(pages: WorktreePages, locator: Locator, isRepeatable: boolean, work: (attempt: Attempt) => Promise<unknown>): Promise<void> {
  const isReady = await withDeadline(locator.evaluate(isReadyElement, undefined, { timeout: firstMs }).catch(() => true), firstMs, () => true); // the action tells what is wrong
  if (isReady) { await work({ timeout: readyMsMax }); return; }
  const attempt = (timeout: number): Promise<unknown> => work(isRepeatable ? { timeout } : { timeout, trial: true });
  const page = locator.page();
  let isBlocked = true;
  try { await attempt(firstMs); if (isRepeatable) return; } catch (error) {
    if (!isTimeout(error)) throw error;
    isBlocked = hasCause(error);
    if (isBlocked && await isStill(pages, page, stillMs)) {
      try { await attempt(lastMs); if (isRepeatable) return; } catch (last) {
        if (!isTimeout(last)) throw last;
        if (hasCause(last)) throw new StillError(messageOf(last), { cause: last });
        isBlocked = false; // the machine is too slow to say what is in the way: the action has the time to
      }
    }
  }
  await work({ timeout: isBlocked ? blockedMsMax : readyMsMax });
}

/** `work` waits for what is to come, at most so long. Rejects like actPatiently(). */
export async function waitPatiently(pages: WorktreePages, page: Page, work: (timeoutMs: number) => Promise<void>): Promise<void> {
  try { return await work(firstWaitMs); } catch (error) { if (!isTimeout(error)) throw error; }
  if (!(await isStill(pages, page, stillWaitMs))) return work(waitMsMax - firstWaitMs);
  try { return await work(lastMs); } catch (error) { throw isTimeout(error) ? new StillError(messageOf(error), { cause: error }) : error; }
}
