// The author's operations: what it may ask of the harness within a turn. Executed host-side; their input is untrusted.
import { z } from "zod";
import { boundText, fenceUntrusted, plural } from "../../../base/text.ts";
import type { AgentTool } from "../../agent/index.ts";
import { compileGlobs } from "../../lint/index.ts";
import type { ReviewFinding } from "../../review/index.ts";
import { createReplyTool } from "../../review/runtime/index.ts";
import { changedPaths, commitWorktree, findForbiddenContent } from "../../worktree/runtime/index.ts";
import { testsSection } from "../config.ts";
import { failuresOf } from "../service/failures.ts";
import { explainJudgement, judgeFailure, refuseCommand, showingGlobs } from "../service/reproduction.ts";
import { Feature, featuresMax, type FeatureList, type Plan, type Reproduction, type TaskState, type TurnPurpose } from "../types/index.ts";
import { keepRun, showByJourney } from "./journeys.ts";
import { findPassing } from "./prove.ts";
import type { Desk, TaskRun } from "./run.ts";
import { runInWorktree } from "./sandboxed.ts";

/** What the tools of one turn collect; the state machine reads it when the turn has ended. */
export interface TurnNotes {
  purpose: TurnPurpose;
  plan?: Plan;
  features?: FeatureList;
  reproduction?: Reproduction;
  question?: { question: string; options: string[] };
  findings: readonly ReviewFinding[];
}

// What a tool answers is read by a model with a task to do.
const outputCharsMax = 4000;

const PlanInput = z.object({
  summary: z.string().trim().min(1).max(4000),
  steps: z.array(z.string().trim().min(1).max(500)).min(1).max(30),
  noReproductionReason: z.string().trim().min(1).max(1000).optional(),
  noChangeReason: z.string().trim().min(1).max(2000).optional(),
});
const ReproduceInput = z.object({
  command: z.string().trim().min(1).max(1000).optional(),
  journey: z.string().trim().min(1).max(80).optional(),
  noReproductionReason: z.string().trim().min(1).max(1000).optional(),
});
const FeaturesInput = z.object({ goal: z.string().trim().min(1).max(4000), features: z.array(Feature.pick({ id: true, description: true, steps: true, check: true })).min(1).max(featuresMax) });
const CommitInput = z.object({ message: z.string().trim().min(1).max(4000) });
const NoteInput = z.object({ kind: z.enum(["progress", "decision", "surprise"]).default("progress"), text: z.string().trim().min(1).max(500) });
const AskInput = z.object({ question: z.string().trim().min(1).max(2000), options: z.array(z.string().trim().min(1).max(300)).max(6).default([]) });

type Answer = { readonly text: string; readonly isError: boolean };
const said = (text: string): Answer => ({ text, isError: false });
const refused = (text: string): Answer => ({ text, isError: true });

/** A tool whose input is parsed by its schema before anything happens. */
function makeTool<Schema extends z.ZodType>(options: {
  readonly name: string;
  readonly description: string;
  readonly schema: Schema;
  execute(input: z.infer<Schema>, signal: AbortSignal): Promise<Answer>;
}): AgentTool {
  const { $schema: _, ...schema } = z.toJSONSchema(options.schema, { io: "input" });
  return {
    name: options.name, description: options.description, inputSchema: schema,
    execute: async (input, signal) => {
      const parsed = options.schema.safeParse(input);
      if (!parsed.success) return refused(`${options.name}: ${parsed.error.issues.map((issue) => `${issue.path.join(".")} ${issue.message}`).join("; ")}`);
      return options.execute(parsed.data, signal);
    },
  };
}

/** Paths that are no tests, of those that differ from the base. */
async function productEdits(run: TaskRun, state: TaskState): Promise<{ readonly product: readonly string[]; readonly tests: readonly string[] }> {
  if (!state.worktree) throw new Error("BUG: expected a worktree in a turn");
  const { paths } = (await run.configurationAt(state.worktree.baseCommit)).read(testsSection);
  const isTest = compileGlobs([...showingGlobs(paths)]);
  const changed = (await changedPaths(run.providers.git, state.worktree.path, state.worktree.baseCommit)).map((entry) => entry.path);
  return { product: changed.filter((path) => !isTest(path)), tests: changed.filter((path) => isTest(path)) };
}

