// A real browser against pages without an end: one that never loads, one that spins, one that runs away, a hundred tabs, a gigabyte. Each has a clear answer; other worktrees do not notice.
import assert from "node:assert/strict";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { type BrowserWorld, makeBrowserWorld, missingBrowser } from "../support/browser-world.ts";

const closes: (() => void | Promise<void>)[] = [];
let world: BrowserWorld;
let other = "";
const browser = (...args: readonly string[]) => world.browser(args);

describe("the browser and pages without an end", { skip: missingBrowser, timeout: 480_000 }, () => {
  before(async () => {
    world = await makeBrowserWorld({ after: (close) => { closes.push(close); } });
    other = join(world.path, "..", "other");
    world.git("worktree", "add", "--quiet", other);
    assert.equal((await world.browser(["open", `${world.origin}/table`], other)).exitCode, 0);
  });
  // Own order: what made the world goes last.
  test.after(async () => { for (const close of closes.reverse()) await close(); });
  // Whatever a page did: the other worktree's is where it was, and its handles hold.
  test.afterEach(async () => { assert.match((await world.browser(["act", "hover", "button \"Cancel 3\""], other)).said, /^hover done/); });

  test("a page that never loads, and one whose script does not end, are errors with the state of the page", async () => {
    const never = await browser("open", `${world.origin}/never`);
    assert.deepEqual([never.exitCode, never.error?.code], [3, "PAGE_TIMED_OUT"]);
    assert.match(never.error?.message ?? "", /no document after 15 s/);
    await browser("open", `${world.origin}/busy`);
    const busy = await browser("act", "click", "button Spin");
    assert.equal(busy.error?.code, "PAGE_HANGS", JSON.stringify(busy));
    assert.equal((await browser("snapshot")).error?.code, "PAGE_GONE");
    assert.equal((await browser("open", `${world.origin}/`)).exitCode, 0);
  });

  test("an element that moves away is an error that says so", async () => {
    await browser("open", `${world.origin}/moving`);
    const moved = await browser("act", "click", "button Catch");
    assert.equal(moved.error?.code, "PAGE_TIMED_OUT");
    assert.match(moved.error?.message ?? "", /not stable/);
  });

  test("a hundred tabs are eight, and a gigabyte does not reach the disk", async () => {
    await browser("open", `${world.origin}/tabs`);
    const tabs = await browser("act", "click", "button Open");
    assert.match(tabs.text, /more than 8 tabs/);
    await browser("close");
    const huge = await browser("open", `${world.origin}/huge`);
    assert.match(huge.text, /larger than 128 MiB/);
    const unsized = await browser("open", `${world.origin}/unsized`);
    assert.match(unsized.said, /is a download/, JSON.stringify(unsized));
    let told = "";
    for (let tries = 0; tries < 200 && !/did not come/.test(told); tries++) told = (await browser("console", "--all")).text;
    assert.match(told, /huge\.bin did not come/);
  });
});
