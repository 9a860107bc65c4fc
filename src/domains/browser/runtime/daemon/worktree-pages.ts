// The pages of one worktree: an isolated context with its own gate, what it said, and the last look at it. One call at a time.
import type { Browser, BrowserContext, Disposable, Frame, Locator, Page } from "playwright-core";
import { withDeadline } from "../../../../base/async.ts";
import { InspanError } from "../../../../base/errors.ts";
import type { Providers } from "../../../../providers/index.ts";
import type { EvidenceFiles } from "../../repo/evidence.ts";
import { isAllowed } from "../../service/origins.ts";
import { nodesNamed, parseTree, type ParsedTree } from "../../service/parse-tree.ts";
import { nameOfTarget, parseTarget } from "../../service/target.ts";
import type { BrowserPolicy, PageNode } from "../../types/index.ts";
import { type Attached, attachTo, pagesOf } from "./attach.ts";
import { ActivityLog } from "./activity-log.ts";
import { findByRole, findInLarge, framesMax } from "./frames.ts";
import { preparePage, readPage } from "./look.ts";
import { attachEvents, type PageEvents } from "./page-events.ts";
import type { MadeContext } from "./contexts.ts";
import type { Gate } from "./gate.ts";
import { explainPageError, pageGone } from "./page-errors.ts";
import { HiddenValues, isMaskedElement, maskedValuesScript, maskScript } from "./masks.ts";
import { Session } from "./session.ts";
import type { Trace } from "./trace.ts";
import { earlyScriptFor, quietScript } from "./page-scripts.ts";

/** Calls that wait for the one before them; two agents on one worktree have a handful. */
const waitingMax = 16;
/** Whatever a verb does, the caller gets an answer by then. */
export const callMsMax = 45_000;
/** A page that does not answer a look within this time is busy with itself; on a machine with twenty times its load a look took seven seconds. */
const lookMsMax = 12_000;
/** One of tens of thousands of elements, on such a machine. */
const largeLookMsMax = 25_000;
/** A page that was silent for an action gets so long to say one word. */
const answerMsMax = 3_000;
/** One action: the element has to come, stand still and take it. */
export const actionMsMax = 5_000;
const closeMsMax = 3_000;
/** No change in the document for so long counts as settled. */
const quietMs = 50;

export interface Look extends ParsedTree {
  readonly title: string;
  readonly url: string;
  /** Of a page that is too large to be read whole. */ readonly unread:
    { readonly elements: number; /** Parts of its lists. */ readonly left: number } | undefined;
}

export interface WorktreePagesOptions {
  readonly providers: Providers;
  readonly key: string;
  readonly rootPath: string;
  readonly evidence: EvidenceFiles;
  /** Of the worktree's instance, now; asked again where a request is refused. */
  instanceOrigins(options: { readonly isFresh: boolean }): Promise<readonly string[]>;
  getBrowser(): Promise<Browser>;
  /** Its own, with a gate that lets nothing pass yet. */
  getContext(viewport: BrowserPolicy["viewport"]): Promise<MadeContext>;
}

export class WorktreePages {
  readonly options: WorktreePagesOptions;
  readonly activity = new ActivityLog();
  session = new Session();
  /** What masked fields held; no reply and no file tells it. */
  readonly hidden = new HiddenValues();
  /** What was typed into masked fields while a trace runs, of any length. */
  readonly typedSecrets = new Set<string>();
  policy: BrowserPolicy;
  /** What the driver told while a call ran: dialogs, tabs, downloads. */
  events: PageEvents | undefined;
  lastTree: PageNode | undefined;
  /** Which of the documents that the pages have loaded it was; the handles of another are not valid. */
  lastDocument = 0;
  /** Ends a recording that runs; set by the verb `record`. */
  stopRecording: ((reason: "stopped" | "browser-gone" | "page-gone") =>
    Promise<{ readonly folder: string; readonly frames: number; readonly durationMs: number; readonly trace: Trace | undefined }>) | undefined;
  lastUsedMs: number;
  /** Of the page that the browser took along. */
  lastUrl = "";
  browserMs = 0;
  #context: BrowserContext | undefined;
  #gate: Gate | undefined;
  #attached: Attached | undefined;
  #page: Page | undefined;
  #pageState: { readonly kind: "none" | "open" } | { readonly kind: "gone"; readonly why: string } = { kind: "none" };
  #queue: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  /** The selectors that open pages have, and the script that gives them to new ones. */
  #masked = "";
  #maskAdded: Disposable | undefined;
  readonly #maskKey: string;
  /** The last look was at a part of the page. */
  #isLarge = false;

