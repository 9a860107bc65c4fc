// Fifty open pull requests watched on the fakes: how many requests the looks of an hour would take. A part of its sixty looks is played, with a clock that is moved on.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { startFakeGitHub } from "../programs/forge/github.ts";
import { startFakeGitLab } from "../programs/forge/gitlab.ts";
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
  const configuration: Configuration = {
    path: undefined,
    keys: ["forge"],
    read: (section) => section.schema.parse(section.key === "forge" ? settings : undefined) as never,
  }; // the one section that is asked for
  const signal = AbortSignal.timeout(120_000);
  const requests = await openPullRequests({ providers, repository: clone.repository, configuration, signal });
  closing.push(async () => { requests.close(); });
  const pulls = [...world.pulls.keys()].map((number) => ({ id: String(number), anchorCommit: "" }));
  for (let look = 0; look < looks; look++) {
    const words = await requests.readWords(pulls);
    assert.equal(words.size, 50);
    const base = await watchBase(
      { providers, signal, progress: () => undefined, parseConfiguration: async () => configuration },
      { repository: clone.repository, pullRequests: requests, isUnsandboxedAllowed: false },
    );
    assert.equal(base.kind, "green");
    aheadMs += settings.pollSeconds * 1000;
  }
  const perHour = (world.requests.length / looks) * (3600 / settings.pollSeconds);
  assert.ok(perHour <= requestsPerHourMax, `${world.requests.length} requests in ${looks} looks: ${perHour} an hour`);
  assert.ok(world.requests.length >= 2 * looks, "it did look");
});

test("on GitLab an hour costs as little: what did not change is not asked for again, by no process", async () => {
  const remote = await createBareRemote({ "a.txt": "one\n" }, { INSPAN_FORGE_TOKEN: "fake-token-of-the-agent" });
  const clone = await remote.clone("user");
  const world = new ForgeWorld(remote.originPath);
  const forge = await startFakeGitLab(world);
  closing.push(async () => { await forge.close(); await remote.dispose(); });
  world.isMergeable = () => true;
  const headAt = (number: number): string => number.toString(16).padStart(40, "a");
  world.headOf = ({ number }) => headAt(number); // a head of its own for each
  world.ci.set("build", () => ({ conclusion: "success" }));
  const main = clone.git("rev-parse", "origin/main");
  for (let index = 0; index < 50; index++) {
    remote.origin("update-ref", `refs/heads/inspan/t${index}`, main);
    world.open({ branch: `inspan/t${index}`, base: "main", title: `T${index}`, body: `<!-- inspan:t${index}:pull-request -->`, user: people.agent });
    world.say(index + 1, people.ada, "a word");
  }
  let aheadMs = 0;
  const providers = { ...remote.providers, clock: { ...remote.providers.clock, nowMs: () => remote.providers.clock.nowMs() + aheadMs } };
  const settings = ForgeConfig.parse({ kind: "gitlab", url: `${forge.url}/api/v4`, repository: "team/desk" });
  const configuration: Configuration = {
    path: undefined,
    keys: ["forge"],
    read: (section) => section.schema.parse(section.key === "forge" ? settings : undefined) as never,
  }; // the one section that is asked for
  const signal = AbortSignal.timeout(200_000);
  const open = async () => {
    const one = await openPullRequests({ providers, repository: clone.repository, configuration, signal });
    closing.push(async () => {
      one.close();
    });
    return one;
  };
  let requests = await open();
  const pulls = [...world.pulls.keys()].map((number) => ({ id: String(number), anchorCommit: "" }));
  const look = async () => {
    const from = world.requests.length;
    const words = await requests.readWords(pulls);
    assert.equal(words.size, 50);
    const base = await watchBase(
      { providers, signal, progress: () => undefined, parseConfiguration: async () => configuration },
      { repository: clone.repository, pullRequests: requests, isUnsandboxedAllowed: false },
    );
    assert.equal(base.kind, "green");
    aheadMs += settings.pollSeconds * 1000;
    return { words, asked: world.requests.slice(from) };
  };
  const first = (await look()).asked.length;
  let later = 0;
  const looksLater = 9;
  for (let index = 0; index < looksLater; index++) {
    // One word and one pipeline that runs again in every third look: twenty of each an hour.
    const isEvent = index % 3 === 0;
    if (isEvent) { world.say(1 + index, people.ada, `news ${index}`); world.rerun(world.checks.find(({ sha }) => sha === headAt(20 + index))?.id ?? 0); }
    // In the middle another process takes the turn to look.
    if (index === 4) requests = await open();
    const { words, asked } = await look();
    if (isEvent) {
      assert.equal(words.get(String(1 + index))?.at(-1)?.body, `news ${index}`);
      const read = asked.filter((line) => /discussions|statuses/.test(line) && !line.includes(main)).map((line) => line.replace(/^GET \/projects\/team%2Fdesk/, "")).sort();
      assert.deepEqual(read, [`/merge_requests/${1 + index}/discussions`, `/repository/commits/${headAt(20 + index)}/statuses`], asked.join("\n"));
    }
    later += asked.length;
  }
  const perHour = first + (later / looksLater) * (3600 / settings.pollSeconds - 1);
  console.log(`GitLab: ${first} requests for the first look, ${later} for ${looksLater} more: ${Math.round(perHour)} in the first hour`);
  assert.ok(perHour <= requestsPerHourMax, `${first} requests for the first look, ${later} for ${looksLater} more: ${perHour} in the first hour`);
});
