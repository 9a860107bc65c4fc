// Door of the browser's runtime. Each part loads when it is called: a quick command holds neither schemas nor the driver.
import type { OperationContext } from "../../../providers/index.ts";
import type { BrowserVerb } from "../types/index.ts";

export type { ClientOptions } from "./client.ts";
export { askBrowser, startBrowserDaemon } from "./client.ts";
export { findSite } from "./site.ts";
export { renderAnswer } from "../service/render-answer.ts";
export { browserVerbs } from "../types/wire.ts";
export type { BrowserAnswer, BrowserVerb } from "../types/wire.ts";

export async function runVerb(context: OperationContext, verb: BrowserVerb, input: Readonly<Record<string, unknown>>) {
  return (await import("./commands.ts")).runVerb(context, verb, input);
}
export async function forgetPages(context: OperationContext) { return (await import("./commands.ts")).forgetPages(context); }
export async function installBrowser(context: OperationContext) { return (await import("./install.ts")).installBrowser(context); }
export async function recordWindow(context: OperationContext, input: import("./record-window.ts").WindowInput) {
  return (await import("./record-window.ts")).recordWindow(context, input);
}
export async function probeWindow(context: OperationContext) { return (await import("./record-window.ts")).probeWindow(context.providers.processes); }
export async function probeBrowser(context: OperationContext) { return (await import("./commands.ts")).probeBrowser(context); }

/** The daemon itself; resolves when it has ended. */
export async function runBrowserDaemon(options: import("./daemon/daemon.ts").BrowserDaemonOptions) { return (await import("./daemon/daemon.ts")).runBrowserDaemon(options); }
