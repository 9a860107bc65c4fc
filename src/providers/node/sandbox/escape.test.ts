// The table of escapes for each sandbox kind of this machine, its controls, and the bounds on processes and memory.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createNodeProcesses } from "../processes.ts";
import { detectCaps } from "./caps.ts";
import { tryEscapes } from "./escape.ts";
import { createNodeSandbox } from "./index.ts";

const processes = createNodeProcesses();
const caps = await detectCaps(process.env["PATH"] ?? "");

for (const kind of ["bubblewrap", "unshare"] as const) {
  const sandbox = createNodeSandbox({ processes, env: { ...process.env, INSPAN_SANDBOX: kind } });
  const detected = await sandbox.detect();
  const skip = detected.kind === kind ? false : detected.reason;

  test(`${kind} holds every attempt to get out`, { skip }, async () => {
    const attempts = await sandbox.tryEscapes?.() ?? [];
    assert.deepEqual(attempts.filter((attempt) => !attempt.isHeld), []);
    assert.ok(attempts.length >= 25, String(attempts.length));
  });

  test(`${kind} bounds processes and memory (${detected.caps ?? "none"})`, { skip: skip || (caps.place === undefined && "no control group may be made here") }, async (t) => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), "inspan-caps-")));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const run = async (script: string, limits: { readonly processesMax?: number; readonly memoryBytesMax?: number }) => {
      const prepared = await sandbox.prepare(
        { command: ["sh", "-c", script], cwd: folder, env: processes.environment(), timeoutMs: 30_000 },
        { writable: [folder], network: "loopback", ...limits },
        { isUnsandboxedAllowed: false },
      );
      try { return await processes.run(prepared.spec); } finally { await prepared.dispose(); }
    };
    const spawnMany = "i=0; while [ $i -lt 60 ]; do sleep 5 & i=$((i+1)); done; echo all";
    assert.match((await run(spawnMany, { processesMax: 200 })).stdout, /all/);
    assert.doesNotMatch((await run(spawnMany, { processesMax: 40 })).stdout, /all/);
    const fill = `${process.execPath} -e 'const kept = []; for (let i = 0; i < 40; i++) kept.push(Buffer.alloc(10 * 1024 * 1024, 1)); console.log("filled")'`;
    assert.match((await run(fill, { memoryBytesMax: 1024 ** 3 })).stdout, /filled/);
    assert.doesNotMatch((await run(fill, { memoryBytesMax: 200 * 1024 ** 2 })).stdout, /filled/);
    const left = caps.place === undefined ? [] : readdirSync(caps.place.pids).filter((name) => name.startsWith(`inspan-${process.pid}-`));
    assert.deepEqual(left, []);
  });
}

test("the table can fail: without walls nearly every attempt is told as open", async (t) => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "inspan-open-")));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, "home", ".ssh"), { recursive: true });
  mkdirSync(join(folder, "home", ".ssh", "id"));
  // Nothing of the machine itself is at stake here but what this user may do anyway: /etc is opened, not written.
  const attempts = await tryEscapes({
    processes,
    scratchPath: folder,
    home: join(folder, "home"),
    prepare: (spec) =>
      Promise.resolve({
        spec: {
          ...spec,
          command: [
            spec.command[0],
            spec.command[1] ?? "",
            (spec.command[2] ?? "")
              .replace(/refuses\("(?:writes the root|mounts over|writes \/etc|writes the kernel|opens a disk)/g, 'void ("')
              .replace(/await connects\("reaches the network"[^;]*;/, ""),
            spec.command[3] ?? "",
          ],
          cwd: spec.cwd,
        },
        dispose: () => Promise.resolve(),
      }),
  });
  const open = attempts.filter((attempt) => !attempt.isHeld).map((attempt) => attempt.name);
  for (const expected of [
    "reads a key: a key of ours in a temporary folder",
    "reads a key: ~/.ssh",
    "reads another process's environment",
    "writes outside",
    "writes through a symlink",
    "signals another process",
    "reaches a loopback port of the machine",
    "reaches a unix socket of the machine",
    "outside.txt is as it was",
  ])
    assert.ok(open.includes(expected), `${expected}: ${open.join(", ")}`);
});
