// A plain library, tended by its schedule alone: an outdated dependency becomes one pull request, which is not opened twice, and never again where a person closed it.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { call, text, type ModelStep } from "../programs/scripted-model/conversation.ts";
import { patch, type TinyView } from "../programs/scripted-model/tiny.ts";
import { makeTaskWorld } from "../support/task-world.ts";

const versions = { one: ["1.0.0", "1.1.0"], two: ["2.0.0", "2.0.0"] } as const;
const yaml = 'checks: [{ name: test, run: "node test.mjs", timeoutSeconds: 60 }]\nschedules:\n  - { name: updates, cron: "0 5 * * *", job: dependency-updates }\n';

/** Answers as a registry of packages does, for these two. */
async function startRegistry() {
  const server = createServer((request, response) => {
    const name = (request.url ?? "").slice(1).split("?")[0] === "one" ? "one" : "two";
    const [old, latest] = versions[name];
    response.writeHead(200, { "content-type": "application/json" });
    response.end(
      JSON.stringify({
        name,
        "dist-tags": { latest },
        versions: Object.fromEntries(
          [old, latest].map((version) => [version, { name, version, dist: { tarball: `http://127.0.0.1/${name}-${version}.tgz`, shasum: "0" } }]),
        ),
      }),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, close: () => { server.closeAllConnections(); server.close(); } }; // listens on a port
}

function author(view: TinyView): ModelStep | undefined {
  const said = view.conversation.messages.flatMap((message) => (message.kind === "user" ? [message.text] : [])).join("\n");
  const name = /Update the dependency (one|two) from/.exec(said)?.[1];
  if (name !== "one" && name !== "two") return undefined;
  const [old, latest] = versions[name];
  if (view.phase === "planning")
    return view.called.includes("submit_plan")
      ? text("Planned.")
      : call("submit_plan", { summary: `Update ${name}.`, steps: ["update"], noReproductionReason: "A version is changed, and nothing else." });
  if (view.phase !== "implementing") return undefined;
  return view.conversation.messages.some((message) => message.kind === "call" && message.tool === "apply_patch")
    ? text("Updated.")
    : patch(
        `*** Update File: package.json\n@@\n-    "${name}": "^${old}"${name === "one" ? "," : ""}\n+    "${name}": "^${latest}"${name === "one" ? "," : ""}`,
      );
}

test("dependency updates of a plain library: one pull request, none twice, and none again where a person closed it", { timeout: 235_000 }, async (t) => {
  const registry = await startRegistry();
  const packages = { "": { dependencies: { one: "^1.0.0", two: "^2.0.0" } }, "node_modules/one": { version: "1.0.0" }, "node_modules/two": { version: "2.0.0" } };
  const world = await makeTaskWorld({
    names: [], yaml, special: author,
    files: {
      "package.json": '{\n  "type": "module",\n  "dependencies": {\n    "one": "^1.0.0",\n    "two": "^2.0.0"\n  }\n}\n',
      "package-lock.json": JSON.stringify({ lockfileVersion: 3, packages }),
      ".npmrc": `registry=${registry.url}\nfetch-retries=0\n`,
      "test.mjs": "export {};\n",
    },
  });
  t.after(async () => { registry.close(); await world.close(); });
  const night = async () => {
    const run = await world.inspan(["schedule", "run", "updates", "--json"], { timeoutMs: 220_000 });
    const ran = run.events.at(-1)?.["ran"] as readonly { state: string; summary: string }[] | undefined; // our own form
    return [
      run.exitCode,
      ...(ran ?? []).map(({ state, summary }) => `${state} ${summary.replaceAll(/(task|request) [0-9a-z]{6,8}/g, "$1 …")}`),
      ...(run.exitCode === 0 ? [] : [run.stderr]),
    ];
  };
  const about = "Update the dependency one from 1.0.0 to 1.1.0";
  assert.deepEqual(await night(), [0, `done task …: ${about} pull request … open`]);
  assert.deepEqual(await night(), [0, `nothing ${about}: pull request … is open`]);
  const branch = world.atOrigin("branch", "--list", "inspan/*", "--format=%(refname:short)");
  assert.match(world.atOrigin("show", `${branch}:package.json`), /"one": "\^1\.1\.0"/);
  world.git("push", "--quiet", "origin", `:refs/heads/${branch}`);
  assert.deepEqual(await night(), [0, `nothing ${about}: a person closed pull request …`]);
});
