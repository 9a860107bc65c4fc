// Elements by role and name, and words, wherever on the page they stand: in the document itself, else in its frames.
import type { Frame, FrameLocator, Locator, Page } from "playwright-core";
import { withDeadline } from "../../../../base/async.ts";
import type { RoleTarget } from "../../service/target.ts";

/** Frames of a page that are asked; a page of more is built of advertisements. */
export const framesMax = 20;
/** A frame that is silent for so long holds nothing that could be acted on. */
const frameMsMax = 3_000;

type Scope = Page | Frame | Locator | FrameLocator;

/** A frame is named by what its element says: title, label, name or id. */
const frameSelector = (name: string | undefined): string =>
  name === undefined ? "iframe" : ["title", "aria-label", "name", "id"].map((attribute) => `iframe[${attribute}=${JSON.stringify(name)}]`).join(", ");

/** The part of the page that holds it is always meant whole by its name. */
function inside(scope: Scope, within: RoleTarget | undefined): Scope {
  if (within === undefined) return scope;
  return within.role === "iframe" ? inside(scope, within.within).frameLocator(frameSelector(within.name)) : byRole(scope, within, true);
}

function byRole(scope: Scope, target: RoleTarget, isExact: boolean): Locator {
  const part = inside(scope, target.within);
  if (target.role === "iframe") return part.locator(frameSelector(target.name));
  return part.getByRole(target.role as Parameters<Page["getByRole"]>[0], target.name === undefined ? {} : { name: target.name, exact: isExact }); // parseTarget() knows roles only
}

/** Of the page, without its own document. */
const framesOf = (page: Page): readonly Frame[] => page.frames().filter((frame) => frame !== page.mainFrame()).slice(0, framesMax);

/** The one element of that role and name; otherwise how many there are. What stands in the document itself comes first, and a whole name before a part of one. */
export async function findByRole(page: Page, target: RoleTarget): Promise<{ readonly locator: Locator } | { readonly count: number }> {
  let count = 0;
  for (const isExact of target.name === undefined ? [true] : [true, false]) {
    const own = byRole(page, target, isExact);
    const ownCount = await own.count();
    if (ownCount === 1) return { locator: own };
    if (isExact && ownCount > 1) return { count: ownCount };
    if (ownCount > 1) continue;
    const asked = await Promise.all(framesOf(page).map(async (frame) => {
      const locator = byRole(frame, target, isExact);
      return { locator, count: await withDeadline(locator.count().catch(() => 0), frameMsMax, () => 0) }; // it went, or hangs
    }));
    const total = asked.reduce((sum, one) => sum + one.count, 0);
    const only = asked.find((one) => one.count === 1);
    if (total === 1 && only !== undefined) return { locator: only.locator };
    if (isExact) count = total;
    if (count > 1) break;
  }
  return { count };
}

/** What draws a role without saying so; others say it. */
const tags: Readonly<Record<string, string>> = {
  button: "button, input[type=button], input[type=submit]",
  link: "a[href]",
  cell: "td",
  heading: "h1, h2, h3, h4, h5, h6",
  textbox: "input, textarea",
  checkbox: "input[type=checkbox]",
  radio: "input[type=radio]",
  combobox: "select",
};

/**
 * The same on a page of tens of thousands of elements, by its words or its label: the driver's own search asks each control of the page for its labels, and each of these
 * questions walks through all of it (a table of 10,000 buttons took over a minute).
 */
export async function findInLarge(page: Page, target: RoleTarget): Promise<{ readonly locator: Locator } | { readonly count: number }> {
  const { role, name, within } = target;
  if (name === undefined || within !== undefined) return { count: 0 };
  const kind = `:is(${role in tags ? `${tags[role]}, ` : ""}[role="${role}"])`;
  const locator = page.locator(
    `${kind}:text-is(${JSON.stringify(name)}), ${["aria-label", "value", "placeholder"].map((attribute) => `${kind}[${attribute}=${JSON.stringify(name)}]`).join(", ")}`,
  );
  const count = await locator.count();
  return count === 1 ? { locator } : { count };
}

/** Waits until the words or the element are seen in any frame, or in none of them. Rejects as the document's own wait does. */
export async function waitForShown(
  page: Page,
  wanted: { readonly words: string } | { readonly target: RoleTarget },
  options: { readonly isGone: boolean; readonly timeout: number },
): Promise<void> {
  const { isGone, timeout } = options;
  const waits = [page, ...framesOf(page)].map((scope) => {
    const all = "words" in wanted ? scope.getByText(wanted.words) : byRole(scope, wanted.target, true);
    // One that nobody sees may stand before the one that is meant.
    const wait = all.filter({ visible: true }).first().waitFor({ timeout, state: isGone ? "hidden" : "visible" });
    return scope === page || !isGone ? wait : wait.catch((error: unknown) => { if (/Timeout/.test(String(error))) throw error; }); // a frame that went shows nothing
  });
  if (isGone) { await Promise.all(waits); return; }
  try { await Promise.any(waits); } catch (error) { throw error instanceof AggregateError ? error.errors[0] : error; }
}
