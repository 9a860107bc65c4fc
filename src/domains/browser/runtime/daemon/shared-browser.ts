// The one browser of the daemon: started when a page is wanted, started anew when it is gone or has served long.
import { createRequire } from "node:module";
import type { Browser } from "playwright-core";
import { withDeadline } from "../../../../base/async.ts";
import { InspanError } from "../../../../base/errors.ts";
import type { Providers } from "../../../../providers/index.ts";
import { browserEnv } from "../../repo/places.ts";
import { findBrowser, type FoundBrowser } from "../find-browser.ts";

/** A browser that has not come up by then hangs. */
const launchMsMax = 30_000;
const closeMsMax = 5_000;
/** Contexts that one browser serves; it keeps a little of each. */
const contextsPerBrowser = 200;

/** Nothing leaves the machine unasked; names are looked up by the gate alone; video and fonts look the same everywhere. */
const browserArgs = [
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--force-webrtc-ip-handling-policy=disable_non_proxied_udp", "--disable-quic", "--no-first-run", "--no-default-browser-check",
  "--disable-gpu", "--font-render-hinting=none", "--disable-domain-reliability", "--disable-features=Translate,MediaRouter,OptimizationHints,AutofillServerCommunication,CertificateTransparencyComponentUpdater",
];

/** Half a second of pure reading of code: required, which is a tenth quicker than an import, and only where a browser is there. */
function loadDriver(): typeof import("playwright-core") {
  return createRequire(import.meta.url)("playwright-core") as typeof import("playwright-core"); // what its own types say
}

export interface SharedBrowserOptions {
  readonly providers: Providers;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly statePath: string;
  /** Every process of the browser carries it: what a crash leaves is found by it. */
  readonly runId: string;
  readonly scratchPath: string;
  /** Called when the browser is gone without having been asked to go. */
  onLost(): void;
}

export class SharedBrowser {
  readonly #options: SharedBrowserOptions;
  #browser: Browser | undefined;
  #starting: Promise<Browser> | undefined;
  #found: FoundBrowser | undefined;
  #contextCount = 0;
  #startCount = 0;

  constructor(options: SharedBrowserOptions) { this.#options = options; }

  get found(): FoundBrowser | undefined { return this.#found; }
  get isUp(): boolean { return this.#browser !== undefined; }
  get startCount(): number { return this.#startCount; }

  /** Begins before anybody has asked; what goes wrong is told to who asks. */
  warm(): void {
    this.#starting ??= this.#start(undefined).finally(() => { this.#starting = undefined; });
    this.#starting.catch(() => undefined);
  }

  /** Rejects with BROWSER_MISSING, BROWSER_NOT_STARTED. `openContexts` are those that live: a worn browser is changed when there are none. */
  async get(configured: string | undefined, openContexts: number): Promise<Browser> {
    if (this.#browser !== undefined && openContexts === 0 && this.#contextCount >= contextsPerBrowser) await this.close();
    await this.#starting?.catch(() => undefined); // told below, where it is tried again
    const isOther = configured !== undefined && this.#found?.path !== configured;
    if (this.#browser !== undefined && openContexts === 0 && isOther) await this.close();
    if (this.#browser !== undefined) { this.#contextCount += 1; return this.#browser; }
    this.#starting ??= this.#start(configured).finally(() => { this.#starting = undefined; });
    const browser = await this.#starting;
    this.#contextCount += 1;
    return browser;
  }

  async #start(configured: string | undefined): Promise<Browser> {
    const { providers, env, statePath, runId, scratchPath, onLost } = this.#options;
    const found = await findBrowser({ ...providers, env, statePath, configured });
    const { chromium } = loadDriver();
    await providers.files.makeFolder(scratchPath);
    // Root has no user namespace to put a renderer into; everybody else has.
    const isRoot = process.getuid?.() === 0;
    const startedMs = providers.clock.monotonicMs();
    try {
      const browser = await chromium.launch({
        executablePath: found.path, headless: true, chromiumSandbox: !isRoot, args: browserArgs, timeout: launchMsMax, handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false,
        env: providers.processes.environment({ INSPAN_RUN_ID: runId, TMPDIR: scratchPath, ...browserEnv(statePath, found.path) }),
      });
      this.#browser = browser;
      this.#found = found;
      this.#contextCount = 0;
      this.#startCount += 1;
      browser.once("disconnected", () => {
        if (this.#browser !== browser) return;
        this.#browser = undefined;
        onLost();
      });
      providers.log.info("browser.started", { path: found.path, version: found.version, durationMs: Math.round(providers.clock.monotonicMs() - startedMs), isSandboxed: !isRoot });
      return browser;
    } catch (error) {
      const message = error instanceof Error ? error.message.replaceAll(/\u001b\[[0-9;]*m/g, "").split("\n").slice(0, 12).join("\n") : String(error);
      throw new InspanError("BROWSER_NOT_STARTED", `Cannot start the browser "${found.path}" (${found.version}): ${message}`, { remedy: "inspan doctor", cause: error });
    }
  }

  /** Bounded; what does not go is killed by its marker. Idempotent. */
  async close(): Promise<void> {
    const browser = this.#browser ?? await this.#starting?.catch(() => undefined);
    this.#browser = undefined;
    if (browser === undefined) return;
    const isClosed = await withDeadline(browser.close().then(() => true, () => true), closeMsMax, () => false);
    if (!isClosed) await this.#options.providers.processes.endMarked(this.#options.runId, 500);
  }
}
