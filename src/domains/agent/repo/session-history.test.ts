import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { nodeFiles } from "../../../providers/node/files.ts";
import { resumeHistory, startHistory } from "./session-history.ts";
import { interruptedAnswer } from "./history-format.ts";
import type { SessionId } from "../types.ts";

const id = "abc123" as SessionId; // a brand is a string

async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "inspan-history-"));
  try { await work(folder); } finally { rmSync(folder, { recursive: true, force: true }); }
}

test("resumeHistory() gives what was appended, drops a half line for good and answers open calls once", async () => {
  await withFolder(async (folder) => {
    const history = await startHistory(nodeFiles, folder, { id, label: "t", startedAt: "2026-01-01T00:00:00.000Z" });
    await history.append({ kind: "user", text: "go" }, { kind: "assistant", parts: [{ kind: "call", callId: "1", tool: "run", input: { command: "x" } }] });
    const path = join(folder, `builtin-${id}.jsonl`);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    appendFileSync(path, '{"kind":"result","call');
    const expected = [...history.entries, { kind: "result", callId: "1", tool: "run", text: interruptedAnswer, isError: true }];
    const resumed = await resumeHistory(nodeFiles, folder, id);
    assert.deepEqual(resumed.entries, expected);
    await resumed.append({ kind: "user", text: "again" });
    assert.deepEqual((await resumeHistory(nodeFiles, folder, id)).entries, [...expected, { kind: "user", text: "again" }]);
  });
});

test("resumeHistory() refuses damage that is no crash, and ids that are none", async () => {
  await withFolder(async (folder) => {
    await startHistory(nodeFiles, folder, { id, label: "t", startedAt: "2026-01-01T00:00:00.000Z" });
    appendFileSync(join(folder, `builtin-${id}.jsonl`), 'nonsense\n{"kind":"user","text":"x"}\n');
    await assert.rejects(resumeHistory(nodeFiles, folder, id), { code: "AGENT_START_FAILED", message: /damaged/ });
    await assert.rejects(resumeHistory(nodeFiles, folder, "../x" as SessionId), { code: "AGENT_START_FAILED" }); // as above
    await assert.rejects(resumeHistory(nodeFiles, folder, "none" as SessionId), { code: "AGENT_START_FAILED", message: /no history is there/ }); // as above
  });
});

test("a process that is killed while it writes leaves a history that resumes with all that it acknowledged", async () => {
  await withFolder(async (folder) => {
    const program = `
      import { nodeFiles } from ${JSON.stringify(new URL("../../../providers/node/files.ts", import.meta.url).href)};
      import { startHistory } from ${JSON.stringify(new URL("session-history.ts", import.meta.url).href)};
      const history = await startHistory(nodeFiles, ${JSON.stringify(folder)}, { id: "${id}", label: "t", startedAt: "now" });
      for (let count = 1; ; count++) { await history.append({ kind: "user", text: "x".repeat(50_000) + count }); process.stdout.write(count + "\\n"); }`;
    const child = spawn(process.execPath, ["--input-type=module-typescript", "-e", program], { stdio: ["ignore", "pipe", "inherit"] });
    let acknowledged = "";
    for await (const chunk of child.stdout) {
      acknowledged += String(chunk);
      if (acknowledged.split("\n").length > 5) child.kill("SIGKILL");
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    const countMin = acknowledged.split("\n").length - 1;
    const { entries } = await resumeHistory(nodeFiles, folder, id);
    assert.ok(entries.length >= countMin && countMin >= 5, `${entries.length} of ${countMin}`);
    assert.ok(readFileSync(join(folder, `builtin-${id}.jsonl`), "utf8").endsWith("\n"));
  });
});
