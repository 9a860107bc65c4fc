// What the driver tells of a worktree's context, put into its activity: console, network, dialogs, tabs, downloads, crashes.
import type { BrowserContext, Dialog, Download, Page, Request, WebSocket } from "playwright-core";
import { extname } from "node:path";
import { withDeadline } from "../../../../base/async.ts";
import type { ConsoleLine } from "../../types/index.ts";
import type { WorktreePages } from "./worktree-pages.ts";

/** Pages of a worktree at once; a page that opens more gets none of them. */
const tabsMax = 8;
/** Dialogs of a page within one call; a page that opens more never stops. */
const dialogsMax = 20;
/** A download that takes longer is given up. */
const downloadMsMax = 30_000;
/** Requests whose answers can still be looked at. */
const keptRequestsMax = 300;

/** What an action waits for; streams and pictures may go on. */
const awaited = new Set(["document", "fetch", "xhr", "script", "stylesheet"]);
const kinds: Readonly<Record<string, ConsoleLine["kind"]>> = { error: "error", warning: "warning", info: "info", debug: "debug", assert: "error" };

export class PageEvents {
  readonly #pages: WorktreePages;
  readonly #running = new Set<Request>();
  readonly #streams = new Set<Request | WebSocket>();
  readonly #seqs = new WeakMap<Request, number>();
  readonly #kept = new Map<number, Request>();
  #waiters: (() => void)[] = [];
  #dialogCount = 0;
  readonly #downloads = new Set<Promise<void>>();
  /** Tabs that pages opened in the call that runs. */
  #opened: Page[] = [];
  #isFlooded = false;
  /** What to do with the dialogs of the call that runs. */
  isAccepting = false;
  /** The page is to be left, whatever it asks: somebody opens another. */
  isLeaving = false;
  /** The page asked whether it may be left, and was told no. */
  hasStayed = false;
  /** Called when it does: what waits for another document waits no more. */
  onStay: (() => void) | undefined;
  /** Documents that the pages have loaded. */
  documentCount = 0;

