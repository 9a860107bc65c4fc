// A hundred thousand signals, through the command line: bounded in memory and on disk, what was left out is told, and causes keep their sizes. And no way in lets a secret through.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openSignals, serveWebhooks } from "../../src/domains/feedback/runtime/index.ts";
import { openRepository } from "../../src/domains/worktree/runtime/index.ts";
import { createNodeProviders } from "../../src/providers/node/index.ts";
import { makeDreamWorld } from "../support/dream-world.ts";

interface Stats {
  readonly total: number;
  readonly looked: number;
  readonly isCut: boolean;
  readonly clusters: readonly { readonly title: string; readonly signalIds: readonly number[]; readonly counted: number }[];
  readonly floods: readonly { readonly day: string; readonly cause: string; readonly count: number }[];
}
const count = 100_000;
const causes = ["mail", "cart", "stock", "price", "login", "query", "cache", "index"];
// A heap of the usual size is not asked for.
const env = (now: string) => ({ NODE_OPTIONS: "--max-old-space-size=512", INSPAN_NOW: now });

test("a flood of a hundred thousand is bounded, told, and counted by cause", { timeout: 240_000 }, async () => {
  const world = await makeDreamWorld({ words: () => undefined });
  try {
    const add = async (now: string, messageOf: (index: number) => string) => {
      const input = Array.from({ length: count }, (_, index) => `{"event_id":"${index.toString(36)}","message":"${messageOf(index)}"}`).join("\n");
      const run = await world.inspan(["feedback", "add", "--json"], { input, env: env(now) });
      assert.equal(run.exitCode, 0, run.stderr);
      return JSON.parse(run.stdout) as { received: number; added: number }; // our own output
    };
    const stats = async (now: string, ...args: readonly string[]) =>
      JSON.parse((await world.inspan(["feedback", "stats", "--json", ...args], { env: env(now) })).stdout) as Stats; // our own output
    const { received, added } = await add("2026-11-16T12:00:00Z", (index) => causes[index % causes.length] ?? "");
    assert.deepEqual([received, added], [count, 4_000]);
    const first = await stats("2026-11-16T13:00:00Z");
    assert.deepEqual(first.clusters.map(({ title, signalIds, counted }) => `${title} ${signalIds.length} ${counted}`).sort(), causes.map((cause) => `${cause} 500 12000`).sort());
    assert.deepEqual([first.total, first.looked, first.isCut], [4_000, 4_000, false]);
    // Causes that are all different, on the next day: the day itself is full. The events that are kept already are known, not counted.
    const word = (index: number) => [...String(index)].map((digit) => "abcdefghij"[Number(digit)]).join("").padStart(5, "z");
    const second = await add("2026-11-17T12:00:00Z", (index) => word(index));
    assert.equal(second.added, 20_000);
    const after = await stats("2026-11-17T13:00:00Z", "--since", "2026-11-17");
    assert.deepEqual(
      [after.looked, after.floods.filter(({ cause }) => cause === "*").map(({ count: left }) => left)],
      [5_000, [count - 20_000 - 4_000]],
      JSON.stringify({ ...after, clusters: after.clusters.length }),
    );
  } finally { await world.close(); }
});