  constructor(options: WorktreePagesOptions, policy: BrowserPolicy) {
    this.options = options;
    this.policy = policy;
    this.lastUsedMs = options.providers.clock.monotonicMs();
    this.#maskKey = options.providers.random.hex(16);
    options.evidence.hide = (text) => this.hidden.hide(text);
  }

  get isOpen(): boolean { return this.#context !== undefined; }
  get pageUrl(): string { return this.#page?.url() ?? this.lastUrl; }
  get context(): BrowserContext | undefined { return this.#context; }
  /** To a program of somebody else: nothing of it is closed. */
  get isAttached(): boolean { return this.#attached !== undefined; }
  get isBusy(): boolean { return this.#waiting > 0; }

  /** One call after the other. Rejects with BROWSER_BUSY, PAGE_TIMED_OUT. */
  run<T>(what: string, work: () => Promise<T>): Promise<T> {
    if (this.#waiting >= waitingMax)
      throw new InspanError("BROWSER_BUSY", `Cannot ${what}: ${this.#waiting} calls wait for this worktree's page already, expected fewer.`, {
        isRetryable: true,
        remedy: `inspan browser ${what}`,
      });
    this.#waiting += 1;
    const next = this.#queue.then(() => {
      this.lastUsedMs = this.options.providers.clock.monotonicMs();
      this.browserMs = 0;
      this.events?.beginCall();
      return withDeadline(this.#remask().then(work), callMsMax, () => {
        throw new InspanError("PAGE_TIMED_OUT", `Cannot ${what}: no end after ${callMsMax / 1000} s.${this.state()}`, { remedy: "inspan browser open" });
      });
    }).catch((error: unknown) => { throw explainPageError(error, what, this.state()); });
    this.#queue = next.then(() => undefined, () => undefined).finally(() => { this.#waiting -= 1; this.lastUsedMs = this.options.providers.clock.monotonicMs(); });
    return next;
  }

  /** Counts as the browser's own time. */
  async timed<T>(work: Promise<T>): Promise<T> {
    const { clock } = this.options.providers;
    const startedMs = clock.monotonicMs();
    try { return await work; } finally { this.browserMs += clock.monotonicMs() - startedMs; }
  }

  /** One sentence about the page, for errors. */
  state(): string {
    const errors = this.activity.console.filter(({ kind }) => kind === "error" || kind === "page-error").length;
    const running = this.events?.runningCount ?? 0;
    if (this.#pageState.kind === "gone") return ` The page is gone: ${this.#pageState.why}.`;
    if (this.#page === undefined) return " No page is open.";
    return ` The page is at ${this.hidden.hide(this.#page.url()).slice(0, 200)}${running === 0 ? "" : `, ${running} requests run`}${errors === 0 ? "" : `, ${errors} errors in the console`}.`;
  }

  /** The page in use. Rejects with PAGE_GONE where there is none. */
  page(): Page {
    if (this.#page !== undefined && this.#pageState.kind === "open") return this.#page;
    throw pageGone(this.lastUrl, this.#pageState.kind === "gone" ? this.#pageState.why : "none is open in this worktree");
  }

  use(page: Page): void {
    this.#page = page;
    this.#pageState = { kind: "open" };
    this.lastTree = undefined;
  }

  /** Called by events: the page in use crashed, was closed, or is not to be trusted any more. */
  lose(page: Page, why: string): void {
    if (this.#page !== page || this.#pageState.kind === "gone") return;
    this.lastUrl = page.url();
    const next = (this.#context?.pages() ?? []).findLast((one) => one !== page && !one.isClosed());
    if (next !== undefined && why === "closed") { this.use(next); return; }
    this.#pageState = { kind: "gone", why };
  }

  /** The page, made where there is none or the last one is gone. */
  async ensurePage(): Promise<Page> {
    if (this.#page !== undefined && this.#pageState.kind === "open" && !this.#page.isClosed()) return this.#page;
    const old = this.#page;
    if (this.#attached !== undefined) {
      const shown = pagesOf(this.#attached.context).at(-1);
      if (shown === undefined) throw pageGone(this.lastUrl, `${this.#attached.name} shows no page any more`);
      this.use(shown);
      return shown;
    }
    const context = await this.#ensureContext();
    const blank = old === undefined ? context.pages()[0] : undefined; // of a context that was kept ready
    const page = blank ?? await this.timed(context.newPage());
    this.use(page);
    if (old !== undefined && !old.isClosed()) void withDeadline(old.close().catch(() => undefined), closeMsMax, () => undefined); // a crashed or hung one
    return page;
  }

  /** The pages of a program that runs take the place of ours, until close(). Rejects with USAGE, PROGRAM_MISSING. */
  async attach(given: string): Promise<{ readonly page: Page; readonly name: string }> {
    const attached = await this.timed(attachTo(given));
    await this.close();
    const { context, name } = attached;
    try {
      this.#attached = attached;
      this.#context = context;
      attached.onGone(() => { if (this.#attached === attached) this.forget(`${name} has ended`); });
      context.setDefaultTimeout(actionMsMax);
      this.events = attachEvents(this, context);
      for (const page of context.pages()) await this.events.onPage(page, context);
      const early = earlyScriptFor({ isOwn: false });
      await context.addInitScript(early);
      await this.#mask(context);
      await Promise.all(pagesOf(context).slice(0, framesMax).map((page) => withDeadline(page.evaluate(early).catch(() => undefined), answerMsMax, () => undefined))); // one that hangs tells no timings
      return { page: await this.ensurePage(), name };
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async #ensureContext(): Promise<BrowserContext> {
    if (this.#context !== undefined) return this.#context;
    const made = await this.timed(this.options.getContext(this.policy.viewport));
    const { context, gate, page } = made;
    try {
      made.guard({
        isAllowed: (url) => this.isAllowed(url).catch(() => false),
        onRefused: (url, reason) => this.activity.say({ kind: "warning", text: `${reason}: ${url.slice(0, 300)}`, source: "policy", atMs: this.options.providers.clock.nowMs() }),
      });
      context.setDefaultTimeout(actionMsMax);
      this.#gate = gate;
      this.#context = context;
      this.events = attachEvents(this, context);
      if (page !== undefined) await this.events.onPage(page, context);
      await this.#mask(context);
      return context;
    } catch (error) {
      await gate.close();
      throw error;
    }
  }

  async #mask(context: BrowserContext): Promise<void> {
    const { mask } = this.policy;
    const script = maskScript({ selectors: mask, key: this.#maskKey });
    const added = await context.addInitScript(script);
    await this.#maskAdded?.dispose().catch(() => undefined); // a context that went took it along
    this.#maskAdded = added;
    this.#masked = JSON.stringify(mask);
    const frames = context.pages().flatMap((page) => page.frames()).filter((frame) => frame.url() !== "about:blank").slice(0, framesMax);
    await Promise.all(frames.map((frame) => withDeadline(frame.evaluate(script).catch(() => undefined), answerMsMax, () => undefined))); // a frame that hangs or went shows nothing new
  }

  /** `browser.mask` may have changed since the page was opened. */
  async #remask(): Promise<void> {
    if (this.#context !== undefined && this.#masked !== JSON.stringify(this.policy.mask)) await this.#mask(this.#context);
  }

  /** What masked elements of all frames hold now; no text tells it from here on. */
  async hideMasked(page: Page): Promise<readonly string[]> {
    const read = (frame: Frame): Promise<unknown> => withDeadline(frame.evaluate(maskedValuesScript).catch(() => []), answerMsMax, () => []);
    const found = await Promise.all(page.frames().slice(0, framesMax).map(read));
    const values = found.flat().filter((value): value is string => typeof value === "string");
    this.hidden.add(values);
    return values;
  }

  /** What came from there is only a beginning. */
  wasCut(url: string): boolean { return this.#gate?.hasCut(url) ?? false; }

  /** Its own instance, or what the configuration names. */
  async isAllowed(url: URL): Promise<boolean> {
    if (isAllowed(this.policy.origins, url) || isAllowed(await this.options.instanceOrigins({ isFresh: false }), url)) return true;
    return isAllowed(await this.options.instanceOrigins({ isFresh: true }), url);
  }

  /** Rejects with TARGET_UNKNOWN, TARGET_AMBIGUOUS, TARGET_STALE where not exactly one element is meant. */
  async locate(text: string, what: string): Promise<Locator> {
    const page = this.page();
    const target = parseTarget(text);
    const find = async (): Promise<Awaited<ReturnType<typeof findByRole>>> => {
      const seen = target.kind === "role" && this.#isLarge && this.lastTree !== undefined ? nodesNamed(this.lastTree, target) : [];
      if (target.kind === "role" && seen.length !== 1) return this.#isLarge ? findInLarge(page, target) : findByRole(page, target);
      const locator = page.locator(`aria-ref=${target.kind === "ref" ? target.ref : seen[0]?.ref ?? ""}`);
      return await locator.count().catch(() => 0) === 1 ? { locator } : { count: 0 };
    };
    const found = await this.timed(withDeadline(find(), lookMsMax, () => this.#hung(what)));
    if ("locator" in found) return found.locator;
    if (target.kind === "ref")
      throw new InspanError(
        "TARGET_STALE",
        `Cannot ${what}: ${target.ref} is not on the page any more, expected a reference of its last snapshot.${this.state()}`,
        { kind: "usage", remedy: "inspan browser snapshot" },
      );
    const { count } = found;
    const known = this.lastTree === undefined ? [] : nodesNamed(this.lastTree, target).slice(0, 5).flatMap(({ ref }) => (ref === undefined ? [] : [ref]));
    const state = count === 0 ? "no element has that role and name" : `${count} elements have that role and name${known.length === 0 ? "" : `, ${known.join(", ")} among them`}`;
    throw new InspanError(
      count === 0 ? "TARGET_UNKNOWN" : "TARGET_AMBIGUOUS",
      `Cannot ${what}: ${state} (${nameOfTarget(target)}), expected one.${this.state()}`,
      { kind: "usage", remedy: "inspan browser snapshot" },
    );
  }

  /** Whether nobody may see what this element holds. A page that does not say so in time is not trusted with it. */
  async isMasked(locator: Locator): Promise<boolean> {
    // An element that has gone is told by the action.
    return await withDeadline(locator.evaluate(isMaskedElement, undefined, { timeout: lookMsMax }).catch((error: unknown) => /Timeout/.test(String(error))), lookMsMax, () => true) === true;
  }

  #hung(what: string): never {
    if (this.#page !== undefined) this.lose(this.#page, "its script does not let it answer");
    throw new InspanError("PAGE_HANGS", `Cannot ${what}: the page does not answer, expected a page whose scripts come to an end.${this.state()}`, { remedy: "inspan browser open" });
  }

  /** After a time-out: whether the page answers at all. Rejects with PAGE_HANGS. */
  async checkAnswers(what: string): Promise<void> {
    const page = this.#page;
    if (page === undefined || page.isClosed() || this.#pageState.kind !== "open") return;
    await withDeadline(page.evaluate("1").then(() => undefined, () => undefined), answerMsMax, () => this.#hung(what));
  }

  /** Waits until what an action started has come to rest, at most `msMax`. Never rejects. */
  async settle(msMax: number): Promise<void> {
    const { clock } = this.options.providers;
    const untilMs = clock.monotonicMs() + msMax;
    for (let left = msMax; left > 0; left = untilMs - clock.monotonicMs()) {
      const page = this.#page;
      if (page === undefined || page.isClosed() || this.#pageState.kind !== "open") return;
      await this.events?.idle(left);
      const isStill = await withDeadline(page.evaluate(quietScript(quietMs, Math.min(400, left))).then(() => true, () => false), Math.max(quietMs, Math.min(left, 1_000)), () => true);
      if (isStill && (this.events?.runningCount ?? 0) === 0) return;
      if (!isStill) await withDeadline(page.waitForLoadState("domcontentloaded").catch(() => undefined), Math.max(1, untilMs - clock.monotonicMs()), () => undefined); // it went elsewhere
    }
  }

  /** A fresh look; it becomes the one that the next is compared with. Rejects with PAGE_HANGS. */
  async look(what: string): Promise<Look> {
    const page = this.page();
    // The bounds come before the driver's, because they know what silence means.
    const prepared = await this.timed(withDeadline(preparePage(page), lookMsMax, () => this.#hung(what)));
    const [msMax, unread] = prepared.left > 0 ? [largeLookMsMax, { elements: prepared.elements, left: prepared.left }] : [lookMsMax, undefined];
    const read = async () => Promise.all([
      readPage(page, prepared, 2 * msMax), this.hideMasked(page), page.title().catch(() => ""),
    ]);
    const [raw, masked, title] = await this.timed(withDeadline(read(), msMax, () => this.#hung(what)));
    const parsed = parseTree(raw, masked);
    this.lastTree = parsed.root;
    this.#isLarge = unread !== undefined;
    this.lastDocument = this.events?.documentCount ?? 0;
    return { ...parsed, unread, title, url: page.url() };
  }

  /** The browser is gone, with all of this. */
  forget(why: string): void {
    this.lastUrl = this.pageUrl;
    void this.stopRecording?.("browser-gone").catch(() => undefined);
    void this.#gate?.close();
    this.#gate = undefined;
    this.#attached = undefined;
    this.#context = undefined;
    this.#maskAdded = undefined;
    this.#page = undefined;
    this.#pageState = { kind: "gone", why };
    this.lastTree = undefined;
    this.session = new Session();
  }

  /** Bounded and idempotent. */
  async close(): Promise<void> {
    await this.stopRecording?.("page-gone").catch(() => undefined);
    const [context, attached] = [this.#context, this.#attached];
    this.forget("closed");
    if (attached !== undefined) await attached.detach();
    else if (context !== undefined) await withDeadline(context.close().catch(() => undefined), closeMsMax, () => undefined);
  }
}
