// What a round of review of a 500-line change puts before its models: the author's own check and three reviewers, counted in the requests themselves.
import { join } from "node:path";
import { createDriver } from "../../src/domains/agent/runtime/index.ts";
import { AgentsConfig } from "../../src/domains/agent/index.ts";
import { parseReviewer, type Reviewer } from "../../src/domains/review/index.ts";
import { reviewHead } from "../../src/domains/review/runtime/index.ts";
import { startScriptedModel, text } from "../../test/programs/scripted-model/index.ts";
import { createBareRemote } from "../../test/support/bare-remote.ts";
import { type Scenario } from "../measure.ts";

const linesChanged = 500;
const charsPerToken = 4;

const line = (file: number, index: number, word: string): string => `export const value${file}_${index} = compute("${word}", ${index});\n`;
const source = (file: number, word: string): string => Array.from({ length: 120 }, (_, index) => line(file, index, index % 12 < 5 ? word : "same")).join("");
const persona = (name: string, ...bullets: readonly string[]): Reviewer => {
  const parsed = parseReviewer(`---\nname: ${name}\ndescription: Reads every change for ${name}.\n---\n${bullets.map((bullet) => `- ${bullet}`).join("\n")}\n`, `${name}.md`);
  if (parsed.kind === "invalid") throw new Error(parsed.reason);
  return parsed.reviewer;
};
const bullets = Array.from({ length: 6 }, (_, index) => `Guardrail ${index}: a sentence of the usual length about what this reviewer insists on in every change.`);

export const reviewContext: Scenario = {
  name: "review-context", says: "harness context of a review round of a 500-line change, own check and three reviewers; goal: at most 15,000 tokens",
  run: async () => {
    const files = (word: string) => Object.fromEntries(Array.from({ length: 5 }, (_, file) => [`src/part${file}.ts`, source(file, word)]));
    const remote = await createBareRemote(files("before"));
    const model = await startScriptedModel({ script: () => text('{"verdict":"approve","findings":[],"rulings":[]}') });
    try {
      const clone = await remote.clone("user");
      const base = clone.git("rev-parse", "origin/main");
      const head = clone.commitOn("change", files("after"), base);
      clone.git("checkout", "--quiet", "--detach", head);
      const driver = await createDriver("builtin", remote.providers, AgentsConfig.parse({ builtin: { provider: "openai-compatible", baseUrl: model.url, model: "scripted" } }));
      const round = await reviewHead({
        providers: remote.providers,
        driver,
        reviewers: [persona("correctness", ...bullets), persona("reliability", ...bullets), persona("safety", ...bullets)],
        selfReview: { blockFrom: "P2" },
        worktreePath: clone.path,
        baseCommit: base,
        headCommit: head,
        round: 1,
        findings: [],
        task: { id: "t", title: "Change the parts", prompt: "Change all parts to the new form." },
        sessionRoot: join(clone.repository.statePath, "sessions"),
        model: undefined,
        effort: undefined,
        isUnsandboxedAllowed: true,
        signal: AbortSignal.timeout(120_000),
        onEvent: () => undefined,
      });
      const requests = model.requests.map(({ conversation }) => conversation);
      const said = requests.reduce(
        (sum, { system, messages }) => sum + system.length + messages.reduce((all, message) => all + ("text" in message ? message.text.length : 0), 0),
        0,
      );
      const changed = clone
        .git("diff", "--numstat", base, head)
        .split("\n")
        .reduce(
          (sum, row) =>
            sum +
            row
              .split("\t")
              .slice(0, 2)
              .reduce((both, count) => both + Number(count), 0),
          0,
        );
      const shown = requests.reduce((sum, { lastUserText }) => sum + (lastUserText.match(/^[+-]export/gm)?.length ?? 0), 0);
      return {
        figures: {
          linesChanged: changed,
          goalLines: linesChanged,
          reviewers: round.verdicts.length,
          harnessTokens: round.verdicts.reduce((sum, { harnessTokens = 0 }) => sum + harnessTokens, 0),
          requestTokensWithInstructionsOfTheAgent: Math.ceil(said / charsPerToken),
          shownLinesPerReviewer: Math.round(shown / Math.max(1, round.verdicts.length)),
        },
      };
    } finally { await model.close(); await remote.dispose(); }
  },
};
