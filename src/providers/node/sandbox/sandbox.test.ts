// Proves for each sandbox kind that works on this machine what is refused inside and what is not; each refusal has its control.
import { strict as assert } from "node:assert";
import { createServer as createHttpServer } from "node:http";
import { access, mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import type { Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { InspanError } from "../../../base/errors.ts";
import { createNodeProcesses } from "../processes.ts";
import { createNodeSandbox } from "./index.ts";
import type { ProcessSpec } from "../../processes.ts";
import type { SandboxPolicy } from "../../sandbox.ts";

const processes = createNodeProcesses();
const repositoryRoot = fileURLToPath(new URL("../../../..", import.meta.url));
let root = "";
let home = "";
let worktree = "";
let hostServer: Server | undefined;
let hostPort = 0;

before(async () => {
  // Beside the checkout's files and not in a temporary folder, which is masked as a whole and would prove nothing.
  root = await realpath(await mkdtemp(join(repositoryRoot, ".sandbox-test-")));
  home = join(root, "home");
  worktree = join(root, "worktree");
  await mkdir(join(home, ".ssh"), { recursive: true });
  await writeFile(join(home, ".ssh/id_x"), "private key");
  await mkdir(join(home, "tools"));
  await writeFile(join(home, "tools/tool"), "#!/bin/sh\necho tool\n", { mode: 0o755 });
  await mkdir(join(worktree, ".git"), { recursive: true });
  await writeFile(join(worktree, ".git/config"), "original");
  await writeFile(join(root, "outside.txt"), "original");
  await symlink(join(root, "outside.txt"), join(worktree, "link"));
  await symlink(root, join(worktree, "folder-link"));
  hostServer = createHttpServer((_, response) => { response.end("hello from outside"); });
  hostPort = await listen(hostServer);
});
after(async () => {
  hostServer?.close();
  await processes.stopAll();
  await rm(root, { recursive: true, force: true });
});

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => { server.listen(0, "127.0.0.1", resolve); });
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  return address.port;
}

const available: string[] = [];
for (const kind of ["bubblewrap", "unshare"]) {
  const detected = await createNodeSandbox({ processes, env: { ...process.env, INSPAN_SANDBOX: kind } }).detect();
  if (detected.kind === kind) available.push(kind);
  else test(`${kind} works on this machine`, { skip: detected.reason }, () => undefined);
}

function sandboxOf(kind: string) {
  return createNodeSandbox({ processes, env: { HOME: home, PATH: process.env["PATH"], INSPAN_SANDBOX: kind } });
}

function policyOf(more: Partial<SandboxPolicy> = {}): SandboxPolicy {
  return { writable: [worktree], readOnly: [join(worktree, ".git")], network: "loopback", ...more };
}

function specOf(command: readonly [string, ...string[]], more: Partial<ProcessSpec> = {}): ProcessSpec {
  return { command, cwd: worktree, env: processes.environment({ HOME: home }), timeoutMs: 20_000, ...more };
}

