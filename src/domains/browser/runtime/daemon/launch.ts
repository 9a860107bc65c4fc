// Starts the browser itself, so that it comes up while the driver's code is read; the driver then takes over its pipe.
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Browser, ConnectOverCDPTransport } from "playwright-core";
import { withDeadline } from "../../../../base/async.ts";
import type { PipedProcess, Providers } from "../../../../providers/index.ts";

/** A browser that has not come up by then hangs. */
const launchMsMax = 30_000;
/** After a polite word it writes its profile and goes. */
const leaveMsMax = 3_000;

/** Of one switch, joined: Chromium reads the last one only. Off is what asks somebody outside, upgrades an address, or keeps a page from being read. */
const featuresOff = [
  "Translate",
  "MediaRouter",
  "OptimizationHints",
  "AutofillServerCommunication",
  "CertificateTransparencyComponentUpdater",
  "HttpsUpgrades",
  "HttpsFirstBalancedModeAutoEnable",
  "DestroyProfileOnBrowserClose",
  "PaintHolding",
  "ThirdPartyStoragePartitioning",
  "AvoidUnnecessaryBeforeUnloadCheckSync",
  "NetworkTimeServiceQuerying",
  "PreconnectToSearch",
  "LensOverlay",
  "AimEnabled",
  "msForceBrowserSignIn",
];

/** Nothing leaves the machine unasked; names are looked up by the gate alone; a page that nobody sees goes on as one that is seen; video and fonts look the same everywhere. */
const switches = [
  "--headless", "--remote-debugging-pipe", "--no-startup-window", "--hide-scrollbars", "--mute-audio", "--disable-gpu", "--enable-unsafe-swiftshader", "--disable-dev-shm-usage",
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
  "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
  "--disable-quic",
  "--disable-domain-reliability",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-breakpad",
  "--disable-field-trial-config",
  "--metrics-recording-only",
  "--no-first-run",
  "--no-default-browser-check",
  "--disable-default-apps",
  "--disable-extensions",
  "--disable-component-extensions-with-background-pages",
  "--disable-search-engine-choice-screen",
  "--no-service-autorun",
  "--disable-infobars",
  "--password-store=basic",
  "--use-mock-keychain",
  "--disable-background-timer-throttling",
  "--disable-backgrounding-occluded-windows",
  "--disable-renderer-backgrounding",
  "--disable-hang-monitor",
  "--disable-ipc-flooding-protection",
  "--disable-popup-blocking",
  "--disable-prompt-on-repost",
  "--disable-back-forward-cache",
  "--allow-pre-commit-input",
  "--force-color-profile=srgb",
  "--font-render-hinting=none",
  "--blink-settings=primaryHoverType=2,availableHoverTypes=2,primaryPointerType=4,availablePointerTypes=4",
  "--enable-features=CDPScreenshotNewSurface", `--disable-features=${featuresOff.join(",")}`,
];

/** Half a second of pure reading of code: required, which is a tenth quicker than an import, and only where a browser is there. */
export function loadDriver(): typeof import("playwright-core") {
  return createRequire(import.meta.url)("playwright-core") as typeof import("playwright-core"); // what its own types say
}

/** Which the driver ignores the answer of: nobody waits for it. */
const leaveMessage = JSON.stringify({ id: -9999, method: "Browser.close", params: {} });

function transportOf(child: PipedProcess): ConnectOverCDPTransport {
  const transport: ConnectOverCDPTransport = {
    send: (message) => child.send(JSON.stringify(message)),
    close: () => child.send(leaveMessage),
  };
  child.listen((text) => transport.onmessage?.(JSON.parse(text) as object), () => transport.onclose?.()); // the protocol's own form
  return transport;
}

export interface LaunchOptions {
  readonly providers: Pick<Providers, "processes" | "random" | "files">;
  readonly executablePath: string;
  readonly env: Readonly<Record<string, string>>;
  /** Its profile and what it downloads lie below. */
  readonly scratchPath: string;
  readonly isSandboxed: boolean;
}

export interface Launched { readonly browser: Browser; readonly exited: Promise<void>; close(): Promise<void> }

/** Rejects with why it did not come, as an Error. */
export async function launchBrowser({ providers: { processes, random, files }, executablePath, env, scratchPath, isSandboxed }: LaunchOptions): Promise<Launched> {
  const profilePath = join(scratchPath, `profile-${random.id(8)}`);
  const child = processes.startPiped({ command: [executablePath, ...switches, ...(isSandboxed ? [] : ["--no-sandbox"]), `--user-data-dir=${profilePath}`], cwd: "/", env });
  try {
    const { chromium } = loadDriver();
    const browser = await chromium.connectOverCDP(transportOf(child), { artifactsDir: join(profilePath, "artifacts"), timeout: launchMsMax });
    return {
      browser, exited: child.exited,
      close: async () => {
        await withDeadline(browser.close().catch(() => undefined), leaveMsMax, () => undefined); // gone already
        await withDeadline(child.exited, leaveMsMax, () => child.kill());
        await files.remove(profilePath);
      },
    };
  } catch (error) {
    child.kill();
    await child.exited;
    const words = child.lastWords().trim();
    throw words === "" ? error : new Error(words.split("\n").slice(-12).join("\n"), { cause: error });
  }
}
