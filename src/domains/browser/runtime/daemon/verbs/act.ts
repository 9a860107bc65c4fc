// `browser act`: one action on the page; the reply is what it changed.
import { relative, resolve, sep } from "node:path";
import type { Locator, Page } from "playwright-core";
import { InspanError } from "../../../../../base/errors.ts";
import { compareTrees } from "../../../service/compare-trees.ts";
import { headOf } from "../../../service/render-tree.ts";
import { readRoleTarget } from "../../../service/target.ts";
import type { ActInput } from "../../../types/inputs.ts";
import type { PageNode } from "../../../types/index.ts";
import { explainPageError } from "../page-errors.ts";
import { checkFilled, choose, giveFiles } from "../choose.ts";
import { waitForShown } from "../frames.ts";
import { actPatiently, type Attempt, StillError, waitMsMax, waitPatiently } from "../patience.ts";
import { actionMsMax, type WorktreePages } from "../worktree-pages.ts";
import { decorationMs } from "./record.ts";
import { changeCharsMax, snapshotReply, takeNews, type VerbReply } from "./reply.ts";

/** What an action sets off gets this long to come to rest; longer work is waited for with `act wait`. */
const settleMsMax = 1_500;
const navigateMsMax = 15_000;
/** More changes than lines of the page are another page: it is shown, not compared. */
const freshHeadCharsMax = 4_000;

/** Secrets of one recording; a form has a handful. */
const typedMax = 200;

export interface ActSurroundings { readonly callerPath: string }

const whatOf = (input: ActInput): string => `${input.action}${input.target === undefined ? "" : ` ${input.target.slice(0, 100)}`}`;

function wrong(input: ActInput, expected: string): InspanError {
  return new InspanError("USAGE", `Cannot ${input.action}: ${expected}.`, { kind: "usage", remedy: "inspan browser act --help" });
}

/** Files that the worktree holds, links resolved: a page must not be handed a secret of the home folder. Rejects with FILE_REFUSED. */
function uploadPaths(pages: WorktreePages, values: readonly string[], callerPath: string): string[] {
  const { rootPath, providers: { files } } = pages.options;
  return values.map((value) => {
    const path = files.now.realPath(resolve(callerPath, value));
    if (path === undefined || !(path === rootPath || path.startsWith(`${rootPath}${sep}`)) || files.now.facts(path)?.kind !== "file")
      throw new InspanError("FILE_REFUSED", `Cannot upload "${value.slice(0, 200)}": it is no file of this worktree, expected one.`, {
        kind: "usage",
        remedy: "inspan browser act upload <target> <file>",
      });
    return path;
  });
}

async function onElement(pages: WorktreePages, locator: Locator, { input, around }: { readonly input: ActInput; readonly around: ActSurroundings }): Promise<void> {
  const [first] = input.values;
  const whole = { timeout: actionMsMax };
  const what = whatOf(input);
  const once = (work: (attempt: Attempt) => Promise<unknown>): Promise<void> => actPatiently(pages, locator, false, work);
  const set = (work: (attempt: Attempt) => Promise<unknown>): Promise<void> => actPatiently(pages, locator, true, work);
  switch (input.action) {
    case "click": return once((attempt) => locator.click(attempt));
    case "double-click": return once((attempt) => locator.dblclick(attempt));
    case "check": return once((attempt) => locator.check(attempt));
    case "uncheck": return once((attempt) => locator.uncheck(attempt));
    case "hover": return once((attempt) => locator.hover(attempt));
    case "scroll": return locator.scrollIntoViewIfNeeded(whole);
    case "fill": {
      const given = input.values.join(" ");
      await set(({ timeout }) => locator.fill(given, { timeout }));
      return checkFilled(pages, locator, given, what);
    }
    case "type": return locator.pressSequentially(input.values.join(" "), whole);
    case "select": {
      if (first === undefined) throw wrong(input, "no option was named, expected one");
      return choose(pages, locator, input.values, what);
    }
    case "upload": {
      if (first === undefined) throw wrong(input, "no file was named, expected one of this worktree");
      return giveFiles(pages, locator, uploadPaths(pages, input.values, around.callerPath), { what, timeout: actionMsMax });
    }
    case "press": return locator.press(first ?? "Enter", whole);
    case "drag": {
      if (first === undefined) throw wrong(input, "no second element was named, expected where to drag to");
      return locator.dragTo(await pages.locate(first, "drag"), whole);
    }
    default: throw wrong(input, "that is no action on an element");
  }
}

