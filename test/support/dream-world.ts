// A repository with a past, its remote, a scripted model that words guardrails, and signals as the harness keeps them. For tests of dreaming.
import { createNodeProviders } from "../../src/providers/node/index.ts";
import { openSignals } from "../../src/domains/feedback/runtime/index.ts";
import type { Signal } from "../../src/domains/feedback/index.ts";
import { openRepository } from "../../src/domains/worktree/runtime/index.ts";
import { text, type Conversation, type ModelStep } from "../programs/scripted-model/index.ts";
import { makeTaskWorld, type TaskWorld } from "./task-world.ts";

export interface DreamWorld extends TaskWorld {
  /** Keeps these as if they had been said now; numbers are in the order of the list. */
  tell(signals: readonly (Pick<Signal, "title"> & Partial<Signal>)[]): Promise<void>;
  /** Writes files, commits and pushes. */
  change(subject: string, files: Readonly<Record<string, string>>, body?: string): string;
}

export type Words = (asked: string, conversation: Conversation) => object | string | undefined;

/** The model's answers: `words` says what it words of a cluster, by the text that it is asked; places of a rule are faults unless `judge` says otherwise. */
export async function makeDreamWorld(options: {
  readonly files?: Readonly<Record<string, string>>;
  readonly yaml?: string;
  readonly words: Words;
  readonly judge?: (asked: string) => readonly number[];
}): Promise<DreamWorld> {
  const script = (conversation: Conversation): ModelStep => {
    const asked = conversation.lastUserText;
    if (asked.includes("<phase>judging</phase>"))
      return text(JSON.stringify({ faults: options.judge?.(asked) ?? [...asked.matchAll(/^\[(\d+)\]/gm)].map(([, number]) => Number(number)) }));
    const said = options.words(conversation.messages.flatMap((message) => (message.kind === "user" ? [message.text] : [])).join("\n"), conversation);
    return text(typeof said === "string" ? said : JSON.stringify(said ?? {}));
  };
  const world = await makeTaskWorld({ names: [], yaml: options.yaml ?? "", script, ...(options.files === undefined ? {} : { files: options.files }) });
  const providers = createNodeProviders({ env: { ...process.env, INSPAN_HOME: world.statePath }, statePath: world.statePath, version: "0.0.0" });
  let told = 0;
  return {
    ...world,
    tell: async (given) => {
      const { statePath } = await openRepository({ providers, cwd: world.path, statePath: world.statePath });
      const signals = openSignals(providers, statePath);
      for (const one of given) await signals.record({ kind: "review-comment", text: "", link: "", cause: `text:${told}`, ...one }, `told:${told++}`);
      await signals.dispose();
    },
    change: (subject, files, body = "") => {
      world.write(files);
      world.git("add", "-A");
      world.git("commit", "--quiet", "-m", subject, ...(body === "" ? [] : ["-m", body]));
      world.git("push", "--quiet", "origin", "HEAD:main");
      return world.git("rev-parse", "HEAD").trim();
    },
  };
}
