// Changes over several repositories merge together or none does: in the order in which they were named, also after a kill -9 and after a person's word.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { endOf, type TaskWorld } from "../support/task-world.ts";
import { checks, groupEnd, makeTwo } from "../support/two-repositories.ts";

const worlds: TaskWorld[] = [];
after(async () => { for (const world of worlds) await world.close(); });

describe("changes of two repositories", () => {
  test("killed right after the first has merged: resuming lands the second, each once, in the order told", async () => {
    const { world, origin, subjects, start } = await makeTwo();
    worlds.push(world);
    const merged: string[] = [];
    const killed = await start((event, kill) => { if (event.type === "merge" && event["outcome"] === "merged") { merged.push(String(event["taskId"])); kill("SIGKILL"); } });
    assert.deepEqual([killed.signal, merged.length], ["SIGKILL", 1], killed.stderr);
    assert.deepEqual([subjects(world.origin).length, subjects(origin).length], [1, 0], "the repository that was named first merges first");
    const [own] = (JSON.parse((await world.inspan(["task", "list", "--json"])).stdout) as { tasks: { taskId: string }[] }).tasks; // our own form
    assert.equal(own?.taskId, merged[0]);
    const resumed = await world.inspan(["task", "resume", own?.taskId ?? "", "--json"]);
    assert.deepEqual([resumed.exitCode, groupEnd(resumed).group.state, groupEnd(resumed).group.order], [0, "landed", ["repo", "second"]], resumed.stderr);
    assert.deepEqual([subjects(world.origin).length, subjects(origin).length], [1, 1]);
    const again = await world.inspan(["task", "resume", own?.taskId ?? "", "--json"]);
    assert.deepEqual([again.exitCode, groupEnd(again).group.state, subjects(world.origin).length, subjects(origin).length], [0, "landed", 1, 1], again.stderr);
    const { pullRequests } = JSON.parse((await world.inspan(["pr", "list", "--all", "--json"])).stdout) as { pullRequests: { id: string }[] }; // our own form
    assert.match((await world.inspan(["pr", "show", pullRequests[0]?.id ?? ""])).stdout, /Belongs together with[\s\S]*second[\s\S]*in this order, or none does: repo, second/);
    await world.nothingLives();
  });

  test("where a person has to look at one, none merges; their word merges both", async () => {
    const { world, origin, inSecond, subjects, start } = await makeTwo({ secondYaml: `${checks}merge: { policy: auto, paths: [{ paths: ["src/**"], policy: person }] }\n` });
    worlds.push(world);
    const run = await start();
    const end = groupEnd(run);
    assert.deepEqual([run.exitCode, end.state, end.group.state, end.group.missing], [4, "held", "waiting", ["second: held (policy)"]], run.stderr);
    assert.deepEqual([subjects(world.origin), subjects(origin)], [[], []]);
    assert.match(end.tasks[0]?.hold?.question ?? "", /waits for the others/);
    const looked = await world.inspan(["task", "resume", end.tasks[0]?.taskId ?? "", "--json"]);
    assert.deepEqual([looked.exitCode, groupEnd(looked).group.state], [4, "waiting"], looked.stderr);
    const answered = await inSecond(["task", "answer", end.tasks[1]?.taskId ?? "", "merge", "--json"]);
    assert.deepEqual([answered.exitCode, endOf(answered).state, groupEnd(answered).group.state], [0, "done", "landed"], answered.stderr);
    assert.deepEqual([subjects(world.origin).length, subjects(origin).length], [1, 1]);
  });
});
