// What `inspan init --hooks` writes, seen in the users' own clients: after an edit that breaks a rule, the finding stands in the next model request of the same turn.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { after, describe, test } from "node:test";
import { startScriptedModel, text, type ModelStep, type Script } from "../programs/scripted-model/index.ts";
import { deriveCatalogue } from "../../src/domains/agent/service/codex/home.ts";
import { binPath, handsOf } from "./hands.ts";
import { git, makeTestFolder, removeFolder, repositoryRoot } from "./support.ts";

// A client that takes longer waits for something that never comes.
const clientMsMax = 150_000;
const chosen = (process.env["CLIENTS"] ?? "").split(",").filter((name) => name !== "");
const claudePath = join(repositoryRoot, "scripts", "agents", "node_modules", "@anthropic-ai", `claude-agent-sdk-${process.platform}-${process.arch}`, "claude");

const clean = 'import { a } from "./base.ts";\nexport const room = a;\n';
const files: Readonly<Record<string, string>> = {
  "inspan.yaml": "version: 1\ndomains: src/domains/*\nlayers: [types, service, ui]\n", "package.json": '{ "type": "module" }\n', "README.md": "# Rooms\n\n[lost](lost.md)\n",
  "src/domains/rooms/types/base.ts": "export const a = 1;\n",
  "src/domains/rooms/types/room.ts": clean,
  "src/domains/rooms/ui/page.ts": 'export { room } from "../types/room.ts";\nexport const title = "Rooms";\n',
};
const source = "src/domains/rooms/types/room.ts";

interface Client { readonly name: string; command(place: Place): readonly [string, ...string[]]; env(place: Place): Readonly<Record<string, string>>; prepare(place: Place): void }
interface Place { readonly repository: string; readonly home: string; readonly url: string; readonly prompt: string }

const write = (path: string, words: string): void => { mkdirSync(dirname(path), { recursive: true }); writeFileSync(path, words); };

const clients: readonly Client[] = [
  {
    name: "codex",
    // A person trusts the hooks once in /hooks; for a run without a screen Codex has a flag.
    command: ({ repository, prompt }) => [
      join(binPath, "codex"),
      "exec",
      "--dangerously-bypass-approvals-and-sandbox",
      "--dangerously-bypass-hook-trust",
      "-C",
      repository,
      prompt,
    ],
    env: ({ home }) => ({ CODEX_HOME: home }),
    prepare: ({ home, repository, url }) => {
      // A model that Codex does not know gets no patch tool: its own list is asked for a form.
      const listed: unknown = JSON.parse(
        execFileSync(join(binPath, "codex"), ["debug", "models"], {
          env: { ...process.env, CODEX_HOME: home },
          encoding: "utf8",
          stdio: ["ignore", "pipe", "ignore"],
          maxBuffer: 16 * 1024 * 1024,
        }),
      );
      write(join(home, "catalogue.json"), JSON.stringify(deriveCatalogue(listed, { model: "scripted", canEdit: true })));
      write(
        join(home, "config.toml"),
        [
          'model = "scripted"',
          'model_provider = "scripted"',
          `model_catalog_json = ${JSON.stringify(join(home, "catalogue.json"))}`,
          "check_for_update_on_startup = false",
          "[analytics]",
          "enabled = false",
          `[projects.${JSON.stringify(repository)}]`,
          'trust_level = "trusted"',
          "[model_providers.scripted]",
          'name = "scripted"',
          `base_url = ${JSON.stringify(url)}`,
          'wire_api = "responses"',
          "requires_openai_auth = false",
          "supports_websockets = false",
          "",
        ].join("\n"),
      );
    },
  },
  {
    name: "claude",
    command: ({ prompt }) => [claudePath, "-p", prompt, "--permission-mode", "acceptEdits", "--allowedTools", "Edit", "Read", "Write"],
    env: ({ home, url }) => ({
      CLAUDE_CONFIG_DIR: home,
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
      DISABLE_AUTOUPDATER: "1",
      DISABLE_TELEMETRY: "1",
      ANTHROPIC_BASE_URL: url.replace(/\/v1$/, ""),
      ANTHROPIC_API_KEY: "none",
      ANTHROPIC_MODEL: "scripted",
      ANTHROPIC_SMALL_FAST_MODEL: "scripted",
      ANTHROPIC_DEFAULT_HAIKU_MODEL: "scripted",
      ANTHROPIC_DEFAULT_SONNET_MODEL: "scripted",
      ANTHROPIC_DEFAULT_OPUS_MODEL: "scripted",
      IS_SANDBOX: "1",
    }),
    prepare: () => undefined,
  },
  {
    name: "gemini",
    command: ({ prompt }) => [join(binPath, "gemini"), "--approval-mode", "yolo", "-p", prompt],
    env: ({ home, url }) => ({
      GEMINI_CLI_NO_RELAUNCH: "1",
      GEMINI_CLI_HOME: home,
      GOOGLE_GEMINI_BASE_URL: url.replace(/\/v1$/, ""),
      GEMINI_API_KEY: "none",
      GEMINI_MODEL: "scripted",
    }),
    prepare: ({ home, repository }) => {
      // What a person says once, when Gemini first starts in the folder.
      write(join(home, ".gemini", "trustedFolders.json"), JSON.stringify({ [repository]: "TRUST_FOLDER" }));
      write(
        join(home, ".gemini", "settings.json"),
        JSON.stringify({
          privacy: { usageStatisticsEnabled: false },
          telemetry: { enabled: false },
          general: { enableAutoUpdate: false, enableAutoUpdateNotification: false },
          security: { auth: { selectedType: "gemini-api-key" } },
        }),
      );
    },
  },
];

