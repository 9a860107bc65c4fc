// `inspan hook` as an agent's client runs it: without a daemon first, then by the daemon that this started.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const launcher = fileURLToPath(new URL("../../bin/inspan.js", import.meta.url));

test("inspan hook is silent for the backlog, tells what an edit brought, and leaves a daemon that ps shows and stop ends", (t) => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "inspan-hook-")));
  const root = join(folder, "r");
  const env = { ...process.env, INSPAN_HOME: join(folder, "s") };
  const inspan = (args: readonly string[], input = "") => spawnSync(process.execPath, [launcher, ...args], { cwd: root, env, input, encoding: "utf8" });
  t.after(() => { inspan(["stop", "--all"]); rmSync(folder, { recursive: true, force: true, maxRetries: 3 }); });
  const write = (file: string, text: string) => { mkdirSync(dirname(join(root, file)), { recursive: true }); writeFileSync(join(root, file), text); };
  write("inspan.yaml", "version: 1\ndomains: src/*\nlayers: [types, ui]\n");
  write("src/a/types.ts", 'import { b } from "./ui.ts";\nexport const a = b;\n');
  write("src/a/ui.ts", "export const b = 1;\n");
  write("docs/old.md", "# Old\n\n[lost](lost.md)\n");
  const git = (...args: string[]) => execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@t", ...args], { cwd: root, stdio: "pipe" });
  git("init", "-q");
  git("add", "-A");
  git("commit", "-qm", "x");
  const hook = () =>
    inspan(
      ["hook", "claude"],
      JSON.stringify({ cwd: join(root, "src"), hook_event_name: "PostToolUse", tool_name: "Edit", tool_input: { file_path: join(root, "src/a/types.ts") } }),
    );
  const backlog = hook();
  assert.deepEqual([backlog.stdout, backlog.status], ["", 0], backlog.stderr);
  const socketOf = () => (existsSync(join(folder, "s", "run")) ? readdirSync(join(folder, "s", "run")).filter((name) => name.endsWith(".sock")) : []);
  while (socketOf().length === 0) spawnSync(process.execPath, ["-e", "0"]);
  write("src/a/types.ts", 'import { b } from "./ui.ts";\nexport const a = b;\nexport { b as c } from "./ui.ts";\n');
  const fresh = hook();
  assert.match(fresh.stdout, /^\{"hookSpecificOutput":\{"hookEventName":"PostToolUse","additionalContext":"ERROR layers\\nFile: src\/a\/types\.ts\\nLine: 3/);
  assert.equal(fresh.status, 0);
  const alone = (...more: readonly string[]) => inspan(["check", "src/a/types.ts", "--json", ...more]);
  const without = (json: string) => json.replace(/"durationMs":\d+/, "");
  const byDaemon = alone("--daemon");
  assert.deepEqual([without(byDaemon.stdout), byDaemon.status], [without(alone().stdout), 1], "the same answer, by the daemon or without");
  // Documents too: only what an edit brought, also by a shell; in a new one everything is new.
  const edit = (file: string, tool = "Edit") =>
    inspan(
      ["hook", "claude"],
      JSON.stringify({
        cwd: root,
        hook_event_name: "PostToolUse",
        tool_name: tool,
        tool_input: tool === "Bash" ? { command: "x" } : { file_path: join(root, file) },
      }),
    );
  assert.equal(edit("docs/old.md").stdout, "", "the backlog");
  write("docs/old.md", "# Old\n\n[lost](lost.md)\n\n[more](more.md)\n");
  const page = edit("docs/old.md");
  assert.match(page.stdout, /^\{"hookSpecificOutput":\{"hookEventName":"PostToolUse","additionalContext":"ERROR docs-links\\nFile: docs\/old\.md\\nLine: 5/);
  assert.doesNotMatch(page.stdout, /lost\.md/);
  edit("", "Bash"); // what was written until now
  write("docs/new.md", "# New\n\n[it](../src/a/gone.ts)\n");
  assert.match(edit("", "Bash").stdout, /docs-links\\nFile: docs\/new\.md/);
  write("docs/new.md", "# New\n\n[it](../src/a/ui.ts)\n");
  assert.equal(edit("docs/new.md").stdout, "");
  assert.match(inspan(["ps"]).stdout, /check-daemon/);
  assert.match(inspan(["stop", "--all"]).stdout, /Stopped 1 process/);
  assert.equal(inspan(["hook", "gemini"], "nonsense").stdout, "");
});