  constructor(pages: WorktreePages) { this.#pages = pages; }

  get runningCount(): number { return this.#running.size; }

  /** Streams and sockets that are open: what comes over them nobody has asked for just now. */
  get streamCount(): number { return this.#streams.size; }

  request(seq: number): Request | undefined { return this.#kept.get(seq); }

  beginCall(): void {
    this.#dialogCount = 0;
    this.#opened = [];
    this.#isFlooded = false;
    this.isAccepting = false;
    this.isLeaving = false;
    this.hasStayed = false;
    this.onStay = undefined;
    this.#running.clear(); // what an earlier action left running is not this one's
  }

  /** Resolves when nothing awaited runs, or after `msMax`. */
  idle(msMax: number): Promise<void> {
    if (this.#running.size === 0) return Promise.resolve();
    return withDeadline(new Promise<void>((resolve) => { this.#waiters.push(resolve); }), msMax, () => undefined);
  }

  /** Resolves when no download runs, or after `msMax`. */
  downloaded(msMax: number): Promise<void> {
    return withDeadline(Promise.all(this.#downloads).then(() => undefined), msMax, () => undefined);
  }

  say(kind: ConsoleLine["kind"], text: string, source = ""): void {
    this.#pages.activity.say({ kind, text, source, atMs: this.#pages.options.providers.clock.nowMs() });
  }

  onRequest(request: Request): void {
    const { activity, options } = this.#pages;
    const seq = activity.begin({ method: request.method(), url: request.url(), type: request.resourceType(), startedAtMs: options.providers.clock.nowMs() });
    this.#seqs.set(request, seq);
    this.#kept.set(seq, request);
    if (this.#kept.size > keptRequestsMax) this.#kept.delete(seq - keptRequestsMax);
    if (awaited.has(request.resourceType())) this.#running.add(request);
    if (request.isNavigationRequest()) this.#streams.clear(); // those of the document before go with it
    if (request.resourceType() === "eventsource") this.#streams.add(request);
  }

  onEnd(request: Request, failure: string | undefined): void {
    const seq = this.#seqs.get(request);
    const timing = request.timing();
    this.#streams.delete(request);
    if (seq !== undefined) this.#pages.activity.change(seq, { durationMs: timing.responseEnd >= 0 ? timing.responseEnd : undefined, failure });
    if (!this.#running.delete(request) || this.#running.size > 0) return;
    for (const done of this.#waiters.splice(0)) done();
  }

  onResponse(request: Request, status: number, headers: Readonly<Record<string, string>>): void {
    const seq = this.#seqs.get(request);
    const length = Number(headers["content-length"]);
    if (seq !== undefined)
      this.#pages.activity.change(seq, {
        status,
        ...(Number.isFinite(length) && headers["content-length"] !== undefined ? { sizeBytes: length } : {}),
        ...(headers["x-inspan"] === undefined ? {} : { failure: headers["x-inspan"] }),
      });
  }

  async onDialog(dialog: Dialog): Promise<void> {
    this.#dialogCount += 1;
    const page = dialog.page();
    if (this.#dialogCount > dialogsMax && page !== null && !this.#pages.isAttached) {
      this.say("dialog", `more than ${dialogsMax} dialogs, the page is closed`);
      this.#pages.lose(page, `it opened more than ${dialogsMax} dialogs`);
      await withDeadline(page.close().catch(() => undefined), 2_000, () => undefined);
      return;
    }
    const isLeave = dialog.type() === "beforeunload";
    const isAccepted = this.isAccepting || (isLeave && this.isLeaving);
    this.say("dialog", `${dialog.type()} "${dialog.message()}" ${isAccepted ? "accepted" : isLeave ? "dismissed: the page stays (--accept leaves it)" : "dismissed"}`);
    // A person who agrees to a question takes the answer that stands in it.
    await (isAccepted ? dialog.accept(dialog.type() === "prompt" ? dialog.defaultValue() : undefined) : dialog.dismiss()).catch(() => undefined); // the page went first
    if (!isLeave || isAccepted) return;
    this.hasStayed = true;
    this.onStay?.();
  }

  async onPage(page: Page, context: BrowserContext): Promise<void> {
    const opener = await page.opener().catch(() => null);
    if (opener !== null) this.#opened.push(page);
    if (!this.#pages.isAttached && (context.pages().length > tabsMax || (this.#isFlooded && opener !== null))) {
      if (!this.#isFlooded) this.say("tab", `the page opened more than ${tabsMax} tabs; all that it opened now are closed`);
      this.#isFlooded = true;
      if (opener !== null && !opener.isClosed()) this.#pages.use(opener);
      await Promise.all(this.#opened.splice(0).map((one) => one.close().catch(() => undefined))); // some went by themselves
      return;
    }
    page.on("domcontentloaded", () => { this.documentCount += 1; });
    page.on("websocket", (socket) => { this.#streams.add(socket); socket.on("close", () => this.#streams.delete(socket)); });
    page.on("crash", () => { this.say("crash", `the page's process crashed (${page.url()})`); this.#pages.lose(page, "its process crashed"); });
    page.on("close", () => this.#pages.lose(page, "closed"));
    page.on("download", (download) => {
      const saving = this.#onDownload(download).catch(() => undefined).finally(() => this.#downloads.delete(saving)); // told in the console
      this.#downloads.add(saving);
    });
    if (opener === null || page.isClosed()) return; // one of ours
    this.say("tab", `a tab opened: ${page.url()}`);
    if (this.#opened[0] === page) this.#pages.use(page); // the first is what was asked for
  }

  async #onDownload(download: Download): Promise<void> {
    const { evidence } = this.#pages.options;
    const name = download.suggestedFilename();
    const path = await evidence.next("download", extname(name).replaceAll(/[^.\w]/g, "").slice(0, 12));
    this.say("download", `${name} from ${download.url().slice(0, 300)}`);
    const hasCome = await withDeadline(
      download.saveAs(path).then(
        () => true,
        () => false,
      ),
      downloadMsMax,
      async () => {
        await download.cancel().catch(() => undefined);
        return false;
      },
    );
    // Where nobody said how long it is, the browser takes a connection that breaks off for its end.
    const isSaved = hasCome && !this.#pages.wasCut(download.url());
    if (hasCome && !isSaved) await this.#pages.options.providers.files.remove(path);
    this.say("download", isSaved ? `${name} is in ${path}` : `${name} did not come: it is too large, too slow, or the page stopped it`);
  }
}

export function attachEvents(pages: WorktreePages, context: BrowserContext): PageEvents {
  const events = new PageEvents(pages);
  context.on("console", (message) => {
    const { url, lineNumber } = message.location();
    // A frame without scripts says so for each of the driver's and of ours, too.
    const isSandboxed = message.type() === "error" && message.text().startsWith("Blocked script execution in ");
    events.say(isSandboxed ? "warning" : kinds[message.type()] ?? "log", message.text(), url === "" ? "" : `${url}:${lineNumber + 1}`);
  });
  context.on("weberror", (error) => {
    const thrown: unknown = error.error();
    events.say(
      "page-error",
      thrown instanceof Error ? (thrown.stack || thrown.message || `${thrown.name} without a message`).split("\n").slice(0, 3).join(" ") : String(thrown),
    );
  });
  context.on("dialog", (dialog) => { void events.onDialog(dialog); });
  context.on("page", (page) => { void events.onPage(page, context); });
  context.on("request", (request) => events.onRequest(request));
  context.on("response", (response) => events.onResponse(response.request(), response.status(), response.headers()));
  context.on("requestfinished", (request) => events.onEnd(request, undefined));
  context.on("requestfailed", (request) => events.onEnd(request, request.failure()?.errorText ?? "failed"));
  return events;
}
