// Contexts with their gates, and one that waits ready: a worktree that opens a page takes it and says then what may pass.
import type { Browser, BrowserContext, Page } from "playwright-core";
import { withDeadline } from "../../../../base/async.ts";
import type { BrowserPolicy } from "../../types/index.ts";
import { type Gate, type GateOptions, openGate } from "./gate.ts";
import { earlyScript } from "./page-scripts.ts";

/** A browser that does not make a page within this time is about to be found dead. */
const makeMsMax = 10_000;
const closeMsMax = 3_000;

export interface MadeContext {
  readonly context: BrowserContext;
  readonly gate: Gate;
  /** A blank page, where the context was kept ready. */
  readonly page: Page | undefined;
  /** False once the page that was kept ready has gone or crashed. */
  isFine(): boolean;
  /** Nothing passes before. */
  guard(rules: GateOptions): void;
}

/** A browser's own words: places and times are the same on every machine but for the zone. Rejects with what the driver says. */
export async function makeContext(browser: Browser, viewport: BrowserPolicy["viewport"]): Promise<MadeContext> {
  let rules: GateOptions | undefined;
  const gate = await openGate({ isAllowed: async (url) => rules !== undefined && rules.isAllowed(url), onRefused: (url, reason) => rules?.onRefused(url, reason) });
  try {
    const context = await browser.newContext({
      viewport,
      locale: "en-US",
      timezoneId: Intl.DateTimeFormat().resolvedOptions().timeZone,
      proxy: { server: gate.url },
      reducedMotion: "reduce",
      colorScheme: "light",
      deviceScaleFactor: 1,
    });
    await context.addInitScript(earlyScript);
    return { context, gate, page: undefined, isFine: () => true, guard: (given) => { rules = given; } };
  } catch (error) {
    await gate.close();
    throw error;
  }
}

async function drop({ context, gate }: MadeContext): Promise<void> {
  await withDeadline(context.close().catch(() => undefined), closeMsMax, () => undefined); // gone with its browser
  await gate.close();
}

const usual: BrowserPolicy["viewport"] = { width: 1280, height: 800 };

/** With a blank page whose process is up. */
async function makeReady(browser: Browser): Promise<MadeContext> {
  const made = await makeContext(browser, usual);
  try {
    const page = await made.context.newPage();
    void page.locator("html").count().catch(() => undefined); // reads what looks are made with, unless somebody takes the page first
    let hasCrashed = false;
    page.once("crash", () => { hasCrashed = true; });
    return { ...made, page, isFine: () => !hasCrashed && !page.isClosed() };
  } catch (error) {
    await drop(made);
    throw error;
  }
}

/** At most one, of the browser that is up now; about 30 MB. */
export class ReadyContext {
  #ready: { readonly browser: Browser; readonly making: Promise<MadeContext | undefined> } | undefined;

  /** In the background; a failure is told to who wants a page. */
  prepare(browser: Browser): void {
    if (this.#ready?.browser === browser) return;
    void this.#ready?.making.then((made) => made === undefined ? undefined : drop(made)); // of a browser that is gone
    this.#ready = { browser, making: withDeadline(makeReady(browser).catch(() => undefined), makeMsMax, () => undefined) };
  }

  /** The one that is ready or about to be, where it fits; a new one otherwise. */
  async take(browser: Browser, viewport: BrowserPolicy["viewport"]): Promise<MadeContext> {
    const ready = this.#ready;
    const isFit = ready?.browser === browser && viewport.width === usual.width && viewport.height === usual.height;
    if (!isFit) return makeContext(browser, viewport);
    this.#ready = undefined;
    const made = await ready.making;
    if (made?.isFine() === true) return made;
    if (made !== undefined) void drop(made);
    return makeContext(browser, viewport);
  }
}
