// What the commands of the browser do: one request to the daemon each.
import type { OperationContext } from "../../../providers/index.ts";
import { browserSection } from "../config.ts";
import { evidencePath } from "../repo/places.ts";
import { findBrowser, type FoundBrowser } from "./find-browser.ts";
import type { BrowserAnswer, BrowserRequest, BrowserVerb } from "../types/index.ts";
import { askBrowser, startBrowserDaemon } from "./client.ts";
import { findSite, policyOf, readPolicyConfiguration, type Site } from "./site.ts";

async function ask(context: OperationContext, site: Site, part: Pick<BrowserRequest, "stamp" | "verb" | "input" | "policy" | "executable">): Promise<BrowserAnswer | undefined> {
  const { providers: { processes }, statePath, version, signal, callerPath, env, programs: { browserDaemon: program } } = context;
  return askBrowser(
    {
      statePath,
      signal,
      start: () => startBrowserDaemon({ processes, statePath, version, program, env }),
      isAlive: (pid) => processes.startTimeOf(pid) !== undefined,
    },
    { version, rootPath: site.rootPath, key: site.key, callerPath, ...(env["INSPAN_CHROME"] ? { chrome: env["INSPAN_CHROME"] } : {}), ...part },
  );
}

/** Rejects with CONFIG_INVALID and everything that the daemon says. */
export async function runVerb(context: OperationContext, verb: BrowserVerb, input: Readonly<Record<string, unknown>>): Promise<BrowserAnswer> {
  const site = await findSite(context.providers.files, context);
  // The daemon knows it from the call before.
  if (site.stamp === "none" || (site.policy.kind === "commit" && site.stamp !== undefined)) {
    const answer = await ask(context, site, { verb, input, stamp: site.stamp });
    if (answer !== undefined) return answer;
  }
  const read = await readPolicyConfiguration(context, site);
  const config = read.configuration.read(browserSection);
  const stamp = read.stamp ?? site.stamp ?? "none";
  const answer = await ask(context, site, { verb, input, stamp, policy: policyOf(stamp, config), ...(config.executable === undefined ? {} : { executable: config.executable }) });
  if (answer === undefined) throw new Error("BUG: expected an answer from a daemon that was told the policy");
  return answer;
}

/** Closes this worktree's pages and removes what they left below the state folder: for checkouts that are about to go. */
export async function forgetPages(context: OperationContext): Promise<void> {
  const { key } = await findSite(context.providers.files, context);
  await runVerb(context, "close", {});
  await context.providers.files.remove(evidencePath(context.statePath, key));
}

/** For `inspan doctor`. Rejects with BROWSER_MISSING. */
export async function probeBrowser(context: OperationContext): Promise<FoundBrowser> {
  const { providers: { files, processes }, env, statePath } = context;
  // Outside of a repository, or where its file is broken, the machine's own browser is what can be told.
  const configured = await findSite(files, context)
    .then(async (site) => (site.stamp === "none" ? undefined : (await readPolicyConfiguration(context, site)).configuration.read(browserSection).executable))
    .catch(() => undefined);
  return findBrowser({ files, processes, env, statePath, configured });
}