for (const kind of available) describe(kind, () => {
  const sandbox = sandboxOf(kind);

  async function run(spec: ProcessSpec, policy = policyOf()) {
    const prepared = await sandbox.prepare(spec, policy, { isUnsandboxedAllowed: false });
    try { return await processes.run(prepared.spec); } finally { await prepared.dispose(); }
  }
  const shell = (script: string, policy?: SandboxPolicy, ...args: string[]) => run(specOf(["sh", "-c", script, "sh", ...args]), policy);
  const node = (code: string, policy?: SandboxPolicy, ...args: string[]) => run(specOf([process.execPath, "-e", code, ...args]), policy);
  const fetchCode = "fetch('http://127.0.0.1:' + process.argv[1]).then((r) => r.text()).then((t) => console.log(t), (e) => console.log('refused ' + e.cause.code))";

  test("homes are masked, writable and lost; a readable path and PATH entries below them stay", async () => {
    assert.equal((await shell(`cat ${home}/.ssh/id_x`)).exitCode, 1);
    assert.equal((await shell(`ls -A /root /home`)).stdout.includes(".bashrc"), false);
    const kept = await shell(`cat ${home}/.ssh/id_x; echo; touch $HOME/x && echo "$HOME"`, policyOf({ readable: [join(home, ".ssh")] }));
    assert.equal(kept.stdout, `private key\n${home}\n`);
    await assert.rejects(access(join(home, "x")));
    const env = processes.environment({ HOME: home, PATH: `${process.env["PATH"]}:${home}/tools` });
    assert.equal((await run(specOf(["sh", "-c", "tool"], { env }))).stdout, "tool\n");
  });

  test("what stands behind the programs of a home is shown with them: shims, virtual environments, ~/.local; nothing else is", async () => {
    const script = (path: string, text: string): Promise<void> => mkdir(join(home, path, ".."), { recursive: true }).then(() => writeFile(join(home, path), `#!/bin/sh\n${text}\n`, { mode: 0o755 }));
    await script(".pyenv/libexec/real", "echo python");
    await script(".pyenv/shims/from-pyenv", `exec ${home}/.pyenv/libexec/real`);
    await script("vault/libexec/real", "echo secret");
    await script("vault/shims/from-vault", `exec ${home}/vault/libexec/real`);
    await script("env/lib/real", "echo venv");
    await writeFile(join(home, "env/pyvenv.cfg"), "");
    await script("env/bin/from-env", `exec ${home}/env/lib/real`);
    await script(".local/lib/real", "echo local");
    await script(".local/share/keyring", "echo secret");
    await script(".local/bin/from-local", `exec ${home}/.local/lib/real`);
    await script(".local/share/uv/python/real", "echo uv");
    await script(".local/share/uv/credentials/key", "echo secret");
    await script(".local/bin/from-uv", `exec ${home}/.local/share/uv/python/real`);
    await script("lib/mine", "echo secret");
    await script("bin/from-bin", `exec ${home}/lib/mine`);
    const env = processes.environment({ HOME: home, PATH: [process.env["PATH"], ...[".pyenv/shims", "vault/shims", "env/bin", ".local/bin", "bin"].map((path) => join(home, path))].join(":") });
    const result = await run(specOf(["sh", "-c", `from-pyenv; from-vault; from-env; from-local; from-uv; from-bin; cat ${home}/.local/share/keyring ${home}/.local/share/uv/credentials/key`], { env }));
    assert.deepEqual(result.stdout.split("\n"), ["python", "venv", "local", "uv", ""], result.output);
  });

  test("git's settings are hidden, in a checkout and behind a linked worktree, and history stays readable", async () => {
    const [checkout, linked] = [join(root, `checkout-${kind}`), join(root, `linked-${kind}`)];
    const setUp = `git init -q ${checkout} && cd ${checkout} && git -c user.name=x -c user.email=x@x commit -q --allow-empty -m story && git remote add origin https://user:tok-3n@host.invalid/x
      git config http.extraHeader "Authorization: tok-3n"; git config extensions.worktreeConfig true; git config --worktree a.b tok-3n; mkdir -p .git/modules/sub; echo tok-3n >.git/modules/sub/config
      git worktree add -q --detach ${linked}; cd ${linked} && git config --worktree a.b tok-3n && grep -r tok-3n ${checkout}/.git | wc -l`;
    const made = await processes.run(specOf(["sh", "-c", setUp], { cwd: root }));
    assert.equal(Number(made.stdout), 5, `the control: ${made.output}`);
    const look = `grep -rs tok-3n ${checkout} ${linked}; git log --format=%s && git status --porcelain && git config --get extensions.worktreeconfig; (echo x >${checkout}/.git/config) 2>/dev/null || echo refused`;
    for (const cwd of [checkout, linked]) {
      for (const policy of [policyOf({ writable: [cwd], readOnly: [join(cwd, ".git")] }), policyOf({ writable: [], readOnly: [], readable: [cwd, join(checkout, ".git")] })]) {
        const result = await run(specOf(["sh", "-c", look], { cwd }), policy);
        assert.equal(result.output, "story\ntrue\nrefused\n", cwd);
      }
    }
  });

  test("our state is masked wherever it lies, but for what the policy names; also where a folder that is shown holds it", async () => {
    const holder = join(home, "local");
    for (const state of [join(root, `state-${kind}`), join(holder, `state-${kind}`)]) {
      const [tree, session, other] = [join(state, "tree"), join(state, "session"), join(state, "other")];
      for (const folder of [tree, session, other]) { await mkdir(folder, { recursive: true }); await writeFile(join(folder, "file"), "content\n"); }
      const own = createNodeSandbox({ processes, env: { HOME: home, PATH: process.env["PATH"], INSPAN_SANDBOX: kind }, statePath: state });
      const script = `cat ${session}/file && echo new >made && ls ${state}; cat ${other}/file`;
      const prepared = await own.prepare(specOf(["sh", "-c", script], { cwd: tree }), policyOf({ writable: [tree], readOnly: [], readable: [holder, session].filter((path) => path !== holder || state.startsWith(holder)) }), { isUnsandboxedAllowed: false });
      try {
        const result = await processes.run(prepared.spec);
        assert.equal(result.stdout, "content\nsession\ntree\n", result.stderr);
        assert.match(result.stderr, /other\/file: No such file/);
      } finally { await prepared.dispose(); }
      assert.equal(await readFile(join(tree, "made"), "utf8"), "new\n");
    }
  });

  test("writing works inside and nowhere else, also not through links or into .git", async () => {
    const inside = await shell("echo new > new.txt && cat new.txt && cat .git/config");
    assert.deepEqual([inside.exitCode, inside.stdout], [0, "new\noriginal"]);
    assert.equal(await readFile(join(worktree, "new.txt"), "utf8"), "new\n");
    for (const target of [join(root, "outside.txt"), "link", "folder-link/outside.txt", ".git/config", "/etc/hostname"]) {
      const result = await shell(`echo changed > ${target}`);
      assert.notEqual(result.exitCode, 0, target);
    }
    // Writes what is there already: where the wall is missing this must not change the machine.
    assert.notEqual((await shell('value=$(cat /proc/sys/kernel/core_pattern); echo "$value" > /proc/sys/kernel/core_pattern')).exitCode, 0);
    assert.notEqual((await shell("rm -rf .git/config .git; mv .git x")).exitCode, 0);
    assert.equal(await readFile(join(root, "outside.txt"), "utf8"), "original");
    assert.equal(await readFile(join(worktree, ".git/config"), "utf8"), "original");
  });

  test("the temporary folder is private and writable", async () => {
    const folder = await mkdtemp(join(tmpdir(), "inspan-seen-"));
    try {
      const result = await shell(`[ ! -e ${folder} ] && echo x > "$TMPDIR/mine" && cat "$TMPDIR/mine"`);
      assert.deepEqual([result.stdout, result.stderr, result.exitCode], ["x\n", "", 0]);
    } finally { await rm(folder, { recursive: true }); }
  });

  test("mounts cannot be undone and no capability is left", async () => {
    const attempts = [`umount -l ${home}`, "mount -o remount,bind,rw /", "umount -l /tmp", `unshare -Urm sh -c 'umount -l ${home}'`, "unshare -Urm mount -o remount,bind,rw /", "unshare -Urm umount -l /proc/sys"];
    for (const attempt of attempts) assert.notEqual((await shell(attempt)).exitCode, 0, attempt);
    const status = await shell("grep -E '^(CapPrm|CapEff|CapBnd|CapAmb|NoNewPrivs)' /proc/self/status");
    assert.deepEqual(status.stdout.trim().split("\n").map((line) => line.split(/\s+/)[1]), ["0000000000000000", "0000000000000000", "0000000000000000", "0000000000000000", "1"]);
  });

  test("loopback inside works, a port of the host is refused, a bridged one is reached", async () => {
    const own = "const s = require('net').createServer((c) => c.end('x')).listen(0, '127.0.0.1', () => require('net').connect(s.address().port, '127.0.0.1').on('data', (d) => { console.log(String(d)); process.exit(0); }))";
    assert.equal((await node(own)).stdout, "x\n");
    assert.equal((await node(fetchCode, policyOf(), String(hostPort))).stdout, "refused ECONNREFUSED\n");
    const bridged = policyOf({ bridges: [{ port: 8123, hostPort }, { port: 8124, hostPort }] });
    assert.equal((await node(fetchCode, bridged, "8123")).stdout, "hello from outside\n");
    assert.equal((await node(fetchCode, bridged, "8124")).stdout, "hello from outside\n");
    assert.equal((await node(fetchCode, bridged, String(hostPort))).stdout, "refused ECONNREFUSED\n");
  });

  test("network host reaches the host's loopback", async () => {
    assert.equal((await node(fetchCode, policyOf({ network: "host" }), String(hostPort))).stdout, "hello from outside\n");
  });

  test("a bridge carries megabytes both ways", async () => {
    const echo = createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket));
    const port = await listen(echo);
    try {
      const code = "let n = 0; const c = require('net').connect({ port: 8125, host: '127.0.0.1', allowHalfOpen: true }); c.on('data', (d) => { n += d.length; }).on('end', () => console.log(n)); c.end(Buffer.alloc(5000000))";
      const result = await node(code, policyOf({ bridges: [{ port: 8125, hostPort: port }] }));
      assert.deepEqual([result.stdout, result.stderr, result.outcome], ["5000000\n", "", "exited"]);
    } finally { echo.close(); }
  });

  test("a bridge that is killed comes back", async () => {
    const code = `
      const fs = require("fs");
      const pid = fs.readdirSync("/proc").find((name) => { try { return /^\\d+$/.test(name) && Number(name) !== process.pid && fs.readFileSync("/proc/" + name + "/cmdline", "utf8").startsWith(process.execPath); } catch { return false; } });
      process.kill(Number(pid), "SIGKILL");
      const ask = () => fetch("http://127.0.0.1:" + process.argv[1]).then((answer) => answer.text()).then((text) => console.log(text), () => setImmediate(ask));
      ask();`;
    assert.equal((await node(code, policyOf({ bridges: [{ port: 8129, hostPort }] }), "8129")).stdout, "hello from outside\n");
  });

  test("processes outside are neither seen nor signalled", async () => {
    const outside = await processes.start(specOf([process.execPath, "-e", "setTimeout(() => undefined, 60000)"]));
    const result = await shell(`kill -0 ${outside.pid} 2>/dev/null && echo seen; [ -e /proc/${outside.pid}/cmdline ] && grep -q setTimeout /proc/${outside.pid}/cmdline && echo read; ls /proc | grep -c '^[0-9]'`);
    assert.ok(Number(result.stdout) < 10, result.stdout);
    assert.equal(processes.isAlive(outside.pid, undefined), true);
    await outside.stop();
  });

  test("exit codes, arguments, large input and output pass through", async () => {
    assert.equal((await shell("exit 7")).exitCode, 7);
    assert.equal((await shell("exit 7", policyOf({ bridges: [{ port: 8126, hostPort }] }))).exitCode, 7);
    // As script(1) does: it finds no child that it has not started.
    assert.equal((await run(specOf(["perl", "-e", "1 while wait() != -1; exit 7"]), policyOf({ bridges: [{ port: 8126, hostPort }] }))).exitCode, 7);
    assert.equal((await shell("kill -KILL $$")).exitCode, 137);
    assert.equal((await shell('printf "%s|" "$@"', policyOf(), "a b", "'", "$HOME", "ä\n")).stdout, "a b|'|$HOME|ä\n|");
    const text = "0123456789".repeat(300_000);
    for (const policy of [policyOf(), policyOf({ bridges: [{ port: 8127, hostPort }] })]) {
      const result = await run(specOf(["cat"], { stdin: { kind: "text", text }, outputBytesMax: 8_000_000 }), policy);
      assert.equal(result.stdout === text, true, result.stderr);
    }
    assert.equal((await shell("cat; echo end")).stdout, "end\n");
  });

  test("TERM ends everything inside at once", async () => {
    const marker = `sandbox-test-${process.pid}-${kind}`;
    const script = "setsid sleep 1234 & sleep 1234 & echo ready; wait";
    for (const how of ["group", "outer process", "kill"] as const) {
      const prepared = await sandbox.prepare(specOf(["sh", "-c", script, marker]), policyOf({ bridges: [{ port: 8128, hostPort }] }), { isUnsandboxedAllowed: false });
      const child = await processes.start(prepared.spec);
      for await (const line of child.lines) { assert.equal(line, "ready"); break; }
      assert.notEqual(await countByCommandLine(marker), 0, "the control");
      const startedMs = performance.now();
      if (how === "group") await child.stop();
      else process.kill(child.pid, how === "kill" ? "SIGKILL" : "SIGTERM");
      const result = await child.exited;
      // On a quiet machine a few milliseconds; what would be waited for otherwise is the sleep of 20 minutes, or the time limit of 20 s.
      assert.ok(performance.now() - startedMs < 15_000, `${how}: ${performance.now() - startedMs} ms, ${result.outcome}`);
      await prepared.dispose();
      assert.equal(await countByCommandLine(marker), 0, how);
      assert.equal(await countByCommandLine("sleep 1234"), 0, how);
    }
  });

  test("dispose() closes the bridge and leaves no file", async () => {
    const prepared = await sandbox.prepare(specOf(["true"]), policyOf({ bridges: [{ port: 8129, hostPort }] }), { isUnsandboxedAllowed: false });
    const folder = /[^\s']*inspan-sandbox-\w+/.exec(prepared.spec.command.join(" "))?.[0] ?? "";
    await access(folder);
    await prepared.dispose();
    await prepared.dispose();
    await assert.rejects(access(folder));
  });

  test("a writable folder that is missing, or leads out of another writable one, is refused", async () => {
    await assert.rejects(run(specOf(["true"]), policyOf({ writable: [join(root, "nowhere")] })), { code: "SANDBOX_POLICY" });
    await assert.rejects(run(specOf(["true"]), policyOf({ writable: [worktree, join(worktree, "folder-link")] })), { code: "SANDBOX_POLICY" });
  });
});

