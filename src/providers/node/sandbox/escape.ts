// Proves the walls by trying to get out: one program inside tries every way, and we say which held. Harmless where a wall is missing: what it would
// change are files, a process and a server of ours, made for the attempt.
import { createServer } from "node:http";
import { access, constants, mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { createServer as createTcpServer } from "node:net";
import type { Server } from "node:net";
import { join } from "node:path";
import type { EscapeAttempt, PreparedSandbox, SandboxPolicy } from "../../sandbox.ts";
import type { Processes, ProcessSpec } from "../../processes.ts";

export interface EscapeOptions {
  readonly processes: Processes;
  /** Absolute; a folder of ours is made below it, and removed. */
  readonly scratchPath: string;
  /** The user's own, where files with keys are looked for. */
  readonly home: string | undefined;
  prepare(spec: ProcessSpec, policy: SandboxPolicy): Promise<PreparedSandbox>;
}

/** Files of a home in which keys lie; only whether they can be read is asked. */
const keyFiles = [
  ".ssh",
  ".aws",
  ".netrc",
  ".npmrc",
  ".gnupg",
  ".config/gh/hosts.yml",
  ".codex/auth.json",
  ".claude/.credentials.json",
  ".docker/config.json",
  ".kube/config",
  ".git-credentials",
] as const;
const attemptsMsMax = 30_000; // all of them take about half a second

/** Its last argument is JSON of what to try on; it prints a JSON list of [name, isHeld, says]. */
const program = String.raw`
const fs = require("node:fs"), net = require("node:net"), os = require("node:os"), { spawnSync } = require("node:child_process");
const want = JSON.parse(process.argv.at(-1));
const rows = [];
const row = (name, isHeld, says) => rows.push([name, isHeld, String(says).slice(0, 160)]);
const refuses = (name, work) => { try { const got = work(); row(name, false, got ?? "it worked"); } catch (error) { row(name, true, error.code ?? error.message); } };
const write = (path) => () => { fs.writeFileSync(path, "changed by the escape attempt"); };
const connects = (name, target) => new Promise((resolve) => {
  const socket = net.connect(target);
  const end = (isHeld, says) => { row(name, isHeld, says); socket.destroy(); resolve(); };
  socket.setTimeout(2000, () => end(true, "no answer"));
  socket.on("connect", () => end(false, "connected")).on("error", (error) => end(true, error.code));
});
(async () => {
  row("the control: writes in its worktree", (() => { try { write(want.worktree + "/own.txt")(); return true; } catch { return false; } })(), "must work");
  for (const path of want.keys) refuses("reads a key: " + path.name, () => { const facts = fs.statSync(path.path); if (facts.isDirectory()) { if (fs.readdirSync(path.path).length === 0) throw new Error("empty"); } else if (fs.readFileSync(path.path).length === 0) throw new Error("empty"); });
  refuses("reads another process's environment", () => { for (const pid of fs.readdirSync("/proc")) { let text = ""; try { text = fs.readFileSync("/proc/" + pid + "/environ", "utf8"); } catch { continue; } if (text.includes(want.mark)) return "seen in " + pid; } throw new Error("not seen"); });
  refuses("writes outside", write(want.outside));
  refuses("writes through a symlink", write(want.worktree + "/link"));
  refuses("writes through a symlinked folder", write(want.worktree + "/folder-link/outside.txt"));
  refuses("writes .git/config", write(want.worktree + "/.git/config"));
  refuses("writes a git hook", write(want.worktree + "/.git/hooks/pre-commit"));
  refuses("replaces .git", () => { fs.renameSync(want.worktree + "/.git", want.worktree + "/was-git"); });
  refuses("writes /etc", () => { fs.closeSync(fs.openSync("/etc/hosts", "a")); });
  refuses("writes the root", write("/inspan-escape-attempt"));
  refuses("writes the kernel's settings", () => { fs.closeSync(fs.openSync("/proc/sys/kernel/core_pattern", "w")); });
  refuses("opens a disk", () => { const name = fs.readdirSync("/dev").find((entry) => /^(?:sd|vd|nvme|xvd|mem$|kmem$)/.test(entry)); if (name === undefined) throw new Error("none in /dev"); fs.closeSync(fs.openSync("/dev/" + name, "r")); return name; });
  refuses("signals another process", () => { process.kill(want.pid, 0); });
  refuses("mounts over the walls", () => { const made = spawnSync("unshare", ["-Urm", "sh", "-c", "mount -o remount,bind,rw / && : >>/etc/hosts"], { encoding: "utf8" }); if (made.status !== 0) throw new Error((made.stderr || made.error?.code || "refused").trim()); });
  refuses("gains capabilities", () => { const status = fs.readFileSync("/proc/self/status", "utf8"); const held = /CapEff:\s*0+\n/.test(status) && /NoNewPrivs:\s*1/.test(status); if (held) throw new Error("none, and no new ones"); return /CapEff:.*/.exec(status)[0]; });
  await connects("reaches a loopback port of the machine", { host: "127.0.0.1", port: want.port });
  await connects("reaches a unix socket of the machine", { path: want.socket });
  await connects("reaches the network", { host: "192.0.2.1", port: 443 });
  await new Promise((resolve) => { require("node:dns").lookup("inspan-escape-attempt.invalid", (error) => { row("asks for a name", error !== null, error?.code ?? "answered"); resolve(); }); });
  row("sees a network interface", Object.keys(os.networkInterfaces()).every((name) => name === "lo"), Object.keys(os.networkInterfaces()).join(" ") || "none");
  await new Promise((resolve) => { const socket = net.connect({ host: "127.0.0.1", port: want.bridged }); socket.setTimeout(2000, () => socket.destroy(new Error("silent"))); socket.on("connect", () => { row("the control: reaches the declared port", true, "must work"); socket.destroy(); resolve(); }).on("error", (error) => { row("the control: reaches the declared port", false, error.message); resolve(); }); });
  process.stdout.write(JSON.stringify(rows));
})();`;

async function listen(server: Server, target: number | string): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    if (typeof target === "string") server.listen(target, resolve); else server.listen(target, "127.0.0.1", resolve);
  });
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function existingKeys(home: string | undefined, folder: string): Promise<readonly { readonly name: string; readonly path: string }[]> {
  const found =
    home === undefined
      ? []
      : await Promise.all(
          keyFiles.map(async (name) => {
            const path = await realpath(join(home, name)).catch(() => undefined);
            return path === undefined ? undefined : { name: `~/${name}`, path };
          }),
        );
  const machine = await access("/etc/shadow", constants.R_OK).then(
    () => [{ name: "/etc/shadow", path: "/etc/shadow" }],
    () => [],
  ); // root alone may read it, and then a sandbox of root's, too
  return [{ name: "a key of ours in a temporary folder", path: join(folder, "key") }, ...machine, ...found.filter((one) => one !== undefined)];
}

