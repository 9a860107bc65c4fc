// Making worktrees of the demo app, its dependencies copied: one after the other, and 16 at once. `git worktree add` alone is the peer.
import { join } from "node:path";
import { createWorktree, openRepository } from "../../src/domains/worktree/runtime/index.ts";
import { createNodeProviders } from "../../src/providers/node/index.ts";
import { git, makeDemoRepository, median, round, type Scenario } from "../measure.ts";

const oneAfterTheOther = 7;
const atOnce = 16;

export const worktree: Scenario = {
  name: "worktree", says: "a worktree of the demo app, one and 16 at once",
  run: async () => {
    const demo = await makeDemoRepository();
    const providers = createNodeProviders({ env: { ...process.env, GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null" }, statePath: demo.statePath, version: "0.0.0-bench" });
    try {
      const repository = await openRepository({ providers, cwd: demo.path, statePath: demo.statePath });
      const make = async (owner: string): Promise<number> => {
        const startedMs = performance.now();
        await createWorktree({
          providers,
          repository,
          owner,
          title: owner,
          copy: ["node_modules"],
          setup: undefined,
          isUnsandboxedAllowed: false,
          progress: () => {},
          signal: AbortSignal.timeout(120_000),
        });
        return performance.now() - startedMs;
      };
      const single: number[] = [];
      for (let index = 0; index < oneAfterTheOther; index++) single.push(await make(`one${index}`));
      const startedMs = performance.now();
      const many = await Promise.all(Array.from({ length: atOnce }, (_, index) => make(`many${index}`)));
      const allMs = performance.now() - startedMs;
      const plain: number[] = [];
      for (let index = 0; index < oneAfterTheOther; index++) {
        const gitStartedMs = performance.now();
        git(demo.path, "worktree", "add", "--quiet", "-b", `plain${index}`, join(demo.statePath, "plain", String(index)), "main");
        plain.push(performance.now() - gitStartedMs);
      }
      return {
        figures: { oneMs: round(median(single)), sixteenMs: round(allMs), slowestOfSixteenMs: round(Math.max(...many)) },
        peers: { "git worktree add": { oneMs: round(median(plain)) } },
      };
    } finally {
      await providers.processes.stopAll();
      demo.dispose();
    }
  },
};
