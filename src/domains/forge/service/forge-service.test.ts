import assert from "node:assert/strict";
import { test } from "node:test";
import type { ForgeCheck } from "../types.ts";
import { kindOfHost, parseRemoteAddress } from "./address.ts";
import { lintBody } from "./body-lint.ts";
import { decideChecks } from "./check-decision.ts";

test("parseRemoteAddress() reads the forms of remotes, and nothing else", () => {
  for (const [url, expected] of [
    ["https://github.com/team/desk.git", "github.com team/desk"],
    ["https://user:secret@github.com/team/desk", "github.com team/desk"],
    ["git@github.com:team/desk.git", "github.com team/desk"],
    ["ssh://git@gitlab.example.org:2222/group/sub/desk.git/", "gitlab.example.org group/sub/desk"],
    ["/srv/git/desk.git", undefined],
    ["file:///srv/desk.git", undefined],
    ["https://github.com/", undefined],
    ["../desk", undefined],
    ["https://github.com/team/desk?x=1", undefined],
  ] as const) {
    const address = parseRemoteAddress(url);
    assert.equal(address && `${address.host} ${address.repository}`, expected, url);
  }
  assert.deepEqual(["github.com", "gitlab.com", "gitlab.example.org", "example.org", "notgithub.com"].map(kindOfHost), ["github", "gitlab", "gitlab", undefined, undefined]);
});

const template = "## What\n\n<!-- one sentence -->\n\n## Why\n\nTell why.\n\n## Proof\n";
const faults = (body: string) => lintBody(body, template).map(({ found }) => found);

test("lintBody() asks for the template's headings in their order, with words below them, and no placeholder", () => {
  const good = "## What\n\nIt adds.\n\n## Why\n\nThe issue.\n\n## Proof\n\n`npm test` passes; `TODO` is a word in code.";
  assert.deepEqual(faults(good), []);
  assert.deepEqual(faults(good.replace("## Why\n\nThe issue.\n\n", "")), ['no heading "Why"']);
  assert.deepEqual(faults("## Why\n\nx\n\n## What\n\ny\n\n## Proof\n\nz"), ['the heading "Why" stands after "What"']);
  assert.deepEqual(faults(good.replace("The issue.", "Tell why.")), ['the template\'s own words below "Why"']);
  assert.deepEqual(faults(good.replace("It adds.", "")), ['nothing below "What"']);
  assert.deepEqual(faults(good.replace("It adds.", "TODO")), ['the placeholder "TODO"']);
  assert.deepEqual(faults(good.replace("It adds.", "[describe the change]")), ['the placeholder "[describe the change]"']);
  assert.deepEqual(faults(good.replace("It adds.", "[describe](https://example.org)")), []);
  assert.deepEqual(faults(good.replace("It adds.", "### Adds\n\nTwo numbers.")), [], "what stands below a smaller heading is part of it");
  assert.deepEqual(faults(good.replace("It adds.", "### Adds")), ['nothing below "What"']);
  assert.deepEqual(lintBody("# Change\n\n## What\n\nIt adds.\n", "# Change\n\n## What\n"), []);
  assert.deepEqual(lintBody("anything", ""), []);
  assert.ok(lintBody("# a\n".repeat(200_000), template).length > 0);
});

const check = (name: string, status: ForgeCheck["status"], more: Partial<ForgeCheck> = {}): ForgeCheck => ({
  id: `run:${name}`,
  name,
  commit: "h",
  status,
  summary: "",
  url: "",
  canRerun: true,
  ...more,
});

test("decideChecks() passes what is green, waits for what is missing, runs a flake again once, and never waves a failure through", () => {
  const flakes = [{ check: "flaky", until: "2026-02-01", reason: "r" }];
  const decide = (checks: readonly ForgeCheck[], more: { required?: readonly string[]; today?: string; over?: boolean; reruns?: number } = {}) => {
    const decision = decideChecks({
      checks,
      head: "h",
      config: { checks: [...(more.required ?? [])], flakes },
      today: more.today ?? "2026-01-15",
      isTimeOver: more.over ?? false,
      reruns: new Map([
        ["flaky", more.reruns ?? 0],
        ["build", more.reruns ?? 0],
      ]),
    });
    return decision.kind === "failed" || decision.kind === "rerun"
      ? `${decision.kind} ${decision.checks.map(({ name }) => name).join()}`
      : decision.kind === "silent"
        ? `silent ${decision.names.join()}`
        : decision.kind === "passed"
          ? `passed${decision.flakes.map(({ name }) => ` without ${name}`).join("")}`
          : decision.kind;
  };
  for (const [checks, more, expected] of [
    [[check("build", "passed")], {}, "passed"],
    [[check("build", "neutral")], {}, "passed"],
    [[], {}, "passed"],
    [[check("build", "failed")], {}, "failed build"],
    [[check("build", "failed")], { reruns: 9 }, "failed build"],
    [[check("build", "failed", { commit: "other" })], {}, "passed"],
    [[check("inspan/test", "failed")], {}, "passed"],
    [[check("extra", "failed")], { required: ["build"] }, "wait"],
    [[check("build", "passed")], { required: ["build", "e2e"] }, "wait"],
    [[check("build", "passed")], { required: ["build", "e2e"], over: true }, "silent e2e"],
    [[check("build", "pending")], {}, "wait"],
    [[check("build", "pending")], { over: true }, "silent build"],
    [[check("flaky", "failed")], {}, "rerun flaky"],
    [[check("flaky", "failed")], { reruns: 1 }, "passed without flaky"],
    [[check("flaky", "failed")], { reruns: 1, today: "2026-02-02" }, "failed flaky"],
    [[check("flaky", "failed")], { today: "2026-02-02" }, "rerun flaky"],
    [[check("flaky", "failed"), check("build", "failed")], {}, "failed build"],
    [[check("flaky", "pending")], {}, "passed"],
    [[check("build", "cancelled")], {}, "rerun build"],
    [[check("build", "cancelled")], { reruns: 1 }, "failed build"],
    [[check("build", "failed", { startedAt: "1" }), check("build", "passed", { startedAt: "2" })], {}, "passed"],
    [[check("build", "passed", { startedAt: "1" }), check("build", "failed", { startedAt: "2" })], {}, "failed build"],
    [[check("flaky", "failed", { canRerun: false })], { today: "2026-02-02" }, "failed flaky"],
  ] as const) assert.equal(decide(checks, more), expected, JSON.stringify([checks, more]));
});
