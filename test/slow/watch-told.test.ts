// After the merge, by webhook: an exception and an alert that somebody sends are tied to the merge that brought them; a fix task is started once, and the answer is one document.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { openSignals, serveWebhooks } from "../../src/domains/feedback/runtime/index.ts";
import type { WatchAnswer } from "../../src/domains/learning/runtime/index.ts";
import { openRepository } from "../../src/domains/worktree/runtime/index.ts";
import { createNodeProviders } from "../../src/providers/node/index.ts";
import { makeTaskWorld } from "../support/task-world.ts";

const secret = "a-secret-of-this-test";

test("what Sentry and Alertmanager send is tied to its merge, and one task mends it, though the look that began it is killed; a second look starts nothing", { timeout: 240_000 }, async (t) => {
  let kills = 0;
  // The first word of the agent ends the look that asked for it.
  const special = () => {
    if (kills > 0) return undefined;
    for (const pid of world.processes().filter((one) => readFileSync(`/proc/${one}/cmdline`, "utf8").includes("feedback\0watch"))) {
      kills++;
      process.kill(Number(pid), "SIGKILL");
    }
    return undefined;
  };
  const world = await makeTaskWorld({ names: ["alpha"], special });
  t.after(() => world.close());
  world.write({ "src/beta.mjs": "export const beta = 1;\n" });
  world.git("add", "-A");
  world.git("commit", "--quiet", "-m", "alpha subtracts");
  world.git("push", "--quiet", "origin", "HEAD:main");
  const bad = world.git("rev-parse", "HEAD");
  const providers = createNodeProviders({ env: { ...process.env, INSPAN_HOME: world.statePath, INSPAN_WEBHOOK_SECRET: secret }, statePath: world.statePath, version: "0.0.0" });
  const signals = openSignals(providers, (await openRepository({ providers, cwd: world.path, statePath: world.statePath })).statePath);
  const server = await serveWebhooks({ providers, signals, port: 0, onTaken: () => undefined });
  try {
    const send = async (path: string, body: string, headers: Readonly<Record<string, string>>) => (await fetch(`${server.url}${path}`, { method: "POST", body, headers })).status;
    const eventOf = (id: string) =>
      JSON.stringify({
        data: {
          event: {
            event_id: id,
            release: `cart@${bad}`,
            transaction: "/sum",
            exception: { values: [{ type: "SumError", value: "Mend alpha: 2 and 3 are not -1" }] },
          },
        },
      });
    const sentry = (body: string) => send("/hooks/sentry", body, { "sentry-hook-signature": createHmac("sha256", secret).update(body).digest("hex") });
    const alert = JSON.stringify({
      alerts: [
        { status: "firing", labels: { alertname: "SlowMail", service: "mail" }, annotations: { summary: "mail is slow" }, startsAt: new Date().toISOString() },
      ],
    });
    assert.deepEqual([await sentry(eventOf("1")), await sentry(eventOf("2")), await send("/hooks/alertmanager", alert, { authorization: `Bearer ${secret}` })], [200, 200, 200]);
  } finally { await server.close(); await signals.dispose(); }
  const watch = async (...args: readonly string[]): Promise<WatchAnswer> => {
    const run = await world.inspan(["feedback", "watch", "--json", ...args]);
    assert.equal(run.exitCode, 0, run.stderr);
    return JSON.parse(run.stdout) as WatchAnswer; // one document, whatever it started
  };
  const shown = ({ regressions }: WatchAnswer) =>
    regressions.map(({ service, what, kind, by, suspects, action }) => [service, what, kind, by, suspects[0]?.commit, action.replace(/ \w{6} /, " … ")]).sort();
  const told = await watch();
  assert.deepEqual(shown(told), [["cart", "SumError in /sum", "span", "version", bad, "told"], ["mail", "SlowMail", "alert", "time", bad, "told"]], JSON.stringify(told));
  assert.deepEqual([told.added, told.warnings.map((warning) => warning.split(":")[0])], [0, ["telemetry cannot be read, webhooks alone were"]]);
  const killed = await world.inspan(["feedback", "watch", "--json", "--act", "task"]);
  assert.deepEqual([killed.signal, killed.stdout, kills > 0], ["SIGKILL", "", true], killed.stderr);
  const acted = await watch("--act", "task");
  assert.equal(acted.regressions.filter(({ action }) => /^task \w+ is done$/.test(action)).length, 1, JSON.stringify(acted.regressions));
  const { tasks } = JSON.parse((await world.inspan(["task", "list", "--json"])).stdout) as { tasks: readonly { id: string }[] }; // our own form
  assert.equal(tasks.length, 1);
  const branch = world.atOrigin("branch", "--list", "inspan/*", "--format=%(refname:short)");
  assert.match(world.atOrigin("show", `${branch}:src/alpha.mjs`), /a \+ b/);
  // The alert is the next one's turn; nobody acts twice on one.
  assert.match((await watch("--act", "tell")).regressions.map(({ action }) => action).join(), /^told,told$/);
  const again = await watch("--act", "task");
  assert.match(again.regressions.find(({ what }) => what === "SumError in /sum")?.action ?? "", /^known: task \w+ is done$/, JSON.stringify(again.regressions));
});
