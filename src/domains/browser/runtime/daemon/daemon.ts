// The browser daemon of a user: one socket, one browser, one context a worktree. Ends by itself, and leaves nothing.
import { chmod, unlink } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import nodeModule from "node:module";
import { dirname } from "node:path";
import type { Browser } from "playwright-core";
import { InspanError, messageOf } from "../../../../base/errors.ts";
import type { Providers } from "../../../../providers/index.ts";
import { EvidenceFiles } from "../../repo/evidence.ts";
import { browserPlaces, evidencePath } from "../../repo/places.ts";
import { browserVerbs, type BrowserAnswer, type BrowserPolicy, type BrowserReply, type BrowserRequest } from "../../types/index.ts";
import { ReadyContext } from "./contexts.ts";
import { SharedBrowser, type WantedBrowser } from "./shared-browser.ts";
import { WorktreePages } from "./worktree-pages.ts";

/** Without calls for this long nobody looks at pages here. */
const idleMsMax = 10 * 60_000;
/** A context that nobody used for so long gives its memory back; its page is opened anew when asked. */
const contextIdleMsMax = 30 * 60_000;
/** Worktrees with pages at once; each is about 40 MB. The one that rested longest makes room. */
const contextsMax = 16;
const lookMs = 2_000;
/** What a killed daemon's browser gets to end by itself. */
const sweepGraceMs = 300;
/** A request holds what is typed into fields at most. */
const requestCharsMax = 2 * 1024 * 1024;
const connectionsMax = 64;

export interface BrowserDaemonOptions {
  readonly providers: Providers;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly statePath: string;
  readonly version: string;
  readonly signal: AbortSignal;
  /** Origins of the worktree's instance, now; empty where nothing is up. */
  instanceOrigins(rootPath: string): Promise<readonly string[]>;
  readonly idleMs?: number;
}

export type DaemonEnd = "idle" | "stopped" | "other-version" | "already-running" | "socket-gone";

const defaultPolicy: BrowserPolicy = { stamp: "none", origins: [], viewport: { width: 1280, height: 800 }, mask: [] };
/** Asked again only after so long, unless a request was refused. */
const originsMs = 1_000;

class Daemon {
  readonly #options: BrowserDaemonOptions;
  readonly #shared: SharedBrowser;
  readonly #ready = new ReadyContext();
  readonly #worktrees = new Map<string, WorktreePages>();
  readonly #policies = new Map<string, BrowserPolicy>();
  readonly #wanted = new Map<string, WantedBrowser>();
  lastMs: number;
  end: DaemonEnd | undefined;

