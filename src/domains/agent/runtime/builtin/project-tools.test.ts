// What a repository gives to the built-in agent: servers and skills of the base commit, in the sandbox, no longer than the turn.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { call, text } from "../../../../../test/programs/scripted-model/index.ts";
import { startAgentWorld } from "../../../../../test/support/agent-session.ts";
import { processesOf } from "../../../../../test/support/task-world.ts";

const server = readFileSync(fileURLToPath(new URL("../../../../../test/programs/agents/mcp-server.mjs", import.meta.url)), "utf8");
const skill = (words: string): string => `---\nname: land\ndescription: ${words}\n---\n\nTHE-WHOLE-SKILL\n`;
const entry = (script: string, name: string): object => ({ command: "node", args: [script, name] });

test("the built-in agent has the repository's servers and skills as the base has them; a server that does not start is told, and none outlives its turn", async () => {
  const world = await startAgentWorld({
    files: {
      "a.txt": "one\n", "tools/server.mjs": server, ".agents/skills/land/SKILL.md": skill("SKILL-OF-THE-BASE"), ".agents/skills/land/run.sh": "echo ran\n",
      ".mcp.json": JSON.stringify({ mcpServers: { project: entry("tools/server.mjs", "project"), broken: entry("tools/none.mjs", "broken") } }),
    },
    script: ({ toolResults }) =>
      [call("project_whoami", {}), call("read_skill", { name: "land" }), call("read_skill", { name: "land", path: "../a.txt" })][toolResults.length] ??
      text(toolResults.map((result) => result.text).join("\n")),
  });
  try {
    const baseCommit = world.git("rev-parse", "HEAD").trim();
    world.write(".mcp.json", JSON.stringify({ mcpServers: { changed: entry("tools/server.mjs", "changed") } }));
    world.write(".agents/skills/land/SKILL.md", skill("SKILL-OF-THE-WORK"));
    const session = await world.open({ baseCommit });
    const turn = world.turn("go");
    const result = await session.startTurn(turn).result;
    assert.equal(result.status, "completed");
    assert.match(result.text, /<untrusted source="mcp-server">\nI am the server of project\n/);
    assert.match(result.text, /THE-WHOLE-SKILL\n\n\nFurther files of this skill: run\.sh\nThere is no skill "land" with a file "\.\.\/a\.txt"/);
    assert.match(turn.events.flatMap((event) => (event.kind === "warning" ? [event.text] : [])).join("\n"), /server "broken" is not there/);
    const sent = JSON.stringify(world.model.requests.map(({ conversation }) => conversation.system));
    assert.match(sent, /land: SKILL-OF-THE-BASE/);
    assert.doesNotMatch(sent, /SKILL-OF-THE-WORK/);
    assert.deepEqual([existsSync(join(world.worktreePath, "started-by-project")), existsSync(join(world.worktreePath, "started-by-changed"))], [true, false]);
    assert.deepEqual(processesOf(world.sessionPath), [], "no server outlives its turn");
    await session.dispose();
  } finally { await world.close(); }
});