async function reproduce(run: TaskRun, state: TaskState, notes: TurnNotes, options: { readonly command: string; readonly signal: AbortSignal }): Promise<Answer> {
  if (!state.worktree) throw new Error("BUG: expected a worktree in a turn");
  const refusal = refuseCommand(options.command);
  if (refusal !== undefined) return refused(`Refused: ${refusal}`);
  const { product, tests } = await productEdits(run, state);
  if (product.length > 0)
    return refused(
      `Refused: ${plural(product.length, "product file")} changed before the fault is reproduced: ${product.slice(0, 5).join(", ")}. Undo these edits; only tests may change now.`,
    );
  if (tests.length === 0) return refused("Refused: no test file has changed. Write the failing test first.");
  const { timeoutSeconds } = (await run.configurationAt(state.worktree.baseCommit)).read(testsSection);
  const result = await runInWorktree(run.providers, {
    command: options.command,
    worktreePath: state.worktree.path,
    timeoutMs: timeoutSeconds * 1000,
    runId: `${state.id}.reproduce`,
    isUnsandboxedAllowed: state.isUnsandboxedAllowed,
    signal: options.signal,
  });
  const judgement = judgeFailure({ exitCode: result.outcome === "exited" ? result.exitCode : null, output: result.output });
  await run.record(state, [
    {
      type: "reproduction",
      data: { command: options.command, judgement: judgement.kind, exitCode: result.exitCode, durationMs: Math.round(result.durationMs), files: tests },
    },
  ]);
  if (judgement.kind === "reproduced") await keepRun(run, state, { tree: state.worktree.path, command: options.command, result, role: "before" });
  if (judgement.kind === "reproduced") notes.reproduction = { kind: "shown", command: options.command, files: [...tests], failure: judgement.evidence };
  const text = `${explainJudgement(judgement)}\n${fenceUntrusted("test-output", failuresOf(result.output, outputCharsMax))}`;
  return judgement.kind === "reproduced" ? said(text) : refused(text);
}

/** By a journey: the harness plays it at the base with what the author wrote laid over it. */
async function reproduceByJourney(run: TaskRun, state: TaskState, notes: TurnNotes, options: { readonly id: string; readonly signal: AbortSignal }): Promise<Answer> {
  const { product, tests } = await productEdits(run, state);
  if (product.length > 0)
    return refused(
      `Refused: ${plural(product.length, "product file")} changed before the fault is reproduced: ${product.slice(0, 5).join(", ")}. Undo these edits; only tests and journeys may change now.`,
    );
  const shown = await showByJourney(run, state, { id: options.id, files: tests, signal: options.signal });
  if (shown.kind === "refused") return refused(`Refused: ${shown.reason}`);
  notes.reproduction = { kind: "shown", command: `inspan journey run ${options.id}`, journey: options.id, files: [...tests], failure: shown.text };
  return said(`Accepted: the journey fails before any product edit. Stop here; the harness commits it and asks for the fix next.\n${fenceUntrusted("journey", boundText(shown.text, outputCharsMax))}`);
}

/** The head moves under the running turn; the commit at its end sees that, and so does a runner that goes on after a crash. */
async function commitStep(run: TaskRun, state: TaskState, notes: TurnNotes, message: string): Promise<Answer> {
  if (!state.worktree || notes.purpose === "plan") return refused("Nothing is committed while planning.");
  const { git, files, secrets } = run.providers;
  const forbidden = await findForbiddenContent(git, files, state.worktree.path, state.worktree.baseCommit);
  if (forbidden.length > 0)
    return refused(
      `Refused: the worktree holds what must not be committed:\n${forbidden
        .slice(0, 20)
        .map((item) => `${JSON.stringify(item.path)}: ${item.reason}`)
        .join("\n")}`,
    );
  const head = await commitWorktree(git, state.worktree.path, secrets.redact(message));
  return said(head === undefined ? "Nothing has changed since the last commit." : `Committed as ${head.slice(0, 10)}.`);
}

