// `browser open`: a page at an address, looked at when it has come to rest.
import type { Page, Response } from "playwright-core";
import { withDeadline } from "../../../../../base/async.ts";
import { InspanError } from "../../../../../base/errors.ts";
import type { OpenInput } from "../../../types/inputs.ts";
import { explainPageError } from "../page-errors.ts";
import type { WorktreePages } from "../worktree-pages.ts";
import { snapshotReply, takeNews, type VerbReply } from "./reply.ts";

/** A document that has not begun by then is not coming. */
const documentMsMax = 15_000;
/** How long a download is waited for; it goes on behind that, and the console tells how it ended. */
const downloadMsMax = 10_000;
/** What it loads and draws behind that. */
const settleMsMax = 3_000;

/** The address that was meant: whole, or a path below the first of the instance's. Rejects with ADDRESS_MISSING, ORIGIN_REFUSED. */
async function addressOf(pages: WorktreePages, given: string | undefined): Promise<URL> {
  const isWhole = given !== undefined && /^[a-z][a-z0-9+.-]*:/i.test(given) && !/^[\w.-]+:\d+(?:\/|$)/.test(given);
  const text = isWhole ? given : /^[\w.-]+:\d+(?:\/|$)/.test(given ?? "") ? `http://${given}` : undefined;
  const base = text === undefined ? (await pages.options.instanceOrigins({ isFresh: true }))[0] ?? currentOrigin(pages) : undefined;
  if (text === undefined && base === undefined)
    throw new InspanError("INSTANCE_DOWN", `Cannot open "${given ?? "/"}": nothing is up in this worktree, expected its instance or a whole address.`, {
      kind: "usage",
      remedy: "inspan up",
    });
  let url: URL;
  try {
    url = new URL(text ?? given ?? "/", base);
  } catch {
    throw new InspanError("USAGE", `Cannot open "${(given ?? "").slice(0, 200)}": it is no address.`, { kind: "usage", remedy: "inspan browser open /" });
  }
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw new InspanError("ORIGIN_REFUSED", `Cannot open "${url.protocol}…": pages are opened over http and https only.`, {
      kind: "usage",
      remedy: "inspan browser open /",
    });
  if (!(await pages.isAllowed(url))) {
    const reached = [...await pages.options.instanceOrigins({ isFresh: false }), ...pages.policy.origins];
    throw new InspanError(
      "ORIGIN_REFUSED",
      `Cannot open "${url.origin}": this worktree's pages reach ${reached.length === 0 ? "nothing, because no instance is up" : reached.join(", ")}, expected one of these.`,
      { kind: "usage", remedy: reached.length === 0 ? "inspan up" : `add ${url.origin} to browser.origins in inspan.yaml and commit it` },
    );
  }
  return url;
}

function currentOrigin(pages: WorktreePages): string | undefined {
  try { return new URL(pages.pageUrl).origin; } catch { return undefined; } // nothing was open
}

/** An error page of the address before may come only now, and the navigation that it broke off may go on behind it: a few tries end in one page. */
const triesMax = 3;

async function goTo(page: Page, href: string): Promise<Response | null> {
  const options = { waitUntil: "domcontentloaded", timeout: documentMsMax } as const;
  for (let tries = 1; ; tries++) {
    try { return await page.goto(href, options); } catch (error) {
      if (tries >= triesMax || !/interrupted by another navigation to "(?:chrome-error:|https?:)/.test(String(error))) throw error;
      await page.waitForLoadState("domcontentloaded", { timeout: documentMsMax }).catch(() => undefined); // told by the next try
    }
  }
}

/** Loaded and still. The driver's own code comes into the page meanwhile, so that the look behind it does not wait for that. Never rejects. */
async function comeToRest(pages: WorktreePages, page: Page): Promise<void> {
  let isLoaded = false;
  const loaded = withDeadline(page.waitForLoadState("load").catch(() => undefined), settleMsMax, () => undefined).then(() => { isLoaded = true; });
  void page.locator("html").count().catch(() => undefined); // the look tells what is wrong
  await pages.settle(settleMsMax);
  if (isLoaded) return;
  await loaded;
  await pages.settle(settleMsMax);
}

/** The page that a program shows, as it is. */
async function attach(pages: WorktreePages, cdp: string): Promise<VerbReply> {
  const { name } = await pages.attach(cdp);
  const look = await pages.look("attach");
  pages.session.opened(look.url, false); // a program's address is no path of ours
  const { text, file, note } = await snapshotReply(pages, { look, isFull: false });
  return {
    said: [`attached to ${name}; inspan browser close detaches`, note].filter((one) => one !== "").join(". "),
    title: look.title,
    text: [text, ...takeNews(pages)].filter((line) => line !== "").join("\n"),
    file,
    data: { attachedTo: name },
  };
}

export async function open(pages: WorktreePages, input: OpenInput): Promise<VerbReply> {
  if (input.cdp !== undefined && input.url === undefined) return attach(pages, input.cdp);
  if (input.cdp !== undefined) await pages.attach(input.cdp);
  const url = await addressOf(pages, input.url);
  const what = `open "${url.href.slice(0, 200)}"`;
  const page = await pages.ensurePage();
  pages.activity.takeConsole();
  pages.activity.takeNetwork();
  if (pages.events !== undefined) pages.events.isLeaving = true;
  let status: number | undefined;
  try {
    const response = await pages.timed(withDeadline(goTo(page, url.href), documentMsMax + 1_000, () => { throw new Error("Timeout: the page does not answer"); }));
    status = response?.status();
    const led = response === null ? undefined : URL.parse(response.url());
    if (response?.headers()["x-inspan"] !== undefined && led !== null && led !== undefined && led.origin !== url.origin)
      throw new InspanError("ORIGIN_REFUSED", `Cannot ${what}: it leads to ${led.origin}, which this worktree's pages may not reach.`, {
        kind: "usage",
        remedy: `add ${led.origin} to browser.origins in inspan.yaml and commit it`,
      });
  } catch (error) {
    if (/Download is starting/.test(String(error))) {
      await pages.events?.downloaded(downloadMsMax);
      return { said: "that address is a download; the page is as it was", text: takeNews(pages).join("\n") };
    }
    if (!/Timeout/.test(String(error))) throw explainPageError(error, what, pages.state());
    pages.lose(page, "it never loaded");
    throw new InspanError("PAGE_TIMED_OUT", `Cannot ${what}: no document after ${documentMsMax / 1000} s.${pages.state()}`, {
      remedy: "inspan browser network --all",
      cause: error,
    });
  }
  await pages.timed(comeToRest(pages, page));
  const look = await pages.look(what);
  const own = await pages.options.instanceOrigins({ isFresh: false }).catch((): readonly string[] => []);
  pages.session.opened(look.url, own.includes(URL.parse(look.url)?.origin ?? ""));
  const { text, file, note } = await snapshotReply(pages, { look, isFull: false });
  const running = pages.events?.runningCount ?? 0;
  const said = [`opened${status === undefined || status === 200 ? "" : `, status ${status}`}${running === 0 ? "" : `, ${running} requests still run`}`, note]
    .filter((one) => one !== "")
    .join(". ");
  return { said, title: look.title, text: [text, ...takeNews(pages)].filter((line) => line !== "").join("\n"), file, data: { status: status ?? null } };
}