const secret = "ghp_abcdefghijklmnopqrstuvwxyz0123456789", hookSecret = "a-secret-of-this-test";
const sign = (body: string) => createHmac("sha256", hookSecret).update(body).digest("hex");
const event = {
  event_id: `1-${secret}`,
  message: `failed with ${secret}`,
  release: `shop@${secret}`,
  transaction: `/pay?${secret}`,
  fingerprint: [secret],
  exception: { values: [{ type: `Error ${secret}`, value: secret, stacktrace: { frames: [{ filename: `src/${secret}.ts`, function: secret, lineno: 1 }] } }] },
};
const alerts = {
  alerts: [
    {
      status: "firing",
      labels: { alertname: `Down ${secret}`, token: secret },
      annotations: { summary: secret, description: secret },
      startsAt: "2026-11-16T00:00:00Z",
      generatorURL: `https://a.example/${secret}`,
    },
  ],
};
const slack = { type: "event_callback", event: { type: "app_mention", text: `<@U0> keep this: never ${secret}`, channel: "C1", ts: "1", user: "U1" } };
const typed: Readonly<Record<string, { readonly args: readonly string[]; readonly input?: string }>> = {
  "a text": { args: [`use ${secret}`] },
  "a pasted thread": { args: ["--kind", "incident"], input: `ada: it was ${secret}\nbob: why?` },
  "a title and a link": { args: ["words", "--title", `about ${secret}`, "--link", `https://x.example/${secret}`] },
  "an event of Sentry": { args: [], input: JSON.stringify(event) }, "alerts": { args: [], input: JSON.stringify(alerts) },
};
const sent: Readonly<Record<string, readonly [path: string, body: string, headers: (body: string) => Readonly<Record<string, string>>]>> = {
  "GitHub's comment": [
    "/hooks/github",
    JSON.stringify({
      action: "created",
      comment: {
        id: 1,
        body: `see ${secret}`,
        path: `src/${secret}.ts`,
        line: 1,
        html_url: `https://f.example/${secret}#c1`,
        commit_id: secret,
        user: { login: secret },
        author_association: "MEMBER",
      },
    }),
    (body) => ({ "x-github-event": "pull_request_review_comment", "x-hub-signature-256": `sha256=${sign(body)}` }),
  ],
  "GitHub's run": [
    "/hooks/github",
    JSON.stringify({
      action: "completed",
      workflow_run: {
        id: 2,
        name: `build ${secret}`,
        conclusion: "failure",
        html_url: `https://f.example/${secret}`,
        head_sha: secret,
        output: { title: secret, summary: secret },
      },
    }),
    (body) => ({ "x-github-event": "workflow_run", "x-hub-signature-256": `sha256=${sign(body)}` }),
  ],
  "GitLab's note": [
    "/hooks/gitlab",
    JSON.stringify({
      object_kind: "note",
      user: { username: secret },
      object_attributes: { id: 5, note: `keep ${secret}`, url: `https://l.example/${secret}#note_5` },
    }),
    () => ({ "x-gitlab-token": hookSecret }),
  ],
  "GitLab's pipeline": [
    "/hooks/gitlab",
    JSON.stringify({
      object_kind: "pipeline",
      project: { web_url: `https://l.example/${secret}` },
      object_attributes: { id: 6, status: "failed", sha: secret },
      builds: [{ id: 7, name: secret, status: "failed", failure_reason: secret }],
    }),
    () => ({ "x-gitlab-token": hookSecret }),
  ],
  "Slack's mention": [
    "/hooks/slack",
    JSON.stringify(slack),
    (body) => {
      const stamp = String(Math.floor(Date.now() / 1000));
      return { "x-slack-request-timestamp": stamp, "x-slack-signature": `v0=${sign(`v0:${stamp}:${body}`)}` };
    },
  ],
  "Sentry's envelope": ["/api/1/envelope/?sentry_key=" + hookSecret, `{"event_id":"9"}\n{"type":"event"}\n${JSON.stringify({ ...event, event_id: `9-${secret}` })}`, () => ({})],
  "Alertmanager's alerts": [
    "/hooks/alertmanager",
    JSON.stringify({ alerts: alerts.alerts.map((alert) => ({ ...alert, startsAt: "2026-11-17T00:00:00Z" })) }),
    () => ({ authorization: `Bearer ${hookSecret}` }),
  ],
  "a signed text": ["/hooks/text", `the key was ${secret}`, (body) => ({ "x-inspan-signature-256": `sha256=${sign(body)}` })],
};

test("no way in keeps a secret: neither in signals, nor in their names, nor in logs or answers", { timeout: 180_000 }, async (t) => {
  const world = await makeDreamWorld({ words: () => undefined });
  const leaks = () =>
    readdirSync(world.statePath, { recursive: true, encoding: "utf8" }).filter((name) => {
      const path = join(world.statePath, name);
      return statSync(path).isFile() && readFileSync(path).includes(secret);
    });
  try {
    for (const [name, { args, input }] of Object.entries(typed)) {
      await t.test(name, async () => {
        const run = await world.inspan(["feedback", "add", "--json", ...args], input === undefined ? {} : { input });
        assert.deepEqual(
          [run.exitCode, (JSON.parse(run.stdout) as { added: number }).added, run.stdout.includes(secret) || run.stderr.includes(secret), leaks()],
          [0, 1, false, []],
          run.stderr,
        );
      });
    }
    const providers = createNodeProviders({
      env: { ...process.env, INSPAN_HOME: world.statePath, INSPAN_WEBHOOK_SECRET: hookSecret },
      statePath: world.statePath,
      version: "0.0.0",
    });
    const signals = openSignals(providers, (await openRepository({ providers, cwd: world.path, statePath: world.statePath })).statePath);
    const server = await serveWebhooks({ providers, signals, port: 0, onTaken: () => undefined });
    try {
      for (const [name, [path, body, headersOf]] of Object.entries(sent)) {
        await t.test(name, async () => {
          const response = await fetch(`${server.url}${path}`, { method: "POST", body, headers: { "content-type": "application/json", ...headersOf(body) } });
          assert.deepEqual([response.status, await response.json(), leaks()], [200, { version: 1, received: 1, added: 1 }, []]);
        });
      }
    } finally { await server.close(); await signals.dispose(); }
    await t.test("what people changed and took back in git", async () => {
      world.change("keys", { "src/key.mjs": `export const key = "${secret}";\n` }, "Inspan-Task: t1\nInspan-Head: abc");
      world.change(`no ${secret} here`, { "src/key.mjs": "export const key = process.env.KEY;\n" });
      world.git("revert", "--no-edit", "HEAD");
      world.git("push", "--quiet", "origin", "HEAD:main");
      const run = await world.inspan(["feedback", "collect", "--json"]);
      assert.deepEqual([(JSON.parse(run.stdout) as { added: number }).added, leaks()], [2, []], run.stdout);
    });
    const shown = await Promise.all(
      [
        ["feedback", "list", "--json"],
        ["feedback", "stats", "--json"],
        ["feedback", "list"],
        ["feedback", "stats"],
      ].map((args) => world.inspan(args)),
    );
    assert.deepEqual(shown.map(({ exitCode, stdout, stderr }) => [exitCode, stdout.includes(secret) || stderr.includes(secret)]), [[0, false], [0, false], [0, false], [0, false]]);
  } finally { await world.close(); }
});