/** A list is taken only where the harness sees each check fail: one that passes already proves nothing. */
async function submitFeatures(run: TaskRun, state: TaskState, notes: TurnNotes, input: z.infer<typeof FeaturesInput>, signal: AbortSignal): Promise<Answer> {
  if (!state.worktree || !state.features || state.features.list || notes.purpose !== "plan") return refused("A list of features is asked for at the beginning of a long job only.");
  const twice = input.features.find((feature, index) => input.features.findIndex((other) => other.id === feature.id) !== index);
  if (twice) return refused(`Refused: two features have the id "${twice.id}".`);
  const unfit = input.features.flatMap((feature) => { const reason = refuseCommand(feature.check); return reason === undefined ? [] : [`${feature.id}: ${reason}`]; });
  if (unfit.length > 0) return refused(`Refused:\n${unfit.join("\n")}`);
  const features = input.features.map((feature) => ({ ...feature, passes: false, notes: [] }));
  const passing = await findPassing(run, state, { features, commit: state.worktree.baseCommit, signal });
  if (passing.length > 0)
    return refused(
      `Refused: these checks pass already, so they prove nothing: ${passing.map((feature) => feature.id).join(", ")}. Name a test that fails until the feature is there, or leave the feature out.`,
    );
  notes.features = { version: 1, goal: input.goal, features };
  return said(`Taken: ${plural(features.length, "feature")}, each of which fails now. End your turn now.`);
}

/** The author's tools. `state` is read anew at each call: a session lives over many states. */
export function makeAuthorTools(run: TaskRun, desk: Desk, notes: TurnNotes): readonly AgentTool[] {
  const { current } = desk;
  return [
    makeTool({
      name: "submit_plan",
      description:
        "Hand in the plan of this task: summary, steps, noReproductionReason only where no failing test could show the fault, and noChangeReason only where nothing is to be changed in this repository (it is so already, or belongs elsewhere): the task ends with it.",
      schema: PlanInput,
      execute: async (plan) => {
        if (notes.purpose !== "plan") return refused("A plan is asked for in the planning phase only.");
        notes.plan = plan;
        return said("The plan is kept. End your turn now.");
      },
    }),
    ...(current().features === undefined ? [] : [makeTool({
      name: "submit_features", description: "Hand in the list of features that this long job needs, each with the check that proves it.", schema: FeaturesInput,
      execute: (input, signal) => submitFeatures(run, current(), notes, input, signal),
    })]),
    makeTool({
      name: "reproduce",
      description:
        "Let the harness run the command that shows the fault by a failing test. Accepted only when an assertion fails and no product file was edited. A fault that only a browser shows: give the id of a journey instead.",
      schema: ReproduceInput,
      execute: async (input, signal) => {
        if (notes.purpose !== "reproduce") return refused("A reproduction is asked for in the reproducing phase only.");
        if (input.command !== undefined) return reproduce(run, current(), notes, { command: input.command, signal });
        if (input.journey !== undefined) return reproduceByJourney(run, current(), notes, { id: input.journey, signal });
        if (input.noReproductionReason === undefined) return refused("Give one of command, journey and noReproductionReason.");
        notes.reproduction = { kind: "none", reason: input.noReproductionReason };
        return said("Kept: the pull request will show this reason. End your turn now.");
      },
    }),
    createReplyTool({
      read: () => (notes.purpose === "answer-review" ? notes.findings : []),
      write: async (findings) => {
        const answered = findings.filter((finding, index) => finding.reply !== notes.findings[index]?.reply);
        notes.findings = findings;
        await run.record(current(), answered.map((finding) => ({ type: "finding-reply", data: { id: finding.id, decision: finding.reply?.decision ?? "", reason: finding.reply?.reason ?? "" } })));
      },
    }),
    makeTool({
      name: "commit", description: "Let the harness commit what is in the worktree now as one step. It also commits at the end of each turn by itself.", schema: CommitInput,
      execute: (input) => commitStep(run, current(), notes, input.message),
    }),
    makeTool({
      name: "note",
      description:
        "Keep what must outlive this conversation: progress made, a decision with its reason, a surprise. You are told it again when the conversation is cut down.",
      schema: NoteInput,
      execute: async (note) => {
        await desk.note({ kind: note.kind, text: run.providers.secrets.redact(note.text) });
        return said("Kept.");
      },
    }),
    makeTool({
      name: "ask_person", description: "Ask the person who owns this task for a decision that needs judgement. The task then waits; use it only when you cannot decide yourself.", schema: AskInput,
      execute: async (input) => {
        notes.question = input;
        return said("The question is handed over. End your turn now.");
      },
    }),
  ];
}
