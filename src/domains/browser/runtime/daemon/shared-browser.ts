// The one browser of the daemon: started when a page is wanted, started anew when it is gone or has served long.
import type { Browser } from "playwright-core";
import { withDeadline } from "../../../../base/async.ts";
import { InspanError } from "../../../../base/errors.ts";
import type { Providers } from "../../../../providers/index.ts";
import { browserEnv } from "../../repo/places.ts";
import { findBrowser, type FoundBrowser } from "../find-browser.ts";
import { launchBrowser, type Launched } from "./launch.ts";

/** Two polite waits and a folder; behind that it is killed by its marker. */
const closeMsMax = 8_000;
/** Contexts that one browser serves; it keeps a little of each. */
const contextsPerBrowser = 200;

/** Which browser is meant, where somebody says so: by the environment, which comes first, or by the configuration. */
export interface WantedBrowser { readonly chrome?: string | undefined; readonly configured?: string | undefined }

export interface SharedBrowserOptions {
  readonly providers: Providers;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly statePath: string;
  /** Every process of the browser carries it: what a crash leaves is found by it. */
  readonly runId: string;
  readonly scratchPath: string;
  /** Called when it is up. */
  onUp(browser: Browser): void;
  /** Called when the browser is gone without having been asked to go. */
  onLost(): void;
}

export class SharedBrowser {
  readonly #options: SharedBrowserOptions;
  #browser: Browser | undefined;
  #launched: Launched | undefined;
  #starting: Promise<Browser> | undefined;
  #found: FoundBrowser | undefined;
  #contextCount = 0;
  #startCount = 0;

  constructor(options: SharedBrowserOptions) { this.#options = options; }

  get found(): FoundBrowser | undefined { return this.#found; }
  get browser(): Browser | undefined { return this.#browser; }
  get isUp(): boolean { return this.#browser !== undefined; }
  get startCount(): number { return this.#startCount; }

  /** Begins before anybody has asked; what goes wrong is told to who asks. */
  warm(): void {
    this.#starting ??= this.#start({ chrome: this.#options.env["INSPAN_CHROME"] }).finally(() => { this.#starting = undefined; });
    this.#starting.catch(() => undefined);
  }

  /** Rejects with BROWSER_MISSING, BROWSER_NOT_STARTED. `openContexts` are those that live: a worn browser is changed when there are none. */
  async get(wanted: WantedBrowser, openContexts: number): Promise<Browser> {
    if (this.#browser !== undefined && openContexts === 0 && this.#contextCount >= contextsPerBrowser) await this.close();
    await this.#starting?.catch(() => undefined); // told below, where it is tried again
    const named = wanted.chrome ?? wanted.configured;
    const isOther = named !== undefined && this.#found?.path !== named;
    if (this.#browser !== undefined && openContexts === 0 && isOther) await this.close();
    if (this.#browser !== undefined) { this.#contextCount += 1; return this.#browser; }
    this.#starting ??= this.#start(wanted).finally(() => { this.#starting = undefined; });
    const browser = await this.#starting;
    this.#contextCount += 1;
    return browser;
  }

  async #start({ chrome, configured }: WantedBrowser): Promise<Browser> {
    const { providers, env, statePath, runId, scratchPath, onUp, onLost } = this.#options;
    const found = await findBrowser({ ...providers, env: { ...env, INSPAN_CHROME: chrome }, statePath, configured });
    await providers.files.makeFolder(scratchPath);
    // Root has no user namespace to put a renderer into; everybody else has.
    const isRoot = process.getuid?.() === 0;
    const startedMs = providers.clock.monotonicMs();
    try {
      const launched = await launchBrowser({
        providers,
        executablePath: found.path,
        scratchPath,
        isSandboxed: !isRoot,
        env: providers.processes.environment({ INSPAN_RUN_ID: runId, TMPDIR: scratchPath, ...browserEnv(statePath, found.path) }),
      });
      const { browser } = launched;
      this.#launched = launched;
      this.#browser = browser;
      this.#found = found;
      this.#contextCount = 0;
      this.#startCount += 1;
      browser.once("disconnected", () => {
        if (this.#browser !== browser) return;
        this.#browser = undefined;
        void launched.close(); // what may be left of it
        onLost();
      });
      onUp(browser);
      providers.log.info("browser.started", { path: found.path, version: found.version, durationMs: Math.round(providers.clock.monotonicMs() - startedMs), isSandboxed: !isRoot });
      return browser;
    } catch (error) {
      const message = error instanceof Error ? error.message.replaceAll(/\u001b\[[0-9;]*m/g, "").split("\n").slice(0, 12).join("\n") : String(error);
      throw new InspanError("BROWSER_NOT_STARTED", `Cannot start the browser "${found.path}" (${found.version}): ${message}`, { remedy: "inspan doctor", cause: error });
    }
  }

  /** Bounded; what does not go is killed by its marker. Idempotent. */
  async close(): Promise<void> {
    await this.#starting?.catch(() => undefined); // told to who asked
    const launched = this.#launched;
    this.#browser = undefined;
    this.#launched = undefined;
    if (launched === undefined) return;
    const isClosed = await withDeadline(launched.close().then(() => true, () => true), closeMsMax, () => false);
    if (!isClosed) await this.#options.providers.processes.endMarked(this.#options.runId, 500);
  }
}
