// Owns the choice of a sandbox kind and the life of what a sandboxed process needs outside. Knows no caller.
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { DisposalStack } from "../../../base/disposal.ts";
import { InspanError } from "../../../base/errors.ts";
import { tailLines } from "../../../base/text.ts";
import { defaultLimits, detectCaps, prepareCaps, sweepDyingGroups } from "./caps.ts";
import type { Caps } from "./caps.ts";
import { bubblewrapCommand, enterNetworkCommand, unshareCommand } from "./commands.ts";
import { detectOnce, type Detected } from "./detected.ts";
import { openNetwork } from "./network.ts";
import { openOutsideBridge } from "./outside-bridge.ts";
import { createSettingsReader } from "./repository-secrets.ts";
import { planView } from "./view.ts";
import type { Processes, ProcessSpec } from "../../processes.ts";
import type { PreparedSandbox, Sandbox, SandboxKind, SandboxPolicy } from "../../sandbox.ts";

export interface NodeSandboxOptions {
  readonly processes: Processes;
  /** Our own environment: HOME and TMPDIR are masked, INSPAN_SANDBOX forces a kind. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** $INSPAN_HOME: masked as homes are, but for what a policy names in it. */
  readonly statePath?: string;
  /** Where what a sandbox needs outside is laid; the system's temporary folder unless told. */
  readonly scratchPath?: string;
}

type RealKind = Exclude<SandboxKind, "none">;

/** A probe starts Node once and takes about 0.1 s; without a bound a hanging mount would hang `doctor`. */
const probeTimeoutMs = 20_000;

export function createNodeSandbox(options: NodeSandboxOptions): Sandbox {
  let detected: Promise<Detected> | undefined;
  const kinds = createKinds(options);
  const detect = () => (detected ??= detectOnce(options, () => detectKind(options, kinds)));
  return {
    detect: async () => { const found = await detect(); return found.kind === "none" ? found : { ...found, caps: (await kinds.caps()).says }; },
    tryEscapes: async () => {
      const { kind } = await detect();
      if (kind === "none") return [];
      const { tryEscapes } = await import("./escape.ts"); // an HTTP server with it: 60 ms and 7 MB that every supervisor would hold
      return tryEscapes({
        processes: options.processes,
        scratchPath: options.scratchPath ?? options.env["TMPDIR"] ?? tmpdir(),
        home: options.env["HOME"],
        prepare: (spec, policy) => kinds.prepare(kind, spec, policy),
      });
    },
    sweep: async () => { const { place } = await kinds.caps(); if (place !== undefined) await sweepDyingGroups(place); },
    openNetwork: async ({ runId, expect }) => {
      if (expect !== undefined) kinds.expect(expect);
      const { kind, reason } = await detect();
      if (kind === "none") throw await missing("services", reason);
      const scratchPath = options.scratchPath ?? options.env["TMPDIR"] ?? tmpdir();
      // util-linux first: it execs where bubblewrap stays beside its child.
      return openNetwork({ processes: options.processes, scratchPath, runId, kinds: ["unshare", "bubblewrap"] });
    },
    prepare: async (spec, policy, { isUnsandboxedAllowed }) => {
      const { kind, reason } = await detect();
      if (kind !== "none") return kinds.prepare(kind, spec, policy);
      if (isUnsandboxedAllowed) return { spec, dispose: () => Promise.resolve() };
      throw await missing(spec.command[0], reason);
    },
  };
}

async function missing(what: string, reason: string): Promise<InspanError> {
  return new InspanError("SANDBOX_MISSING", `Cannot run "${what}" in a sandbox: ${reason}, expected bubblewrap or unprivileged user namespaces.`, {
    kind: "usage", remedy: `Install bubblewrap (${await installCommand()}), or add --unsandboxed to run without one.`,
  });
}

async function detectKind(options: NodeSandboxOptions, kinds: Kinds): Promise<Detected> {
  const forced = options.env["INSPAN_SANDBOX"];
  if (forced === "none") return { kind: "none", reason: "INSPAN_SANDBOX=none" };
  if (process.platform !== "linux") return { kind: "none", reason: `no sandbox for ${process.platform}` };
  if (forced !== undefined && forced !== "" && forced !== "bubblewrap" && forced !== "unshare") {
    throw new InspanError("SANDBOX_UNKNOWN", `Cannot use the sandbox "${forced}" of INSPAN_SANDBOX: no such kind, expected bubblewrap, unshare or none.`, {
      kind: "usage",
      remedy: "unset INSPAN_SANDBOX",
    });
  }
  const reasons: string[] = [];
  for (const kind of ["bubblewrap", "unshare"] as const) {
    if (forced !== undefined && forced !== "" && forced !== kind) continue;
    const failure = await probe(kind, options.processes, kinds);
    if (failure === undefined) return { kind, reason: forced === kind ? `INSPAN_SANDBOX=${kind}` : "a probe passed" };
    reasons.push(`${kind}: ${failure}`);
  }
  return { kind: "none", reason: reasons.join("; ") };
}

/** Must write inside, must not write where read-only or outside, and must reach itself over loopback. */
const probeProgram = `
const fs = require("node:fs"), net = require("node:net");
const [inside, readOnly, outside] = process.argv.slice(1);
const isRefused = (path) => { try { fs.writeFileSync(path, "x"); return false; } catch { return true; } };
if (isRefused(inside + "/written")) { console.error("cannot write inside"); process.exit(1); }
if (!isRefused(readOnly + "/written")) { console.error("can write where it is read-only"); process.exit(1); }
if (!isRefused("/inspan-probe")) { console.error("can write outside"); process.exit(1); }
if (fs.existsSync(outside)) { console.error("sees the temporary folder"); process.exit(1); }
const server = net.createServer((socket) => socket.end()).listen(0, "127.0.0.1", () => {
  net.connect(server.address().port, "127.0.0.1").on("error", (error) => { console.error(error.message); process.exit(1); }).on("connect", () => process.exit(0));
});`;

