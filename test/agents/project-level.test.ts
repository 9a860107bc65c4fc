// What a repository gives to its agents (MCP servers, skills) is handed to every client as it is at the base commit; what lies in the user's own home, and
// what the work has changed meanwhile, never loads. Each server leaves a mark in the worktree, which is writable, so that a load would be seen.
import { strict as assert } from "node:assert";
import { cp, mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { startScriptedModel, text } from "../programs/scripted-model/index.ts";
import { call } from "../programs/scripted-model/index.ts";
import { makeClientDriver } from "./hands.ts";
import { assertStatus, collectTurn, git, makeTestFolder, makeWorktree, playScenes, removeFolder, repositoryRoot, specOf } from "./support.ts";

const chosen = (process.env["CLIENTS"] ?? "").split(",").filter((name) => name !== "");
const serverPath = join(repositoryRoot, "test", "programs", "agents", "mcp-server.mjs");
const skill = (name: string, words: string): string => `---\nname: ${name}\ndescription: ${words}\n---\n\nDo it.\n`;
const servers = (name: string, more: object = {}): string =>
  JSON.stringify({ mcpServers: { [name]: { command: "node", args: ["tools/server.mjs", name], env: { LEVEL: "${LEVEL:-low}" }, ...more } } });

/** How each client's model calls a tool of the repository's server. */
const toolNames: Readonly<Record<string, string>> = {
  builtin: "project_whoami",
  codex: "mcp__project/whoami",
  claude: "mcp__project__whoami",
  gemini: "mcp_project_whoami",
  opencode: "project_whoami",
  pi: "project_whoami",
};

/** A home in which every client has a server, a skill and instructions of the user. */
async function plantUserHome(home: string, worktree: string): Promise<void> {
  const server = { command: "node", args: [join(worktree, "tools", "server.mjs"), "user"], cwd: worktree };
  const mcpServers = { user: server };
  const files: Readonly<Record<string, string>> = {
    ".claude.json": JSON.stringify({ mcpServers }),
    ".claude/settings.json": JSON.stringify({ mcpServers, env: { MARK: "USER-LEVEL" } }),
    ".claude/CLAUDE.md": "USER-LEVEL-INSTRUCTIONS",
    ".gemini/settings.json": JSON.stringify({ mcpServers }), ".gemini/GEMINI.md": "USER-LEVEL-INSTRUCTIONS", ".codex/AGENTS.md": "USER-LEVEL-INSTRUCTIONS",
    ".codex/config.toml": `[mcp_servers.user]\ncommand = "node"\nargs = ${JSON.stringify(server.args)}\ncwd = ${JSON.stringify(worktree)}\n`,
    ".config/opencode/opencode.json": JSON.stringify({ mcp: { user: { type: "local", command: ["node", ...server.args], enabled: true } } }),
    ".config/opencode/AGENTS.md": "USER-LEVEL-INSTRUCTIONS",
    ".pi/agent/AGENTS.md": "USER-LEVEL-INSTRUCTIONS",
    ".pi/agent/extensions/user.js": `import { appendFileSync } from "node:fs"; export default () => appendFileSync(${JSON.stringify(join(worktree, "started-by-user"))}, "x");`,
    ...Object.fromEntries(
      [".claude/skills", ".codex/skills", ".gemini/skills", ".config/opencode/skills", ".pi/agent/skills", ".agents/skills"].map((folder) => [
        `${folder}/users/SKILL.md`,
        skill("users", "USER-LEVEL-SKILL"),
      ]),
    ),
  };
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(home, path)), { recursive: true });
    await writeFile(join(home, path), content);
  }
}

for (const name of ["builtin", "codex", "claude", "gemini", "opencode", "pi"].filter((one) => chosen.length === 0 || chosen.includes(one))) {
  test(`${name} is given the servers and skills of the base commit, and nothing of the user's or of the work`, async () => {
    const folder = await makeTestFolder();
    const model = await startScriptedModel({ script: playScenes({
      ASK: ({ results }) => (results.length === 0 ? call(toolNames[name] ?? "", {}) : text(results.map((result) => result.text).join("\n"))),
    }) });
    try {
      const worktree = await makeWorktree(folder, {
        "a.txt": "one\n", ".mcp.json": servers("project"), "tools/server.mjs": await readFile(serverPath, "utf8"),
        ".agents/skills/landing/SKILL.md": skill("landing", "SKILL-OF-THE-BASE"),
        ".agents/skills/landing/run.sh": "echo ran\n",
        ".claude/skills/landing/SKILL.md": skill("landing", "THE-SECOND-OF-THAT-NAME"),
      });
      await plantUserHome(join(folder, "home"), worktree);
      // What the work itself changes is content, not configuration.
      await writeFile(join(worktree, ".mcp.json"), servers("changed"));
      await mkdir(join(worktree, ".gemini"));
      await writeFile(join(worktree, ".gemini", "settings.json"), servers("changed"));
      for (const place of [".agents/skills", ".claude/skills", ".pi/skills", ".gemini/skills", ".opencode/skills"])
        await cp(join(worktree, ".agents", "skills", "landing"), join(worktree, place, "changed"), { recursive: true });
      for (const place of [".agents/skills", ".claude/skills", ".pi/skills", ".gemini/skills", ".opencode/skills"])
        await writeFile(join(worktree, place, "changed", "SKILL.md"), skill("changed", "SKILL-OF-THE-WORK"));
      const driver = await makeClientDriver(name, { folder, baseUrl: model.url, env: { HOME: join(folder, "home") } });
      const session = await driver.open(specOf({ folder, worktreePath: worktree, spec: { baseCommit: git(worktree, "rev-parse", "HEAD").trim() } }));
      try {
        const result = await collectTurn((input) => session.startTurn(input), "ASK it").turn.result;
        assertStatus(result, "completed");
        assert.match(result.text, /I am the server of project/);
      } finally { await session.dispose(); }
      assert.deepEqual((await readdir(worktree)).filter((entry) => entry.startsWith("started-by-")), ["started-by-project"]);
      assert.match(await readFile(join(worktree, "started-by-project"), "utf8"), /^low$/m);
      const sent = JSON.stringify(model.requests.map((request) => [request.conversation.system, request.conversation.messages]));
      assert.match(sent, /SKILL-OF-THE-BASE/);
      assert.doesNotMatch(sent, /USER-LEVEL|THE-SECOND-OF-THAT-NAME/);
      // Gemini reads .agents/skills where its session may edit them.
      if (name !== "gemini") { assert.doesNotMatch(sent, /SKILL-OF-THE-WORK/); return; }
      const reviewer = await driver.open(specOf({ folder, worktreePath: worktree, spec: { access: "read-only", sessionPath: join(folder, "reviewer") } }));
      try {
        const before = model.requests.length;
        await collectTurn((input) => reviewer.startTurn(input), "STAY").turn.result;
        const heard = JSON.stringify(model.requests.slice(before).map((request) => [request.conversation.system, request.conversation.messages]));
        assert.match(heard, /SKILL-OF-THE-BASE/);
        assert.doesNotMatch(heard, /SKILL-OF-THE-WORK/);
      } finally { await reviewer.dispose(); }
    } finally {
      await model.close();
      await removeFolder(folder);
    }
  });
}