  constructor(options: BrowserDaemonOptions, runId: string) {
    this.#options = options;
    this.lastMs = options.providers.clock.monotonicMs();
    this.#shared = new SharedBrowser({
      providers: options.providers, env: options.env, statePath: options.statePath, runId, scratchPath: browserPlaces(options.statePath).scratchPath,
      onUp: (browser) => this.#ready.prepare(browser),
      onLost: () => {
        options.providers.log.warn("browser.lost", {});
        for (const pages of this.#worktrees.values()) if (!pages.isAttached) pages.forget("the browser ended unexpectedly");
      },
    });
  }

  warm(): void { this.#shared.warm(); }

  #openCount(): number { return [...this.#worktrees.values()].filter(({ isOpen }) => isOpen).length; }

  /** Cached for a moment: a page asks for dozens of files. Rejects where nobody could be asked: that is not "nothing is up". */
  #origins(rootPath: string): WorktreePages["options"]["instanceOrigins"] {
    let asked: { readonly atMs: number; readonly origins: Promise<readonly string[]> } | undefined;
    const { clock } = this.#options.providers;
    return ({ isFresh }) => {
      const ageMs = asked === undefined ? Number.POSITIVE_INFINITY : clock.monotonicMs() - asked.atMs;
      if (asked === undefined || ageMs > originsMs * 30 || (isFresh && ageMs > originsMs)) asked = { atMs: clock.monotonicMs(), origins: this.#options.instanceOrigins(rootPath) };
      return asked.origins;
    };
  }

  async #makeRoom(): Promise<void> {
    if (this.#openCount() < contextsMax) return;
    const [oldest] = [...this.#worktrees.values()].filter(({ isOpen, isBusy }) => isOpen && !isBusy).sort((left, right) => left.lastUsedMs - right.lastUsedMs);
    await oldest?.close();
  }

  #pagesOf(request: BrowserRequest, policy: BrowserPolicy): WorktreePages {
    const { providers, statePath } = this.#options;
    const known = this.#worktrees.get(request.key);
    // The configuration's is told with the policy alone.
    this.#wanted.set(request.key, { chrome: request.chrome, configured: request.policy === undefined ? this.#wanted.get(request.key)?.configured : request.executable });
    if (known !== undefined) { known.policy = policy; return known; }
    const getBrowser = async (): Promise<Browser> => { await this.#makeRoom(); return this.#shared.get(this.#wanted.get(request.key) ?? {}, this.#openCount()); };
    const pages = new WorktreePages({
      providers,
      key: request.key,
      rootPath: request.rootPath,
      evidence: new EvidenceFiles(providers.files, evidencePath(statePath, request.key)),
      instanceOrigins: this.#origins(request.rootPath),
      getBrowser,
      getContext: async (viewport) => this.#ready.take(await getBrowser(), viewport),
    }, policy);
    this.#worktrees.set(request.key, pages);
    return pages;
  }

  /** The policy of this stamp, or undefined where the caller has to tell it. */
  #policyOf(request: BrowserRequest): BrowserPolicy | undefined {
    if (request.policy !== undefined) this.#policies.set(request.key, request.policy);
    if (request.stamp === defaultPolicy.stamp) return defaultPolicy;
    const known = this.#policies.get(request.key);
    return known?.stamp === request.stamp ? known : undefined;
  }

  #plain(verb: "close" | "status", said: string, data: Readonly<Record<string, unknown>>): BrowserAnswer {
    return { version: 1, verb, url: "", title: "", said, text: "", file: undefined, data, browserMs: 0, totalMs: 0 };
  }

  #status(): BrowserAnswer {
    const worktrees = [...this.#worktrees.values()].map((pages) => ({ worktree: pages.options.rootPath, isOpen: pages.isOpen, isAttached: pages.isAttached, url: pages.pageUrl }));
    const { found, isUp, startCount } = this.#shared;
    return this.#plain("status", isUp ? `${found?.path ?? ""} ${found?.version ?? ""} serves ${this.#openCount()} worktrees` : "no browser runs", {
      browser: found ?? null,
      isUp,
      startCount,
      pid: process.pid,
      worktrees,
    });
  }

  async answer(request: BrowserRequest): Promise<BrowserReply> {
    this.lastMs = this.#options.providers.clock.monotonicMs();
    if (request.version !== this.#options.version) {
      this.end ??= "other-version";
      return { kind: "other-version", version: this.#options.version, pid: process.pid };
    }
    const { verb } = request;
    if (verb === "shutdown" || !browserVerbs.includes(verb))
      return { kind: "error", code: "USAGE", message: "Cannot answer: no such verb.", remedy: "inspan browser --help", isUsage: true };
    if (verb === "status") return { kind: "result", value: this.#status() };
    if (verb === "close") {
      await this.#worktrees.get(request.key)?.close();
      this.#worktrees.delete(request.key);
      return { kind: "result", value: this.#plain("close", "closed", {}) };
    }
    const policy = this.#policyOf(request);
    if (policy === undefined) return { kind: "policy-needed" };
    const { perform } = await import("./perform.ts"); // with the schemas, while the browser comes up
    const value = await perform(this.#pagesOf(request, policy), verb, request);
    setImmediate(() => { const { browser } = this.#shared; if (browser !== undefined) this.#ready.prepare(browser); }); // behind the reply
    return { kind: "result", value };
  }

  /** Contexts of deleted worktrees and of those that nobody uses; with the last the browser goes. */
  async tidy(): Promise<void> {
    const { providers: { files, clock }, statePath } = this.#options;
    for (const [key, pages] of this.#worktrees) {
      const isGone = files.now.facts(pages.options.rootPath) === undefined;
      if (!isGone && (pages.isBusy || clock.monotonicMs() - pages.lastUsedMs < contextIdleMsMax)) continue;
      await pages.close();
      this.#worktrees.delete(key);
      if (isGone) await files.remove(evidencePath(statePath, key));
    }
  }

  isIdle(): boolean {
    return (
      this.#options.providers.clock.monotonicMs() - this.lastMs >= (this.#options.idleMs ?? idleMsMax) &&
      ![...this.#worktrees.values()].some(({ isBusy }) => isBusy)
    );
  }

  async close(): Promise<void> {
    await Promise.all([...this.#worktrees.values()].map((pages) => pages.close()));
    await this.#shared.close();
  }
}

function errorReply(error: unknown): BrowserReply {
  const known = error instanceof InspanError ? error : undefined;
  return { kind: "error", code: known?.code ?? "UNEXPECTED", message: messageOf(error).slice(0, 4_000), remedy: known?.remedy, isUsage: known?.kind === "usage" };
}

/** One line in, one line out, then the connection ends. */
function serve(socket: Socket, answer: (request: BrowserRequest) => Promise<BrowserReply>): void {
  let text = "";
  socket.setEncoding("utf8").on("error", () => socket.destroy()); // a caller that has gone
  socket.on("data", (chunk: string) => {
    text += chunk;
    const end = text.indexOf("\n");
    if (end === -1) { if (text.length > requestCharsMax) socket.destroy(); return; }
    const line = text.slice(0, end);
    text = "";
    const reply = async (): Promise<BrowserReply> => answer(JSON.parse(line) as BrowserRequest); // only our own commands reach a socket of mode 0600
    reply().catch(errorReply).then((value) => socket.end(`${JSON.stringify(value)}\n`), () => socket.destroy());
  });
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => { server.once("error", reject); server.listen(path, () => resolve()); });
}

function isAnswering(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.once("connect", () => { socket.destroy(); resolve(true); });
    socket.once("error", () => resolve(false));
  });
}

/** What a killed daemon left: its browser's processes and profiles. */
async function sweep({ providers: { files, processes }, statePath }: BrowserDaemonOptions): Promise<void> {
  const { recordPath, scratchPath } = browserPlaces(statePath);
  const runId = /"runId":"([\w-]+)"/.exec((await files.readText(recordPath)) ?? "")?.[1];
  if (runId !== undefined) await processes.endMarked(runId, sweepGraceMs);
  await files.remove(scratchPath);
}

/** Resolves when the daemon has ended and its browser with it. */
export async function runBrowserDaemon(options: BrowserDaemonOptions): Promise<DaemonEnd> {
  const { providers, statePath } = options;
  const { socketPath, recordPath, folder } = browserPlaces(statePath);
  await Promise.all([providers.files.makeFolder(dirname(socketPath)), providers.files.makeFolder(folder)]);
  await chmod(folder, 0o700);
  if (await isAnswering(socketPath)) return "already-running";
  await unlink(socketPath).catch(() => undefined); // left by one that was killed, or not there
  const runId = `browser-${providers.random.id(12)}`;
  const daemon = new Daemon(options, runId);
  const isReady = sweep(options).then(async () => {
    await providers.files.writeText(recordPath, JSON.stringify({ pid: process.pid, runId }), { mode: 0o600 });
    daemon.warm(); // it was started because somebody wants a page
  });
  const server = createServer((socket) => serve(socket, async (request) => { await isReady; return daemon.answer(request); }));
  server.maxConnections = connectionsMax;
  try { await listen(server, socketPath); } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EADDRINUSE") return "already-running";
    throw new InspanError("DAEMON_FAILED", `Cannot listen at "${socketPath}": ${messageOf(error)}.`, { cause: error });
  }
  await chmod(socketPath, 0o600);
  const record = await providers.processRecords.register({ kind: "browser-daemon", label: "browser", repositoryPath: undefined, taskId: undefined, url: undefined });
  let end: DaemonEnd = "stopped";
  try { return end = await watch(daemon, options, socketPath); } finally {
    server.close();
    if (end !== "socket-gone") await unlink(socketPath).catch(() => undefined); // otherwise another daemon's may lie there
    await daemon.close();
    await isReady.catch(() => undefined);
    await sweep(options);
    await providers.files.remove(recordPath);
    await record.remove();
  }
}

async function watch(daemon: Daemon, { providers: { clock, files }, signal }: BrowserDaemonOptions, socketPath: string): Promise<DaemonEnd> {
  for (let round = 0; ; round++) {
    // What was compiled for the first page saves the next start a quarter of a second, even where this process is killed.
    if (round === 1) nodeModule.flushCompileCache?.();
    try { await clock.sleep(daemon.end === undefined ? lookMs : 1, signal); } catch { return "stopped"; }
    if (daemon.end !== undefined) return daemon.end;
    if (files.now.facts(socketPath) === undefined) return "socket-gone";
    if (daemon.isIdle()) return "idle";
    await daemon.tidy();
  }
}
