// Answers the hooks of one turn: refuses edits of paths that are not to be touched, and shows findings right after edits. Knows no transport.
import { z } from "zod";
import { boundText } from "../../../../base/text.ts";
import { hookContext, hookContextCharsMax, hookRefusal } from "../../service/codex/hook-program.ts";
import { containPath } from "../../service/paths.ts";
import { parsePatch } from "../../service/patch-parse.ts";
import type { AgentEvent, EditGuard } from "../../types.ts";
import type { ChangeWatch } from "./changes.ts";

const HookQuestion = z.looseObject({ hook_event_name: z.string(), tool_name: z.string(), tool_input: z.unknown() });
const PatchInput = z.looseObject({ command: z.string() });

export interface HookAnswererOptions {
  readonly worktreePath: string;
  readonly guard: EditGuard;
  readonly watch: ChangeWatch;
  onEvent(event: AgentEvent): void;
}

export class HookAnswerer {
  readonly #options: HookAnswererOptions;
  /** Commands run side by side; each change is shown once, so their hooks take turns. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: HookAnswererOptions) {
    this.#options = options;
  }

  /** What the hook prints. Rejects where the question is none, or where the guard fails: the hook then fails too. */
  answer(body: string): Promise<string> {
    const question = HookQuestion.parse(JSON.parse(body));
    if (question.hook_event_name === "PreToolUse") return Promise.resolve(this.#answerBefore(question.tool_input));
    const turn = this.#last.then(() => this.#answerAfter());
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  #answerBefore(input: unknown): string {
    const command = PatchInput.safeParse(input);
    const patch = command.success ? parsePatch(command.data.command) : undefined;
    if (patch?.kind !== "patch") return "{}"; // Codex itself says what is wrong with it
    const paths = patch.changes.flatMap((change) => (change.kind === "update" && change.moveTo !== undefined ? [change.path, change.moveTo] : [change.path]));
    for (const path of paths) {
      const contained = containPath(path, this.#options.worktreePath);
      const reason = contained.kind === "outside" ? contained.reason : this.#options.guard.refuse(contained.path);
      if (reason !== undefined) return hookRefusal(reason);
    }
    return "{}";
  }

  async #answerAfter(): Promise<string> {
    const text = await this.showChanges();
    return hookContext(text === undefined ? undefined : boundText(text, hookContextCharsMax));
  }

  /** Tells of what changed since the last call; the text for the model, or undefined where there is nothing to say. */
  async showChanges(): Promise<string | undefined> {
    const { guard, watch, onEvent } = this.#options;
    const paths = await watch.takeChanges();
    if (paths.length === 0) return undefined;
    onEvent({ kind: "files-changed", paths: [...paths] });
    // A shell edits without asking first: what it did to a refused path is told after the fact.
    const refused = paths.flatMap((path) => {
      const reason = guard.refuse(path);
      return reason === undefined ? [] : [`${path} was changed by a command but may not be: ${reason} Undo it.`];
    });
    const findings = await guard.afterEdit(paths);
    const text = [...refused, ...(findings === undefined ? [] : [findings])].join("\n\n");
    if (text === "") return undefined;
    onEvent({ kind: "findings-shown", paths: [...paths], text });
    return text;
  }
}
