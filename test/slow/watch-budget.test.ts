// Fifty open pull requests watched on the fake GitHub: how many requests the looks of an hour would take. Five of its sixty looks are played, with a clock that is moved on.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { startFakeGitHub } from "../programs/forge/github.ts";
import { ForgeWorld, people } from "../programs/forge/world.ts";
import { createBareRemote } from "../support/bare-remote.ts";
import type { Configuration } from "../../src/base/config-section.ts";
import { ForgeConfig } from "../../src/domains/forge/index.ts";
import { openPullRequests, watchBase } from "../../src/domains/pull-request/runtime/index.ts";

const closing: (() => Promise<void>)[] = [];
after(async () => { for (const close of closing.reverse()) await close(); });

const looks = 5;
const requestsPerHourMax = 300;

test("a look at fifty pull requests and at the base costs so little that an hour stays below three hundred requests", async () => {
  const remote = await createBareRemote({ "a.txt": "one\n" }, { INSPAN_FORGE_TOKEN: "fake-token-of-the-agent" });
  const clone = await remote.clone("user");
  const world = new ForgeWorld(remote.originPath);
  const forge = await startFakeGitHub(world);
  closing.push(async () => { await forge.close(); await remote.dispose(); });
  world.isMergeable = () => true; // fifty times git for each look says nothing about requests
  const main = clone.git("rev-parse", "origin/main");
  for (let index = 0; index < 50; index++) {
    remote.origin("update-ref", `refs/heads/inspan/t${index}`, main);
    world.open({ branch: `inspan/t${index}`, base: "main", title: `T${index}`, body: `<!-- inspan:t${index}:pull-request -->`, user: people.agent });
    world.say(index + 1, people.ada, "a word");
  }
  world.headOf = () => main;
  world.ci.set("build", () => ({ conclusion: "success" }));
  let aheadMs = 0;
  const providers = { ...remote.providers, clock: { ...remote.providers.clock, nowMs: () => remote.providers.clock.nowMs() + aheadMs } };
  const settings = ForgeConfig.parse({ kind: "github", url: forge.url, repository: "team/desk" });
  const configuration: Configuration = { path: undefined, keys: ["forge"], read: (section) => section.schema.parse(section.key === "forge" ? settings : undefined) as never }; // the one section that is asked for
  const signal = AbortSignal.timeout(120_000);
  const requests = await openPullRequests({ providers, repository: clone.repository, configuration, signal });
  closing.push(async () => { requests.close(); });
  const pulls = [...world.pulls.keys()].map((number) => ({ id: String(number), anchorCommit: "" }));
  for (let look = 0; look < looks; look++) {
    const words = await requests.readWords(pulls);
    assert.equal(words.size, 50);
    const base = await watchBase({ providers, signal, progress: () => undefined, parseConfiguration: async () => configuration }, { repository: clone.repository, pullRequests: requests, isUnsandboxedAllowed: false });
    assert.equal(base.kind, "green");
    aheadMs += settings.pollSeconds * 1000;
  }
  const perHour = (world.requests.length / looks) * (3600 / settings.pollSeconds);
  assert.ok(perHour <= requestsPerHourMax, `${world.requests.length} requests in ${looks} looks: ${perHour} an hour`);
  assert.ok(world.requests.length >= 2 * looks, "it did look");
});
