// What was done on a worktree's page since its context was made: kept by role and name, so that it can become a journey.
import type { PageNode, SessionStep } from "../../types/index.ts";
import type { ActInput } from "../../types/inputs.ts";
import { nameElement, newSayings, secretNameOf } from "../../service/journey-text.ts";

/** A journey with more steps is several. */
const stepsMax = 100;

const kept = new Set(["click", "double-click", "fill", "type", "select", "check", "uncheck", "press", "hover", "drag", "upload", "scroll", "back", "forward", "reload"]);

export class Session {
  readonly #steps: SessionStep[] = [];
  /** What could not be told by role and name, one line each. */
  readonly #gaps: string[] = [];
  #from = 0;

  /** From here on counts; what was opened stays the beginning. */
  begin(): void { this.#from = this.#steps.length; }

  /** Of the own instance, whose port differs from worktree to worktree, the path alone. */
  opened(url: string, isOwn: boolean): void { this.#add({ action: "open", target: undefined, value: isOwn ? pathOf(url) : url, secretName: undefined, sees: [] }); }

  #add(step: SessionStep): void {
    if (this.#steps.length < stepsMax * 2) this.#steps.push(step);
  }

  acted(
    input: ActInput,
    around: {
      readonly before: PageNode;
      readonly after: PageNode | undefined;
      readonly isMasked: boolean;
      /** In place of those of the input: files relative to the worktree. */ readonly values?: readonly string[] | undefined;
    },
  ): void {
    if (input.action === "tab") this.#gaps.push("another tab was looked at: a journey stays on one page");
    if (!kept.has(input.action)) return;
    if (input.accept) this.#gaps.push(`${input.action} ${input.target ?? ""}: a dialog was to be accepted; a journey dismisses it`);
    const given = around.values ?? input.values;
    if (given.length > 1 && (input.action === "select" || input.action === "upload")) {
      this.#gaps.push(`${input.action} ${input.target ?? ""}: a journey gives one value, not ${given.length}`);
      return;
    }
    const isRef = /^(?:f\d{1,6})?e\d{1,9}$/.test(input.target ?? "");
    const target = isRef ? nameElement(around.before, input.target ?? "") : input.target;
    const drop = input.action === "drag" && /^(?:f\d{1,6})?e\d{1,9}$/.test(input.values[0] ?? "") ? nameElement(around.before, input.values[0] ?? "") : undefined;
    if (isRef && target === undefined) { this.#gaps.push(`${input.action} ${input.target ?? ""}: no role and name point at it alone`); return; }
    const secretName = around.isMasked && target !== undefined ? secretNameOf(target) : undefined;
    const isWritten = input.action === "fill" || input.action === "type"; // with nothing it empties the field
    const value = given.length === 0 && !isWritten ? undefined : secretName === undefined ? drop ?? given.join(" ") : `\${${secretName}}`;
    if (value?.includes("\n") === true) { this.#gaps.push(`${input.action} ${target ?? ""}: a journey's values are one line each`); return; }
    this.#add({ action: input.action, target, value, secretName, sees: around.after === undefined ? [] : newSayings(around.before, around.after) });
  }

  /** With the last page that was opened before it as its beginning. */
  read(): { readonly entry: string; readonly steps: readonly SessionStep[]; readonly gaps: readonly string[] } {
    const opened = this.#steps.slice(0, this.#from).findLast(({ action }) => action === "open");
    const steps = [...(this.#from > 0 && opened !== undefined && this.#steps[this.#from]?.action !== "open" ? [opened] : []), ...this.#steps.slice(this.#from)].slice(0, stepsMax);
    return { entry: steps.find(({ action }) => action === "open")?.value ?? "/", steps, gaps: [...this.#gaps] };
  }
}

function pathOf(url: string): string {
  const parsed = URL.parse(url);
  return parsed === null ? "/" : `${parsed.pathname}${parsed.search}${parsed.hash}`;
}