async function countByCommandLine(text: string): Promise<number> {
  const result = await processes.run({ command: ["ps", "-eo", "args="], cwd: "/", env: processes.environment(), timeoutMs: 5000, outputBytesMax: 4_000_000 });
  return result.stdout.split("\n").filter((line) => line.includes(text)).length;
}

test("prepare() refuses where there is no sandbox, and returns the spec unchanged where that is allowed", async () => {
  const sandbox = sandboxOf("none");
  assert.deepEqual(await sandbox.detect(), { kind: "none", reason: "INSPAN_SANDBOX=none" });
  const spec = specOf(["true"]);
  assert.equal((await sandbox.prepare(spec, policyOf(), { isUnsandboxedAllowed: true })).spec, spec);
  await assert.rejects(sandbox.prepare(spec, policyOf(), { isUnsandboxedAllowed: false }), (error) => {
    assert.ok(error instanceof InspanError);
    assert.deepEqual([error.code, error.kind], ["SANDBOX_MISSING", "usage"]);
    assert.match(error.remedy ?? "", /install bubblewrap.*--unsandboxed/);
    return true;
  });
});

test("detect() tries bubblewrap first, says why nothing works, and refuses an unknown kind", async () => {
  if (available.length > 0) assert.equal((await createNodeSandbox({ processes, env: { HOME: home } }).detect()).kind, available[0]);
  const bare = createNodeProcesses({ env: { PATH: "/nonexistent" } });
  const detected = await createNodeSandbox({ processes: bare, env: { HOME: home } }).detect();
  assert.equal(detected.kind, "none");
  if (process.platform === "linux") assert.match(detected.reason, /bubblewrap: .*ENOENT.*; unshare: .*ENOENT/);
  await assert.rejects(sandboxOf("docker").detect(), { code: "SANDBOX_UNKNOWN" });
});
