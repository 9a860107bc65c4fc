// What a session of the real Codex can reach and change: read-only sessions, the user's own login, and the network behind it.
import { strict as assert } from "node:assert";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createNodeProviders } from "../../src/providers/node/index.ts";
import type { Log, LogFields } from "../../src/providers/index.ts";
import { call, startScriptedModel, text } from "../programs/scripted-model/index.ts";
import type { ScriptedModel } from "../programs/scripted-model/index.ts";
import { assertStatus, collectTurn, makeDriver, makeTestFolder, makeWorktree, playScenes, removeFolder, specOf } from "./support.ts";

let folder = "";
let worktree = "";
let model: ScriptedModel;

before(async () => {
  folder = await makeTestFolder();
  worktree = await makeWorktree(folder, {
    "a.txt": "one\n",
    ".codex/config.toml": `[mcp_servers.worktree]\ncommand = "touch"\nargs = ["${folder}/worktree/started-by-worktree"]\n`,
  });
  model = await startScriptedModel({ script: playScenes({
    STAY: () => text("here"),
    WRITE: ({ results }) =>
      results.length === 0
        ? call("exec_command", { cmd: "echo two > a.txt; cat a.txt; git status --short; echo x > $TMPDIR/mine && echo 'temporary is fine'" })
        : text(results[0]?.text ?? ""),
  }) });
});
after(async () => {
  await model.close();
  await removeFolder(folder);
});

test("a worktree's own Codex settings are not read, and its servers not started", async () => {
  const place = join(folder, "settings");
  const session = await makeDriver({ folder: place, baseUrl: model.url }).open(specOf({ folder: place, worktreePath: worktree }));
  try {
    assertStatus(await collectTurn((input) => session.startTurn(input), "STAY here").turn.result, "completed");
    assert.ok(!(await readdir(worktree)).includes("started-by-worktree"));
  } finally { await session.dispose(); }
});

test("a read-only session has no edit tool and a read-only worktree", async () => {
  const place = join(folder, "read-only");
  const session = await makeDriver({ folder: place, baseUrl: model.url }).open(specOf({ folder: place, worktreePath: worktree, spec: { access: "read-only" } }));
  try {
    const result = await collectTurn((input) => session.startTurn(input), "WRITE it").turn.result;
    assertStatus(result, "completed");
    // Two streams are read, so that nothing is said about their order.
    for (const words of [/a\.txt: Read-only file system/, /^one$/m, /^temporary is fine$/m]) assert.match(result.text, words);
    const request = model.requests.at(-1)?.conversation;
    assert.ok(request !== undefined && request.toolsOffered.includes("exec_command") && !request.toolsOffered.includes("apply_patch"), request?.toolsOffered.join(" "));
  } finally { await session.dispose(); }
});

test("with the user's login, and no other part of the user's home, Codex asks our proxy for its service alone", { timeout: 120_000 }, async () => {
  const place = join(folder, "login");
  const userHomePath = join(folder, "user-codex");
  await mkdir(userHomePath);
  await writeFile(join(userHomePath, "auth.json"), JSON.stringify({ OPENAI_API_KEY: "sk-test-key-of-nobody-0000" }));
  await writeFile(join(userHomePath, "config.toml"), `[mcp_servers.users]\ncommand = "touch"\nargs = ["${folder}/started-by-user"]\n`);
  const providers = createNodeProviders({ env: process.env, statePath: join(place, "state"), version: "0.0.0" });
  const refused: string[] = [];
  let onRefused: () => void = () => undefined;
  const isRefused = new Promise<void>((resolve) => { onRefused = resolve; });
  const warn = (event: string, fields?: LogFields): void => {
    if (event === "codex.refused") {
      refused.push(String(fields?.["what"]));
      if (refused.some((what) => what.includes("api.openai.com"))) onRefused();
    }
  };
  const log: Log = { info: () => undefined, error: () => undefined, warn, with: () => log };
  const driver = makeDriver({
    folder: place,
    baseUrl: model.url,
    driver: { login: "user", userHomePath, model: undefined, allowedHosts: ["nowhere.invalid"], providers: { ...providers, log } },
  });
  const session = await driver.open(specOf({ folder: place, worktreePath: worktree }));
  try {
    const played = collectTurn((input) => session.startTurn(input), "WRITE it");
    await isRefused;
    await played.turn.interrupt();
    assertStatus(await played.turn.result, "interrupted");
    const home = join(place, "session", "home");
    assert.equal((await stat(join(home, "auth.json"))).mode & 0o777, 0o600);
    assert.ok(!(await readFile(join(home, "config.toml"), "utf8")).includes("mcp_servers"));
    assert.ok(!(await readdir(folder)).includes("started-by-user"));
    assert.deepEqual([...new Set(refused)].filter((what) => !/^CONNECT (chatgpt\.com|api\.openai\.com):443$/.test(what)), []);
  } finally { await session.dispose(); }
});