/** What failed, or undefined where everything holds. */
async function probe(kind: RealKind, processes: Processes, kinds: Kinds): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), "inspan-probe-"));
  try {
    const [inside, outside] = [join(folder, "inside"), join(folder, "outside")];
    const readOnly = join(inside, "read-only");
    await mkdir(readOnly, { recursive: true });
    await mkdir(outside);
    const command: [string, ...string[]] = [process.execPath, "-e", probeProgram, inside, readOnly, outside];
    const spec: ProcessSpec = { command, cwd: inside, env: processes.environment(), timeoutMs: probeTimeoutMs };
    const prepared = await kinds.prepare(kind, spec, { writable: [inside], readOnly: [readOnly], network: "loopback" });
    try {
      const result = await processes.run(prepared.spec);
      if (result.outcome === "exited" && result.exitCode === 0) return undefined;
      return tailLines(result.stderr.trim(), 2) || `${result.outcome}, exit code ${result.exitCode}`;
    } finally {
      await prepared.dispose();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Kinds {
  caps(): Promise<Caps>;
  /** Begins what a first prepare() would wait for. */ expect(paths: readonly string[]): void;
  prepare(kind: RealKind, spec: ProcessSpec, policy: SandboxPolicy): Promise<PreparedSandbox>;
}

function createKinds({ processes, env, statePath, scratchPath }: NodeSandboxOptions): Kinds {
  let sizing: Promise<boolean> | undefined;
  let caps: Promise<Caps> | undefined;
  const settings = createSettingsReader(processes);
  const findCaps = () => (caps ??= detectCaps(processes.environment()["PATH"] ?? ""));
  const askSizing = async () => {
    const help = await processes.run({ command: ["bwrap", "--help"], cwd: "/", env: processes.environment(), timeoutMs: probeTimeoutMs });
    return help.output.includes("--size ");
  };

  async function prepareOwned(kind: RealKind, spec: ProcessSpec, policy: SandboxPolicy, disposals: DisposalStack): Promise<ProcessSpec> {
    const bridges = policy.bridges ?? [];
    const folder = await mkdtemp(join(scratchPath ?? env["TMPDIR"] ?? tmpdir(), "inspan-sandbox-"));
    disposals.defer(() => rm(folder, { recursive: true, force: true }));
    const [stagePath, socketFolder] = [join(folder, "root"), join(folder, "sockets")];
    await Promise.all([mkdir(stagePath), mkdir(socketFolder)]);
    const forwarder = [process.execPath, bridgePath];
    for (const [index, bridge] of bridges.entries()) {
      const socketPath = join(socketFolder, String(index));
      const outside = await openOutsideBridge(socketPath, bridge.hostPort);
      disposals.defer(() => outside.close());
      forwarder.push(String(bridge.port), socketPath);
    }
    const named = [spec.cwd, ...policy.writable, ...(policy.readable ?? []), ...(policy.readOnly ?? [])];
    const [hidden, canSizeFolders, limited] = await Promise.all([settings.hide(named, folder), kind === "bubblewrap" ? (sizing ??= askSizing()) : false, findCaps()]);
    const view = await planView({ spec, policy, env, statePath, hidden, ownPaths: bridges.length === 0 ? [] : [socketFolder, bridgePath] });
    const { processesMax, memoryBytesMax } = policy;
    const caps = await prepareCaps(
      limited,
      { ...defaultLimits(), ...(processesMax === undefined ? {} : { processesMax }), ...(memoryBytesMax === undefined ? {} : { memoryBytesMax }) },
      disposals,
    );
    const shared = typeof policy.network === "object" ? policy.network : undefined;
    const input = {
      command: caps.inner(spec.command),
      view,
      network: typeof policy.network === "object" ? ("host" as const) : policy.network,
      stagePath,
      forwarder: bridges.length === 0 ? undefined : forwarder,
      canSizeFolders,
    };
    const built = kind === "bubblewrap" ? bubblewrapCommand(input) : unshareCommand(input);
    const entered = shared === undefined ? built : enterNetworkCommand(shared.pid, built);
    return { ...spec, command: caps.outer(entered), cwd: view.cwd, env: view.env };
  }

  return {
    caps: findCaps,
    expect: (paths) => {
      settings.expect(paths);
      void findCaps().catch(() => undefined); // told by the prepare() that needs it, like the next
      (sizing ??= askSizing()).catch(() => undefined);
    },
    prepare: async (kind, spec, policy) => {
      const disposals = new DisposalStack();
      try {
        return { spec: await prepareOwned(kind, spec, policy, disposals), dispose: () => disposals.dispose() };
      } catch (error) {
        await disposals.dispose();
        throw error;
      }
    },
  };
}

/** The forwarder beside this file, compiled or not. */
const bridgePath = fileURLToPath(new URL(`./bridge${extname(import.meta.url)}`, import.meta.url));

async function installCommand(): Promise<string> {
  const text = await readFile("/etc/os-release", "utf8").catch(() => "");
  const family = `${/^ID=(.*)$/m.exec(text)?.[1] ?? ""} ${/^ID_LIKE=(.*)$/m.exec(text)?.[1] ?? ""}`;
  if (/fedora|rhel|centos/.test(family)) return "sudo dnf install bubblewrap";
  if (/arch/.test(family)) return "sudo pacman -S bubblewrap";
  if (/alpine/.test(family)) return "sudo apk add bubblewrap";
  if (/suse/.test(family)) return "sudo zypper install bubblewrap";
  return "sudo apt-get install bubblewrap";
}
