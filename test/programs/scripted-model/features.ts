// An author of long jobs: hands in a list of features, then builds the one that stands in the prompt by writing its test and its source. Remembers nothing.
import { call, text, type Conversation, type ModelStep, type Script } from "./conversation.ts";
import { approve, viewOf } from "./tiny.ts";

export interface FeatureView {
  readonly phase: string;
  /** The feature in the prompt; empty where none is. */
  readonly feature: string;
  /** The turn repairs what the harness found. */
  readonly isRepair: boolean;
  readonly called: readonly string[];
  readonly answers: readonly string[];
  readonly conversation: Conversation;
}

const operators: Readonly<Record<string, readonly [string, number]>> = { add: ["+", 8], sub: ["-", 4], mul: ["*", 12], div: ["/", 3], rem: ["%", 0], pow: ["**", 36] };

export const featureTest = (id: string): string => `test/${id}.test.mjs`;
/** For a shell: the test of a feature, or one that demands nothing. */
export const writeTest = (id: string, isWeak = false): string =>
  `printf '%s\\n' 'import assert from "node:assert/strict";' '${isWeak ? "" : `const { ${id} } = await import("../src/${id}.mjs");`}' 'assert.equal(${isWeak ? "1, 1" : `${id}(6, 2), ${operators[id]?.[1] ?? 0}`});' > ${featureTest(id)}`;
export const writeSource = (id: string, operator = operators[id]?.[0] ?? "+"): string =>
  `mkdir -p src; printf '%s\\n' 'export const ${id} = (a, b) => a ${operator} b;' > src/${id}.mjs`;
export const featureOf = (id: string) => ({
  id,
  description: `Two numbers can be given to ${id}.`,
  steps: [`node -e "import('./src/${id}.mjs')"`],
  check: `node ${featureTest(id)}`,
});

export function featureViewOf(conversation: Conversation): FeatureView {
  const { phase, called, answers } = viewOf(conversation);
  const last = conversation.messages.findLast((message) => message.kind === "user" && message.text.includes("<phase>"));
  const words = last && "text" in last ? last.text : "";
  const repaired = /The feature (\S+) is not proved yet/.exec(words)?.[1];
  return { phase, feature: repaired ?? /<untrusted source="feature">\n([\w-]+):/.exec(words)?.[1] ?? "", isRepair: repaired !== undefined, called, answers, conversation };
}

/** Hands in these features, builds each at once, leaves a note, approves as a reviewer. */
export function featureScript(ids: readonly string[], special: (view: FeatureView) => ModelStep | undefined = () => undefined): Script {
  return (conversation) => {
    const view = featureViewOf(conversation);
    const step = special(view);
    if (step) return step;
    if (view.phase === "reviewing") return approve;
    if (view.phase === "planning")
      return view.called.includes("submit_features") ? text("Handed in.") : call("submit_features", { goal: "A calculator.", features: ids.map(featureOf) });
    if (view.phase !== "implementing" || view.feature === "") return text("There is nothing that I could do.");
    if (!view.called.includes("run")) return call("run", { command: `${writeTest(view.feature)}; ${writeSource(view.feature)}` });
    if (!view.called.includes("note")) return call("note", { kind: "progress", text: `${view.feature} is built in src/${view.feature}.mjs.` });
    return text("Built.");
  };
}
