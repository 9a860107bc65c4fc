// Fifty open pull requests watched for an hour by fifty tasks: how often the forge is asked. The hour is counted by a clock of ours, the requests by the forge.
import { ForgeWorld, people } from "../../test/programs/forge/world.ts";
import { startFakeGitHub } from "../../test/programs/forge/github.ts";
import { createBareRemote } from "../../test/support/bare-remote.ts";
import type { Configuration } from "../../src/base/config-section.ts";
import { ForgeConfig } from "../../src/domains/forge/index.ts";
import { openForge, type OpenedForge } from "../../src/domains/forge/runtime/index.ts";
import { type Scenario } from "../measure.ts";

const pullCount = 50;
const processCount = 5;
const hourMs = 3_600_000;
const stepMs = 15_000;

/** Branches stand still, so that what is counted is not the fake's own work with git. */
class StillWorld extends ForgeWorld {
  readonly #tips = new Map<string, string | undefined>();
  override tip(branch: string): string | undefined {
    if (!this.#tips.has(branch)) this.#tips.set(branch, super.tip(branch));
    return this.#tips.get(branch);
  }
  override isMergeable(): boolean { return true; }
}

export const forgeWatch: Scenario = {
  name: "forge-watch", says: "fifty open pull requests watched for an hour by tasks in five processes; goal: at most 300 requests",
  run: async () => {
    const remote = await createBareRemote({ "a.txt": "one\n" }, { INSPAN_FORGE_TOKEN: "fake-token-of-the-agent" });
    const clone = await remote.clone("user");
    const world = new StillWorld(remote.originPath);
    const forge = await startFakeGitHub(world);
    const opened: OpenedForge[] = [];
    try {
      const head = clone.commitOn("seed", { "a.txt": "two\n" });
      for (let index = 0; index < pullCount; index++) {
        clone.git("push", "--quiet", "origin", `${head}:refs/heads/inspan/t${index}`);
        world.open({ branch: `inspan/t${index}`, base: "main", title: `Part ${index}`, body: "", user: people.agent });
      }
      let nowMs = Date.parse("2026-01-02T00:00:00Z");
      const startMs = nowMs;
      const clock = { ...remote.providers.clock, nowMs: () => nowMs, monotonicMs: () => nowMs - startMs };
      const providers = { ...remote.providers, clock };
      const settings = ForgeConfig.parse({ kind: "github", url: forge.url, repository: "team/desk" });
      const configuration: Configuration = {
        path: undefined,
        keys: ["forge"],
        read: (section) => section.schema.parse(section.key === "forge" ? settings : undefined) as never,
      }; // the one section that is asked for
      for (let index = 0; index < processCount; index++) {
        const one = await openForge({ providers, repository: clone.repository, configuration, signal: AbortSignal.timeout(600_000) });
        if (one === undefined) throw new Error("BUG: expected a forge");
        opened.push(one);
      }
      let seen = 0;
      for (; nowMs - startMs < hourMs; nowMs += stepMs) {
        if ((nowMs - startMs) % 300_000 === 0) world.say(1 + Math.floor((nowMs - startMs) / 300_000), people.ada, "A word.");
        for (let number = 1; number <= pullCount; number++)
          seen = Math.max(seen, (await opened[number % processCount]?.look(number, AbortSignal.timeout(60_000)))?.comments.length ?? 0);
      }
      return { figures: { pullRequests: pullCount, processes: processCount, requests: world.requests.length, looks: pullCount * (hourMs / stepMs), commentsSeen: seen } };
    } finally { for (const one of opened) one.close(); await forge.close(); await remote.dispose(); }
  },
};
