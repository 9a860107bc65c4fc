import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

test("main.ts prints one line when it serves and ends with 0 on SIGTERM", async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), "booking-desk-"));
  t.after(() => rm(dataDir, { recursive: true }));
  const env = { PATH: process.env.PATH, PORT: "0", DATA_DIR: dataDir };
  const child = spawn(process.execPath, ["src/app/main.ts"], { cwd: join(import.meta.dirname, ".."), env, stdio: ["ignore", "pipe", "ignore"] });
  const closed = once(child, "close");
  let output = "";
  for await (const chunk of child.stdout) {
    output += String(chunk);
    if (output.endsWith("\n")) {
      const url = output.trim().replace("listening on ", "");
      assert.equal((await fetch(`${url}/healthz`)).status, 200);
      child.kill("SIGTERM");
    }
  }
  assert.match(output, /^listening on http:\/\/127\.0\.0\.1:\d+\n$/);
  assert.deepEqual(await closed, [0, null]);
});
