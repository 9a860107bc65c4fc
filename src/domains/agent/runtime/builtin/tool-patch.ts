// The edit tool: plans the whole patch first, asks the guard, then writes all of it or nothing. The grammar and the matching are service's.
import { z } from "zod";
import { throwIfAborted } from "../../../../base/async.ts";
import { applyHunks } from "../../service/patch-apply.ts";
import { parsePatch, patchGrammar } from "../../service/patch-parse.ts";
import type { FileChange } from "../../service/patch-parse.ts";
import { answerEdit } from "./edit-answer.ts";
import { defineTool, refusal } from "./tool.ts";
import type { BuiltinTool, ToolScope } from "./tool.ts";

const fileBytesMax = 8 * 1024 * 1024; // a text file above this is not edited by patch, and matching would hold the process up

type Step =
  | { readonly kind: "write"; readonly path: string; readonly absolute: string; readonly text: string; readonly mode: number | undefined; readonly verb: "Added" | "Updated" }
  | { readonly kind: "remove"; readonly path: string; readonly absolute: string; readonly verb: "Deleted" | "Moved away" };

/** A free place for a new file, or the reason why there is none. */
async function planTarget(raw: string, scope: ToolScope): Promise<{ path: string; absolute: string } | string> {
  const place = await scope.workspace.resolveForWrite(raw);
  if (place.kind === "refused") return place.reason;
  const refused = scope.guard.refuse(place.path);
  if (refused !== undefined) return `"${place.path}" may not be edited: ${refused}`;
  if (place.kind === "found") return `"${place.path}" is already there; use *** Update File, or delete it in a patch of its own first.`;
  return { path: place.path, absolute: place.absolute };
}

async function planChange(change: FileChange, scope: ToolScope): Promise<readonly Step[] | string> {
  if (change.kind === "add") {
    const target = await planTarget(change.path, scope);
    if (typeof target === "string") return target;
    return [{ kind: "write", ...target, text: change.lines.length === 0 ? "" : `${change.lines.join("\n")}\n`, mode: undefined, verb: "Added" }];
  }
  const place = await scope.workspace.resolveForWrite(change.path);
  if (place.kind === "refused") return place.reason;
  const refused = scope.guard.refuse(place.path);
  if (refused !== undefined) return `"${place.path}" may not be edited: ${refused}`;
  if (place.kind === "absent") return `There is no file "${place.path}"; use *** Add File for a new one.`;
  if (place.facts.kind !== "file") return `"${place.path}" is a ${place.facts.kind}, not a file.`;
  const { path, absolute } = place;
  if (change.kind === "delete") return [{ kind: "remove", path, absolute, verb: "Deleted" }];
  if (place.facts.sizeBytes > fileBytesMax) return `"${path}" has ${place.facts.sizeBytes} bytes, at most ${fileBytesMax} can be patched.`;
  const old = await scope.providers.files.readText(absolute);
  if (old === undefined) return `There is no file "${path}".`;
  if (old.includes("\0")) return `"${path}" is a binary file.`;
  const applied = applyHunks(path, old, change.hunks);
  if (applied.kind === "error") return applied.message;
  const mode = place.facts.mode & 0o777;
  if (change.moveTo === undefined) return [{ kind: "write", path, absolute, text: applied.text, mode, verb: "Updated" }];
  const target = await planTarget(change.moveTo, scope);
  if (typeof target === "string") return target;
  return [{ kind: "write", ...target, text: applied.text, mode, verb: "Added" }, { kind: "remove", path, absolute, verb: "Moved away" }];
}

/** All steps of the patch, or all problems that it has. */
async function planPatch(changes: readonly FileChange[], scope: ToolScope): Promise<{ steps: Step[]; problems: string[] }> {
  const steps: Step[] = [];
  const problems: string[] = [];
  for (const change of changes) {
    const planned = await planChange(change, scope);
    if (typeof planned === "string") problems.push(planned);
    else steps.push(...planned);
  }
  // Two spellings of one path would each be planned from the old text, and the second would undo the first.
  const paths = steps.map((step) => step.path);
  const twice = paths.find((path, index) => paths.indexOf(path) !== index);
  if (twice !== undefined) problems.push(`The patch changes "${twice}" twice; put all its hunks under one *** Update File line.`);
  return { steps, problems };
}

export const applyPatchTool: BuiltinTool = defineTool({
  name: "apply_patch",
  description: `Changes files of the worktree, all of the patch or nothing. Findings of the repository's checks come back in the answer: repair them at once. The form:\n${patchGrammar}`,
  input: z.object({ patch: z.string().describe("The whole patch, from *** Begin Patch to *** End Patch.") }),
  execute: async ({ patch }, scope) => {
    const parsed = parsePatch(patch);
    if (parsed.kind === "error") return refusal(`${parsed.message}\nNothing was changed.`);
    const { steps, problems } = await planPatch(parsed.changes, scope);
    if (problems.length > 0) return refusal(`${problems.join("\n\n")}\n\nNothing was changed.`);
    throwIfAborted(scope.signal);
    for (const step of steps) {
      if (step.kind === "write") await scope.providers.files.writeText(step.absolute, step.text, step.mode === undefined ? {} : { mode: step.mode });
      else await scope.providers.files.remove(step.absolute);
    }
    const paths = steps.map((step) => step.path);
    await scope.workspace.noteOwnEdit(paths);
    const done = steps.map((step) => `${step.verb} ${step.path}`).join("\n");
    return { text: `${done}${await answerEdit(paths, scope)}`, isError: false };
  },
});
