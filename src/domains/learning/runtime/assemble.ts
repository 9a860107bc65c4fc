// From a decided wording to the files of its pull request.
import { chooseReviewers, generalReviewer } from "../../review/index.ts";
import { documentText, guardrailFile, linkedIndex, newReviewer, promptText, reviewerText, withoutGuardrail, type FileEdit } from "../service/edits.ts";
import type { Guardrail, Rung } from "../types.ts";
import type { StandingWorld } from "./existing.ts";

/** The prompt is the rung with a limit: where the map is full, a lesson goes one further. */
export function fittingRung(world: StandingWorld, rung: Rung): { readonly rung: Rung; readonly note: string } {
  const lines = (world.map.text ?? "").split("\n").length;
  return rung !== "prompt" || lines + 3 <= world.map.linesMax
    ? { rung, note: "" }
    : { rung: "document", note: `${world.map.path} is full (${lines} of ${world.map.linesMax} lines), so the lesson goes into a document.` };
}

/** The reviewer whose files these are, the narrowest first; one of everything where there are no files. */
function reviewerFor(world: StandingWorld, files: readonly string[]): { readonly path: string; readonly text: string } {
  const changed = files.map((path) => ({ path, lines: 1_000_000 }));
  const fitting = world.reviewers.filter(
    ({ reviewer }) =>
      reviewer !== undefined && (files.length === 0 ? reviewer.paths.includes("**") : changed.every((one) => chooseReviewers([reviewer], [one]).length === 1)),
  );
  const [narrow] = fitting.filter(({ reviewer }) => reviewer?.paths.includes("**") !== true);
  const found = narrow ?? fitting[0];
  if (found !== undefined) return found;
  const isFirst = world.reviewers.length === 0;
  return isFirst ? { path: `${world.reviewersFolder}/general.md`, text: newReviewer(generalReviewer) }
    : { path: `${world.reviewersFolder}/lessons.md`, text: newReviewer({ description: "Holds changes against what feedback has taught.", guardrails: "# Lessons" }) };
}

export interface Assembly { readonly guardrail: Guardrail; readonly edits: readonly FileEdit[] }

export function assemble(
  world: StandingWorld,
  input: {
    readonly guardrail: Omit<Guardrail, "file">;
    readonly earlier: Guardrail | undefined;
    readonly caseFiles: readonly string[];
    readonly rule: { readonly path: string; readonly text: string } | undefined;
    readonly day: string;
  },
): Assembly {
  const { earlier, rule } = input;
  const edits = new Map<string, string>();
  const place = (): string => {
    switch (input.guardrail.rung) {
      case "prompt": edits.set(world.map.path, promptText(world.map.text, input.guardrail)); return world.map.path;
      case "document": {
        edits.set(world.lessons.path, documentText(world.lessons.text, input.guardrail, input.day));
        const name = world.lessons.path.split("/").at(-1) ?? "";
        const linked = world.index === undefined ? undefined : linkedIndex(world.index.text, name);
        if (world.index !== undefined && linked !== undefined) edits.set(world.index.path, linked);
        return world.lessons.path;
      }
      case "reviewer": {
        const file = reviewerFor(world, input.caseFiles);
        edits.set(file.path, reviewerText(file.text, input.guardrail));
        return file.path;
      }
      case "lint": {
        if (rule === undefined) throw new Error("BUG: expected a proved rule on the rung lint");
        edits.set(rule.path, rule.text);
        return rule.path;
      }
    }
  };
  const file = place();
  // What moved up leaves its old place; a document stays, it says why.
  if (earlier !== undefined && earlier.file !== file && earlier.rung !== "document") {
    const text = earlier.file === world.map.path ? world.map.text : world.reviewers.find(({ path }) => path === earlier.file)?.text;
    if (text !== undefined && !edits.has(earlier.file)) edits.set(earlier.file, withoutGuardrail(text, earlier.id));
  }
  const guardrail: Guardrail = { ...input.guardrail, file };
  const own = guardrailFile(guardrail);
  return { guardrail, edits: [...[...edits].map(([path, text]) => ({ path, text })), own] };
}