function runClient(command: readonly [string, ...string[]], cwd: string, env: NodeJS.ProcessEnv): Promise<{ readonly exitCode: number | null; readonly output: string }> {
  const child = spawn(command[0], command.slice(1), { cwd, env, stdio: ["ignore", "pipe", "pipe"], timeout: clientMsMax, killSignal: "SIGKILL" });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (words: string) => { output += words; });
  return new Promise((resolve, reject) => { child.on("error", reject); child.on("close", (exitCode) => resolve({ exitCode, output })); });
}

for (const client of clients.filter((one) => chosen.length === 0 || chosen.includes(one.name))) {
  describe(`hooks of ${client.name}`, () => {
    let folder = "";
    after(() => removeFolder(folder));

    test("an edit that breaks a rule is answered in the same turn, source and document, and the backlog is not told", { timeout: 400_000 }, async () => {
      folder = await makeTestFolder();
      const repository = join(folder, "repository");
      for (const [path, words] of Object.entries(files)) write(join(repository, path), words);
      git(repository, "init", "--quiet", "--initial-branch=main");
      // The command that the hooks name, as an installed Inspan has it.
      const shim = join(folder, "bin", "inspan");
      write(shim, `#!/bin/sh\nexec ${JSON.stringify(process.execPath)} --no-warnings ${JSON.stringify(join(repositoryRoot, "bin", "inspan.js"))} "$@"\n`);
      chmodSync(shim, 0o755);
      const env = { ...process.env, PATH: [dirname(shim), binPath, process.env["PATH"] ?? ""].join(delimiter), INSPAN_HOME: join(folder, "s") };
      const init = await runClient([shim, "init", "--hooks"], repository, env);
      assert.equal(init.exitCode, 0, init.output);
      git(repository, "add", "-A");
      git(repository, "commit", "--quiet", "-m", "start");

      const hands = handsOf(client.name, repository);
      const told: string[] = [];
      const steps: readonly ((seen: string) => ModelStep)[] = [
        () => hands.read(source),
        () => hands.edit(source, 'import { a } from "./base.ts";', 'import { title as a } from "../ui/page.ts";'),
        (seen) => { told.push(seen); return hands.edit(source, 'import { title as a } from "../ui/page.ts";', 'import { a } from "./base.ts";'); },
        () => hands.read("README.md"),
        () => hands.edit("README.md", "[lost](lost.md)", "[lost](lost.md) and [the page](src/page.ts)"),
        (seen) => { told.push(seen); return text("Both were told."); },
      ];
      const script: Script = (conversation) => {
        if (conversation.toolsOffered.length === 0) return text("A title.");
        const from = conversation.messages.findLastIndex((message) => message.kind === "call");
        const seen = conversation.messages.slice(from + 1).map((message) => ("text" in message ? message.text : "")).join("\n");
        return steps[conversation.toolResults.length]?.(seen) ?? text("There is nothing more.");
      };
      const model = await startScriptedModel({ script });
      try {
        const place: Place = { repository, home: join(folder, "home"), url: model.url, prompt: "Change the room." };
        mkdirSync(place.home, { recursive: true });
        client.prepare(place);
        const ran = await runClient(client.command(place), repository, { ...env, ...client.env(place) });
        assert.equal(told.length, 2, `${ran.output.slice(-3000)}\n${JSON.stringify(model.requests.map(({ step }) => step)).slice(0, 3000)}`);
        assert.match(told[0] ?? "", /ERROR layers[^]*File: src\/domains\/rooms\/types\/room\.ts[^]*Fix: /, ran.output.slice(-2000));
        assert.match(told[1] ?? "", /ERROR docs-links[^]*File: README\.md[^]*src\/page\.ts/);
        assert.doesNotMatch(told[1] ?? "", /leads to `lost\.md`/);
        assert.equal(readFileSync(join(repository, source), "utf8"), clean);
        assert.ok(existsSync(join(repository, "README.md")));
      } finally {
        await model.close();
        await runClient([shim, "stop", "--all"], repository, env);
      }
    });
  });
}
