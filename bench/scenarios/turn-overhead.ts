// What Inspan itself costs a turn: the demo's task against the scripted model, from the runner's own spans and the model server's own times.
// A turn is one `task turn` from start to the start of the next effect. Taken off: the time in which the model server had a request of its session, and
// the time of commands (`task command` spans, and the tool `run`). What stays is ours: session, prompt, wire, tools, guards, journal, state machine.
// `harness*` is the goal's figure: of the same turn, what lies outside of the agent (its span `agent.turn`, with model, tools and hooks in it).
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { script } from "../../test/programs/scripted-model/desk.ts";
import { startScriptedModel } from "../../test/programs/scripted-model/index.ts";
import { launcher, makeDemoRepository, median, round, type Scenario } from "../measure.ts";

const prompt = "Back-to-back bookings are refused: after booking a room from 10:00 to 11:00, booking it from 11:00 to 12:00 fails with room-taken.";

const Span = z.object({
  event: z.literal("span"), name: z.string(), at: z.iso.datetime().transform((text) => Date.parse(text)), durationMs: z.number(),
  spanId: z.string(), parentSpanId: z.string().optional(),
  attributes: z.object({ sessionId: z.string().optional(), tool: z.string().optional(), modelCalls: z.number().optional() }),
});
type Span = z.infer<typeof Span>;

function readSpans(statePath: string): readonly Span[] {
  const folder = join(statePath, "logs");
  const lines = readdirSync(folder).flatMap((name) => readFileSync(join(folder, name), "utf8").trim().split("\n"));
  return lines.flatMap((line) => { const parsed = Span.safeParse(JSON.parse(line)); return parsed.success ? [parsed.data] : []; }).sort((a, b) => a.at - b.at);
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

interface TurnCost {
  readonly overheadMs: number;
  readonly harnessMs: number;
  readonly toolsMs: number;
  readonly modelMs: number;
  readonly commandMs: number;
  readonly calls: number;
}

/** All spans that were opened inside of this one, at any depth. */
function spansBelow(spans: readonly Span[], top: Span): readonly Span[] {
  const inside = spans.filter((span) => span.parentSpanId === top.spanId);
  return inside.flatMap((span) => [span, ...spansBelow(spans, span)]);
}

const durationOf = (spans: readonly Span[]): number => sum(spans.map((span) => span.durationMs));

/** One row a turn of the author. A span's start is known to the millisecond, which bounds the error of a row to 1 ms. */
function costOfTurns(spans: readonly Span[], served: readonly { readonly endedAt: number; readonly durationMs: number }[]): readonly TurnCost[] {
  const effects = spans.filter((span) => /^task (?!command)/.test(span.name));
  return effects.flatMap((turn, index) => {
    if (turn.name !== "task turn") return [];
    const until = Math.max(turn.at + turn.durationMs, effects[index + 1]?.at ?? 0);
    const below = spansBelow(spans, turn);
    const agent = below.filter((span) => span.name === "agent.turn");
    if (agent.length === 0) throw new Error(`Cannot measure turns: the turn at ${new Date(turn.at).toISOString()} has no span "agent.turn" in it`);
    const tools = below.filter((span) => span.name === "agent.tool" && span.attributes.tool !== "run");
    const commandMs = durationOf(below.filter((span) => span.name === "task command" || (span.name === "agent.tool" && span.attributes.tool === "run")));
    const answers = served.filter((answer) => answer.endedAt >= turn.at && answer.endedAt <= until);
    const modelMs = sum(answers.map((answer) => answer.durationMs));
    // Our tools without the commands in them: reading, searching, patching with the check of what was edited.
    const toolsMs = durationOf(tools) - durationOf(tools.flatMap((tool) => spansBelow(spans, tool)).filter((span) => span.name === "task command"));
    return [{ toolsMs, overheadMs: until - turn.at - modelMs - commandMs, harnessMs: until - turn.at - durationOf(agent), modelMs, commandMs, calls: answers.length }];
  });
}

export const turnOverhead: Scenario = {
  name: "turn-overhead", says: "Inspan's own time per turn of the demo's task; goal: at most 50 ms outside of the agent (harness…)",
  run: async () => {
    const served: { endedAt: number; durationMs: number }[] = [];
    const model = await startScriptedModel({ script, onServed: ({ session, durationMs }) => { if (session !== "") served.push({ endedAt: Date.now(), durationMs }); } });
    const demo = await makeDemoRepository();
    try {
      const env = {
        ...process.env,
        INSPAN_HOME: demo.statePath,
        INSPAN_MODEL_PROVIDER: "openai-compatible",
        INSPAN_MODEL_BASE_URL: model.url,
        INSPAN_MODEL: "scripted",
        GIT_CONFIG_NOSYSTEM: "1",
      };
      const startedMs = performance.now();
      const [exitCode] = await once(spawn(process.execPath, [launcher, "task", "run", prompt, "--cwd", demo.path], { env, stdio: "ignore" }), "exit");
      const wallMs = performance.now() - startedMs;
      if (exitCode !== 0) throw new Error(`Cannot measure turns: the task ended with ${String(exitCode)}`);
      const spans = readSpans(demo.statePath);
      const turns = costOfTurns(spans, served);
      const overheads = turns.map((turn) => turn.overheadMs);
      const harness = turns.map((turn) => turn.harnessMs);
      const modelCalls = spans.filter((span) => span.name === "agent.model-call").map((span) => span.durationMs);
      const commandsMs = sum(
        spans
          .filter((span) => span.name === "task command" || span.name.startsWith("check ") || (span.name === "agent.tool" && span.attributes.tool === "run"))
          .map((span) => span.durationMs),
      );
      return {
        figures: {
          harnessMedianMs: round(median(harness)),
          harnessWorstMs: round(Math.max(...harness)),
          firstModelCallMs: round(modelCalls[0] ?? Number.NaN),
          modelCallMedianMs: round(median(modelCalls)),
          medianMs: round(median(overheads)),
          worstMs: round(Math.max(...overheads)),
          withoutToolsMedianMs: round(median(turns.map((turn) => turn.overheadMs - turn.toolsMs))),
          perModelCallMs: round(sum(overheads) / Math.max(1, sum(turns.map((turn) => turn.calls)))),
          turns: turns.length,
          modelCalls: sum(turns.map((turn) => turn.calls)),
          modelMs: round(sum(turns.map((turn) => turn.modelMs))),
          commandsInTurnsMs: round(sum(turns.map((turn) => turn.commandMs))),
          taskMs: round(wallMs), taskWithoutCommandsMs: round(wallMs - commandsMs),
        },
      };
    } finally {
      await model.close();
      demo.dispose();
    }
  },
};
