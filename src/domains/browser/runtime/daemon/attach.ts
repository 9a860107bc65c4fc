// A program of somebody else (Electron, a Chromium with its debugging port open): we attach to its pages, act on them, and detach. It is never ended by us.
import type { Browser, BrowserContext, Page } from "playwright-core";
import { withDeadline } from "../../../../base/async.ts";
import { InspanError, messageOf } from "../../../../base/errors.ts";
import { asRecord, parseJson } from "../../../../base/json.ts";
import { loopbackPort } from "../../service/origins.ts";
import { loadDriver } from "./launch.ts";

/** It is on this machine: what has not answered by then is not what was meant. */
const askMsMax = 3_000;
const attachMsMax = 10_000;
const detachMsMax = 3_000;
/** Of an answer that holds six short lines. */
const answerCharsMax = 20_000;

export interface Attached {
  readonly context: BrowserContext;
  /** As the program calls itself, for example Electron/38.1.0. */
  readonly name: string;
  readonly endpoint: string;
  /** Called once when the program has gone, or was detached from. */
  onGone(gone: () => void): void;
  /** Bounded and idempotent; the program goes on. */
  detach(): Promise<void>;
}

const notThere = (given: string, why: string, cause?: unknown): InspanError =>
  new InspanError("PROGRAM_MISSING", `Cannot attach to "${given.slice(0, 100)}": ${why}, expected a program that was started with --remote-debugging-port.`, {
    remedy: "electron . --remote-debugging-port=9222",
    ...(cause === undefined ? {} : { cause }),
  });

/** Where its browser's socket is. The program's own answer names it, but only its path is taken: the rest must stay loopback. */
async function askProgram(given: string, base: string): Promise<{ readonly socketUrl: string; readonly name: string }> {
  let text: string;
  try {
    const answer = await fetch(`${base}/json/version`, { redirect: "error", signal: AbortSignal.timeout(askMsMax) });
    text = answer.ok ? (await answer.text()).slice(0, answerCharsMax) : "";
  } catch (error) { throw notThere(given, error instanceof Error && error.name === "TimeoutError" ? `it has not answered within ${askMsMax / 1000} s` : "nothing answers there", error); }
  const facts = asRecord(parseJson(text));
  const path = /^ws:\/\/[^/]*(\/devtools\/browser[\w/-]*)$/.exec(String(facts?.["webSocketDebuggerUrl"] ?? ""))?.[1];
  if (path === undefined) throw notThere(given, "what answers there is no program with a debugging port");
  const agent = /\b(Electron\/[\w.-]+)/.exec(String(facts?.["User-Agent"] ?? ""))?.[1];
  return { socketUrl: `${base.replace("http:", "ws:")}${path}`, name: (agent ?? String(facts?.["Browser"] ?? "a program")).slice(0, 80) };
}

/** Pages of a program that are not its own tools. */
export function pagesOf(context: BrowserContext): readonly Page[] {
  return context.pages().filter((page) => !page.isClosed() && !/^(?:devtools|chrome-extension):/.test(page.url()));
}

/** `given` is a port or an address of loopback. Rejects with USAGE, PROGRAM_MISSING. */
export async function attachTo(given: string): Promise<Attached> {
  const base = loopbackPort(given);
  if (base === undefined)
    throw new InspanError(
      "USAGE",
      `Cannot attach to "${given.slice(0, 100)}": it is no port of this machine, expected for example 9222 or http://127.0.0.1:9222.`,
      { kind: "usage", remedy: "inspan browser open --cdp 9222" },
    );
  const { socketUrl, name } = await askProgram(given, base);
  let browser: Browser;
  // Its own settings of downloads, colours and focus stay.
  try {
    browser = await loadDriver().chromium.connectOverCDP(socketUrl, { timeout: attachMsMax, isLocal: true, noDefaults: true });
  } catch (error) {
    throw notThere(given, `it let nobody attach (${messageOf(error).split("\n")[0] ?? ""})`, error);
  }
  const detach = async (): Promise<void> => { await withDeadline(browser.close().catch(() => undefined), detachMsMax, () => undefined); }; // of a connection: it ends that alone
  const [context] = browser.contexts();
  if (context === undefined || pagesOf(context).length === 0) {
    await detach();
    throw notThere(given, `${name} shows no page`);
  }
  return { context, name, endpoint: base, onGone: (gone) => { browser.once("disconnected", gone); }, detach };
}
