// Actions whose driver's form says too little or waits for nothing: choosing options, giving files to a button, writing what a field does not take.
import type { Locator } from "playwright-core";
import { withDeadline } from "../../../../base/async.ts";
import { InspanError } from "../../../../base/errors.ts";
import { actPatiently, firstMs, isStill, isTimeout, readyMsMax, stillMs } from "./patience.ts";
import type { WorktreePages } from "./worktree-pages.ts";

/** Options that a message names. */
const namedMax = 12;
const nameCharsMax = 60;
const askMsMax = 2_000;

interface Option {
  readonly value: string;
  readonly label: string;
  readonly textContent: string | null;
  readonly disabled: boolean;
  readonly parentElement: { readonly disabled?: boolean } | null;
}
interface Field {
  readonly tagName: string;
  readonly options?: ArrayLike<Option>;
  readonly type?: string;
  readonly value?: string;
  readonly control?: Field | null;
  closest(selector: string): Field | null;
}

/** Undefined where it is no list of options. */
const optionsOf = (element: Field): readonly { readonly names: readonly string[]; readonly isDisabled: boolean }[] | undefined => (element.tagName !== "SELECT" ? undefined
  : Array.from(element.options ?? [], (option) => ({ names: [option.label, option.value, option.textContent ?? ""].map((name) => name.replaceAll(/\s+/g, " ").trim()), isDisabled: option.disabled || option.parentElement?.disabled === true })));

/** Says what keeps the options from being chosen; undefined where nothing about them does. */
async function optionFault(locator: Locator, values: readonly string[]): Promise<string | undefined> {
  const options = await withDeadline(locator.evaluate(optionsOf, undefined, { timeout: askMsMax }).catch(() => undefined), askMsMax, () => undefined);
  if (options === undefined) return undefined;
  const quote = (name: string): string => `"${name.slice(0, nameCharsMax)}"`;
  for (const value of values) {
    const found = options.filter(({ names }) => names.includes(value.replaceAll(/\s+/g, " ").trim()));
    if (found.length > 0 && found.every(({ isDisabled }) => isDisabled)) return `its option ${quote(value)} is disabled`;
    if (found.length > 0) continue;
    const all = options.map(({ names }) => quote(names.find((name) => name !== "") ?? ""));
    return `it has no option ${quote(value)}, expected ${all.length === 0 ? "one that is there: it has none" : `one of ${all.slice(0, namedMax).join(", ")}${all.length > namedMax ? `, … ${all.length} in all` : ""}`}`;
  }
  return undefined;
}

/** Options may still be on their way: they are waited for while something moves. Rejects with OPTION_MISSING. */
export async function choose(pages: WorktreePages, locator: Locator, values: readonly string[], what: string): Promise<void> {
  const work = ({ timeout }: { readonly timeout: number }): Promise<unknown> => locator.selectOption([...values], { timeout });
  if (await optionFault(locator, values) === undefined) { await actPatiently(pages, locator, true, work); return; }
  let cause: unknown;
  for (const timeout of [firstMs, readyMsMax - firstMs]) {
    try { await work({ timeout }); return; } catch (error) { if (!isTimeout(error)) throw error; cause = error; }
    if (await isStill(pages, locator.page(), stillMs)) break;
  }
  const fault = await optionFault(locator, values);
  if (fault === undefined) throw cause;
  throw new InspanError("OPTION_MISSING", `Cannot ${what}: ${fault}.${pages.state()}`, { kind: "usage", remedy: "inspan browser snapshot", cause });
}

const isFileField = (element: Field): boolean => [element, element.control, element.closest("label")?.control].some((one) => one?.type === "file");

/** Into a field for files, or into the dialog that a click on anything else opens. Rejects with ACTION_UNFIT where none opens. */
export async function giveFiles(pages: WorktreePages, locator: Locator, paths: string[], { what, timeout }: { readonly what: string; readonly timeout: number }): Promise<void> {
  if (await withDeadline(locator.evaluate(isFileField, undefined, { timeout }), timeout, () => true)) { await locator.setInputFiles(paths, { timeout }); return; }
  const asked = locator.page().waitForEvent("filechooser", { timeout: 2 * timeout }).catch(() => undefined);
  await actPatiently(pages, locator, false, (attempt) => locator.click(attempt));
  const chooser = await withDeadline(asked, timeout, () => undefined);
  if (chooser === undefined)
    throw new InspanError("ACTION_UNFIT", `Cannot ${what}: it is no field for files, and a click on it opens no dialog for them.${pages.state()}`, {
      kind: "usage",
      remedy: "inspan browser snapshot",
    });
  await chooser.setFiles(paths, { timeout });
}

/** Fields that empty themselves where they do not understand what is written. */
const forms: Readonly<Record<string, string>> = {
  date: "2026-12-31",
  time: "23:59",
  "datetime-local": "2026-12-31T23:59",
  month: "2026-12",
  week: "2026-W52",
  color: "#00aa88",
  number: "42",
  range: "42",
};
const fieldOf = (element: Field): { readonly type: string; readonly value: string } => ({ type: element.type ?? "", value: element.value ?? "" });

/** Rejects with ACTION_UNFIT where the field did not take what was written. */
export async function checkFilled(pages: WorktreePages, locator: Locator, given: string, what: string): Promise<void> {
  if (given === "") return;
  const field = await withDeadline(
    locator.evaluate(fieldOf, undefined, { timeout: askMsMax }).catch(() => undefined),
    askMsMax,
    () => undefined,
  ); // it went: what it set off is shown
  const form = field === undefined ? undefined : forms[field.type];
  if (
    field === undefined ||
    form === undefined ||
    (field.value !== "" && field.type !== "range" && (field.type !== "color" || field.value !== "#000000")) ||
    field.value.toLowerCase() === given.trim().toLowerCase()
  )
    return;
  throw new InspanError(
    "ACTION_UNFIT",
    `Cannot ${what}: a field for ${field.type} does not take "${given.slice(0, nameCharsMax)}" and is ${field.value === "" ? "empty" : `at ${field.value}`} now, expected a form like ${form}.${pages.state()}`,
    { kind: "usage", remedy: "inspan browser snapshot" },
  );
}