/** Another document, or word that the page stays. */
async function orStay(pages: WorktreePages, going: Promise<unknown>): Promise<void> {
  const { events } = pages;
  if (events === undefined) { await going; return; }
  going.catch(() => undefined); // it is over when the page stays
  const stays = new Promise<never>((_, reject) => { events.onStay = () => reject(new Error("the page stays")); });
  try { await Promise.race([going, stays]); } finally { events.onStay = undefined; }
}

async function onPage(pages: WorktreePages, page: Page, input: ActInput): Promise<void> {
  const options = { timeout: navigateMsMax, waitUntil: "domcontentloaded" } as const;
  switch (input.action) {
    case "back": return orStay(pages, page.goBack(options));
    case "forward": return orStay(pages, page.goForward(options));
    case "reload": return orStay(pages, page.reload(options));
    case "press": return page.keyboard.press(input.target === " " ? "Space" : input.target ?? "Enter");
    case "scroll": return page.mouse.wheel(0, 600);
    case "wait": {
      if (input.target === undefined) { await page.waitForLoadState("networkidle", { timeout: waitMsMax }).catch(() => undefined); return; }
      const role = readRoleTarget(input.target);
      const words = /^(["']).*\1$/s.test(input.target) ? input.target.slice(1, -1) : input.target;
      const isGone = input.values[0] === "gone";
      const wanted = role === undefined ? { words } : { target: role };
      const { clock } = pages.options.providers;
      const startedMs = clock.monotonicMs();
      try { return await waitPatiently(pages, page, (timeout) => waitForShown(page, wanted, { isGone, timeout })); } catch (error) {
        if (!String(error).includes("Timeout")) throw error;
        throw new InspanError(
          "PAGE_TIMED_OUT",
          `Cannot wait for ${input.target.slice(0, 100)}: it ${isGone ? "is still there" : "has not come"} after ${Math.round((clock.monotonicMs() - startedMs) / 1000)} s${error instanceof StillError ? ", and nothing on the page moves any more" : ""}.${pages.state()}`,
          { remedy: "inspan browser snapshot", cause: error },
        );
      }
    }
    case "tab": {
      const tabs = pages.context?.pages() ?? [];
      const chosen = tabs[Number(input.target) - 1];
      if (chosen === undefined) throw wrong(input, `there is no tab "${input.target ?? ""}", expected 1 to ${tabs.length}`);
      pages.use(chosen);
      return;
    }
    default: throw wrong(input, "no element was named, expected a reference (e12) or role and name");
  }
}

const pageActions = new Set(["back", "forward", "reload", "wait", "tab"]);
const isKey = (input: ActInput): boolean =>
  input.action === "press" &&
  (input.target === undefined || (input.values.length === 0 && /^(?:.|[A-Z][A-Za-z0-9]*(?:\+[A-Z][A-Za-z0-9]*)*(?:\+.)?)$/su.test(input.target)));

/** What the action did, in the page's own words; a page that is another one is shown as if it were opened. */
async function describe(
  pages: WorktreePages,
  before: PageNode | undefined,
  { beforeUrl, beforeDocument }: { readonly beforeUrl: string; readonly beforeDocument: number },
): Promise<Pick<VerbReply, "text" | "title" | "file"> & { readonly note: string; readonly changeCount: number }> {
  const look = await pages.look("look at what changed");
  const news = takeNews(pages);
  const change = before === undefined ? undefined : compareTrees(before, look.root);
  // The handles of another document are others, even where it looks the same.
  const isOther = pages.lastDocument !== beforeDocument || new URL(beforeUrl, "about:blank").pathname !== new URL(look.url, "about:blank").pathname;
  const bounded = change === undefined ? undefined : headOf(change.lines, changeCharsMax);
  if (change === undefined || bounded === undefined || isOther || (bounded.leftOut > 0 && change.lines.length > 80)) {
    const { text, file, note } = await snapshotReply(pages, { look, isFull: false, charsMax: freshHeadCharsMax });
    return { text: [text, ...news].join("\n"), title: look.title, file, note, changeCount: change?.changeCount ?? 0 };
  }
  if (change.changeCount === 0) return { text: news.join("\n"), note: "nothing changed on the page", changeCount: 0 };
  const file = bounded.leftOut > 0 ? await pages.options.evidence.writeText("changes", ".txt", `${change.lines.join("\n")}\n`) : undefined;
  return {
    text: [bounded.text, ...(bounded.leftOut > 0 ? [`… ${bounded.leftOut} more lines in the file`] : []), ...news].join("\n"),
    note: "",
    changeCount: change.changeCount,
    ...(file === undefined ? {} : { file }),
  };
}

/** What is typed into a masked field is in no caption of a film and in no later text. True where it was one. */
async function discreetly(pages: WorktreePages, page: Page, locator: Locator, input: ActInput, work: (locator: Locator) => Promise<void>): Promise<boolean> {
  if (input.values.length === 0 || !(await pages.isMasked(locator))) { await work(locator); return false; }
  pages.hidden.add([...input.values, input.values.join(" ")]);
  if (pages.typedSecrets.size < typedMax) pages.typedSecrets.add(input.values.join(" "));
  const isFilmed = pages.stopRecording !== undefined;
  if (isFilmed) await page.screencast.hideActions();
  try {
    await work(locator);
    return true;
  } finally {
    if (isFilmed) await page.screencast.showActions({ duration: decorationMs }).catch(() => undefined);
  } // the page went: its film ends there
}

export async function act(pages: WorktreePages, input: ActInput, around: ActSurroundings): Promise<VerbReply> {
  const page = pages.page();
  const before = pages.lastTree ?? (await pages.look(input.action)).root;
  const [beforeUrl, beforeDocument] = [page.url(), pages.lastDocument];
  const what = whatOf(input);
  if (pages.events !== undefined) pages.events.isAccepting = input.accept;
  pages.lastTree = before;
  const isOnPage = pageActions.has(input.action) || isKey(input) || (input.action === "scroll" && input.target === undefined);
  if (!isOnPage && input.target === undefined) throw wrong(input, "no element was named, expected a reference (e12) or role and name");
  let isMasked = false;
  try {
    isMasked = await pages.timed(
      isOnPage
        ? onPage(pages, page, input).then(() => false)
        : discreetly(pages, page, await pages.locate(input.target ?? "", what), input, (locator) => onElement(pages, locator, { input, around })),
    );
  } catch (error) {
    if (isOnPage && pages.events?.hasStayed === true)
      throw new InspanError("PAGE_STAYS", `Cannot ${what}: the page asks whether it may be left, and was told no.${pages.state()}`, {
        kind: "usage",
        remedy: `inspan browser act ${input.action} --accept`,
        cause: error,
      });
    const explained = explainPageError(error, what, `${error instanceof StillError ? " Nothing on the page moves any more." : ""}${pages.state()}`);
    if (explained.code === "PAGE_TIMED_OUT") await pages.checkAnswers(what);
    throw explained;
  }
  await pages.timed(pages.settle(settleMsMax));
  const { text, title, file, note, changeCount } = await describe(pages, pages.lastTree === undefined ? undefined : before, { beforeUrl, beforeDocument });
  const { rootPath } = pages.options;
  const values = input.action === "upload" ? uploadPaths(pages, input.values, around.callerPath).map((path) => relative(rootPath, path)) : undefined;
  pages.session.acted(input, { before, after: pages.lastTree, isMasked, values });
  const running = pages.events?.runningCount ?? 0;
  return {
    said: [`${input.action} done`, note, running === 0 ? "" : `${running} requests still run`].filter((one) => one !== "").join(", "), text,
    ...(title === undefined ? {} : { title }), ...(file === undefined ? {} : { file }), data: { changes: changeCount },
  };
}