function readRows(stdout: string, stderr: string): readonly EscapeAttempt[] {
  try {
    const rows: unknown = JSON.parse(stdout);
    if (Array.isArray(rows) && rows.length > 0)
      return rows.map((entry) => {
        const [name, isHeld, says] = Array.isArray(entry) ? entry : [];
        return { name: String(name), isHeld: isHeld === true, says: String(says) };
      });
  } catch { /* told below: what cannot be read proves nothing */ }
  return [{ name: "tries to escape", isHeld: false, says: `no answer from inside: ${stderr.trim().slice(-200)}` }];
}

/** What of ours was changed from inside, whatever the program there said. */
async function readTraces(folder: string): Promise<readonly EscapeAttempt[]> {
  const originals = ["outside.txt", "worktree/.git/config", "worktree/.git/hooks/pre-commit"];
  return Promise.all(
    originals.map(async (name) => {
      const text = await readFile(join(folder, name), "utf8").catch(() => "gone");
      return { name: `${name} is as it was`, isHeld: text === "original", says: text === "original" ? "unchanged" : text.slice(0, 60) };
    }),
  );
}

/** Every way out that we know of, tried once. Takes about a second. */
export async function tryEscapes(options: EscapeOptions): Promise<readonly EscapeAttempt[]> {
  const { processes } = options;
  const folder = await realpath(await mkdtemp(join(options.scratchPath, "inspan-escape-")));
  const worktree = join(folder, "worktree");
  const [outside, declared, byPath] = [
    createServer((_, response) => {
      response.end("outside");
    }),
    createServer((_, response) => {
      response.end("declared");
    }),
    createTcpServer(),
  ];
  const mark = `inspan-bait-${process.pid}-${folder.slice(-6)}`;
  const bait = await processes.start({ command: ["sleep", "60"], cwd: folder, env: processes.environment({ INSPAN_BAIT: mark }), timeoutMs: 60_000 });
  try {
    await mkdir(join(worktree, ".git", "hooks"), { recursive: true });
    for (const name of ["outside.txt", "key", "worktree/.git/config", "worktree/.git/hooks/pre-commit"]) await writeFile(join(folder, name), "original");
    await symlink(join(folder, "outside.txt"), join(worktree, "link"));
    await symlink(folder, join(worktree, "folder-link"));
    const [port, bridged] = [await listen(outside, 0), await listen(declared, 0)];
    await listen(byPath, join(folder, "socket"));
    const want = {
      worktree,
      outside: join(folder, "outside.txt"),
      keys: await existingKeys(options.home, folder),
      mark,
      pid: bait.pid,
      port,
      bridged,
      socket: join(folder, "socket"),
    };
    const spec: ProcessSpec = { command: [process.execPath, "-e", program, JSON.stringify(want)], cwd: worktree, env: processes.environment(), timeoutMs: attemptsMsMax };
    const prepared = await options.prepare(spec, {
      writable: [worktree],
      readOnly: [join(worktree, ".git")],
      network: "loopback",
      bridges: [{ port: bridged, hostPort: bridged }],
    });
    try {
      const result = await processes.run(prepared.spec);
      const traces = await readTraces(folder);
      const isOutsideWhole = traces.every((trace) => trace.isHeld);
      // A temporary folder is a private one inside: what was written there is gone, and the file outside is the proof.
      const rows = readRows(result.stdout, result.stderr).map((one) =>
        !one.isHeld && isOutsideWhole && one.name.startsWith("writes ") && /outside|symlink/.test(one.name)
          ? { ...one, isHeld: true, says: "it wrote a private copy" }
          : one,
      );
      return [...rows, ...traces];
    } finally { await prepared.dispose(); }
  } finally {
    await bait.stop();
    for (const server of [outside, declared, byPath]) server.close();
    await rm(folder, { recursive: true, force: true });
  }
}
