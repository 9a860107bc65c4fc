// Watches the edits of one turn: refuses paths that are not to be touched, and has findings shown right after edits, by whatever way the
// client has. Knows no transport.
import { z } from "zod";
import { boundText } from "../../../base/text.ts";
import { hookContext, hookContextCharsMax, hookRefusal } from "../service/hook-program.ts";
import { containPath } from "../service/paths.ts";
import { parsePatch } from "../service/patch-parse.ts";
import type { AgentEvent, EditGuard } from "../types.ts";
import type { ChangeWatch } from "./changes.ts";

const HookQuestion = z.looseObject({ hook_event_name: z.string(), tool_name: z.string(), tool_input: z.unknown() });
const PatchInput = z.looseObject({ command: z.string() });
/** Names under which clients send the file that an edit is about. */
const FileInput = z.looseObject({ file_path: z.string().optional(), notebook_path: z.string().optional(), path: z.string().optional(), filePath: z.string().optional() });

export interface EditWatchOptions {
  readonly worktreePath: string;
  readonly guard: EditGuard;
  readonly watch: ChangeWatch;
  onEvent(event: AgentEvent): void;
}

/** Paths that a call of an edit tool names, as sent; empty for what is no edit. */
export function pathsOfEdit(input: unknown): readonly string[] {
  const command = PatchInput.safeParse(input);
  const patch = command.success ? parsePatch(command.data.command) : undefined;
  if (patch?.kind === "patch") return patch.changes.flatMap((change) => (change.kind === "update" && change.moveTo !== undefined ? [change.path, change.moveTo] : [change.path]));
  const file = FileInput.safeParse(input).data;
  return [file?.file_path, file?.notebook_path, file?.path, file?.filePath].filter((path) => path !== undefined);
}

export class EditWatch {
  readonly #options: EditWatchOptions;
  /** Commands run side by side; each change is shown once, so their questions take turns. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: EditWatchOptions) {
    this.#options = options;
  }

  /** What the hook prints. Rejects where the question is none, or where the guard fails: the hook then fails too. */
  async answerHook(body: string): Promise<string> {
    const question = HookQuestion.parse(JSON.parse(body));
    if (question.hook_event_name === "PreToolUse") {
      const reason = this.refuse(pathsOfEdit(question.tool_input));
      return reason === undefined ? "{}" : hookRefusal(reason);
    }
    const text = await this.showChanges();
    return hookContext(text === undefined ? undefined : boundText(text, hookContextCharsMax));
  }

  /** Why one of these may not be edited now, for the model; undefined lets all pass. */
  refuse(paths: readonly string[]): string | undefined {
    for (const path of paths) {
      const contained = containPath(path, this.#options.worktreePath);
      const reason = contained.kind === "outside" ? contained.reason : this.#options.guard.refuse(contained.path);
      if (reason !== undefined) return reason;
    }
    return undefined;
  }

  /** Tells of what changed since the last call; the text for the model, or undefined where there is nothing to say. */
  showChanges(): Promise<string | undefined> {
    const work = this.#last.then(() => this.#look());
    this.#last = work.catch(() => undefined);
    return work;
  }

  async #look(): Promise<string | undefined> {
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
