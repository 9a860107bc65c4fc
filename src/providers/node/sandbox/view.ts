// Owns what a sandboxed process sees of the file system: which folders are masked, and what is bound back into them. Starts nothing.
import { realpath, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, isAbsolute } from "node:path";
import { InspanError } from "../../../base/errors.ts";
import type { ProcessSpec } from "../../processes.ts";
import type { SandboxPolicy } from "../../sandbox.ts";
import { behindPrograms } from "./behind-programs.ts";
import type { HiddenPath } from "./repository-secrets.ts";

/** `hidden`: read-only, and in its place stands `from`, or an empty folder where there is none. Otherwise `from` is the path itself. */
export interface Bind { readonly path: string; readonly access: "read" | "write" | "hidden"; readonly kind: "file" | "folder"; readonly from: string | undefined }

export interface SandboxView {
  /** Existing folders that are replaced by empty private ones; none lies in another. */
  readonly masks: readonly string[];
  /** In the order of mounting: a later one may lie in an earlier one. Real paths. */
  readonly binds: readonly Bind[];
  /** Folders to make below the masks. */
  readonly folders: readonly string[];
  readonly cwd: string;
  /** Where inside there is always a private writable folder. */
  readonly temporaryPath: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Homes of the machine besides $HOME: they hold keys and tokens. */
const homes = ["/root", "/home"] as const;

/** A read-only mount does not stop a connection to a unix socket (containers, desktop bus), so the folders of sockets are masked too. */
const socketFolders = ["/run", "/var/run"] as const;

/** Where services of the machine keep sockets that may do more than an agent, and secrets that root, and therefore a sandbox of root's, may read. */
const serviceFolders = [
  "/var/lib/docker",
  "/var/lib/containerd",
  "/var/lib/kubelet",
  "/var/lib/lxd",
  "/var/lib/incus",
  "/var/snap/lxd",
  "/var/lib/libvirt",
  "/var/lib/mysql",
  "/var/lib/postgresql",
  "/var/spool/cron",
  "/nix/var/nix/daemon-socket",
  "/etc/kubernetes", "/etc/letsencrypt", "/etc/ssl/private", "/etc/wireguard", "/etc/openvpn", "/etc/NetworkManager/system-connections",
] as const;

/** Files of the same kind whose folders are needed. */
const secretFiles = [
  "/etc/shadow",
  "/etc/shadow-",
  "/etc/gshadow",
  "/etc/gshadow-",
  "/etc/krb5.keytab",
  ...["rsa", "dsa", "ecdsa", "ed25519"].map((kind) => `/etc/ssh/ssh_host_${kind}_key`),
] as const;

const temporaryFolders = ["/tmp", "/var/tmp", "/dev/shm"] as const;

/** Parts of /run that hold programs or name resolution instead of sockets. */
const harmlessRunPaths = [
  "/run/current-system",
  "/run/opengl-driver",
  "/run/systemd/resolve/resolv.conf",
  "/run/systemd/resolve/stub-resolv.conf",
  "/run/resolvconf/resolv.conf",
  "/run/NetworkManager/resolv.conf",
] as const;

export interface ViewInput {
  readonly spec: ProcessSpec;
  readonly policy: SandboxPolicy;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Our own state ($INSPAN_HOME): masked wherever it lies, but for what the policy names in it. */
  readonly statePath?: string | undefined;
  /** Files and folders in what is shown that are replaced. */
  readonly hidden?: readonly HiddenPath[];
  /** Further paths of ours that must be readable inside. */
  readonly ownPaths: readonly string[];
}

/** Rejects with SANDBOX_POLICY where a writable folder is missing, or leads out of the writable folder that holds it. */
export async function planView({ spec, policy, env, ownPaths, statePath, hidden = [] }: ViewInput): Promise<SandboxView> {
  const home = env["HOME"];
  const temporary = env["TMPDIR"] ?? tmpdir();
  const candidates = await realPaths([
    temporary,
    ...temporaryFolders,
    ...homes,
    ...socketFolders,
    ...serviceFolders,
    ...(home === undefined ? [] : [home]),
    ...(statePath === undefined ? [] : [statePath]),
  ]);
  // A home of "/" (containers under a foreign user id) cannot be masked; /dev is replaced as a whole.
  const wanted = candidates.filter((path) => path !== "/" && !isWithin(path, "/dev"));
  const masks = [...new Set(wanted)].filter((path) => !wanted.some((other) => other !== path && isWithin(path, other))).sort();
  const isMasked = (path: string) => masks.some((mask) => isWithin(path, mask));
  const isAboveMask = (path: string) => masks.some((mask) => isWithin(mask, path));

  const writable = await Promise.all(policy.writable.map((path) => resolveWritable(path, policy.writable)));
  const programs = [process.execPath, ...(spec.env["PATH"] ?? "").split(":"), ...(env["PATH"] ?? "").split(":")].filter((path) => isAbsolute(path));
  const own = (await realPaths([...new Set(programs)])).filter(isMasked);
  const [personal] = await realPaths(home === undefined ? [] : [home]);
  const implied = (
    await realPaths([
      nodePrefix(),
      ...programs,
      ...(await behindPrograms(own, (path) => masks.includes(path) || path === personal || dirname(path) === "/home")),
      ...ownPaths,
      ...harmlessRunPaths,
    ])
  ).filter((path) => !isAboveMask(path));
  const readable = [...implied, ...await realPaths(policy.readable ?? [])]
    .filter((path) => isMasked(path) && !writable.some((folder) => isWithin(path, folder)));
  const readOnly = await realPaths(policy.readOnly ?? []);
  const [state] = await realPaths(statePath === undefined ? [] : [statePath]);
  // A program's folder (~/.local with Node in it) or a package cache may hold our state: it is masked again above those, below the policy's own.
  const aboveState = readable.filter((path) => state !== undefined && path !== state && isWithin(state, path));
  const isStateShown = state === undefined || writable.some((path) => isWithin(state, path)) || readable.includes(state);
  const shown = [...aboveState, ...readable, ...writable, ...readOnly];
  const isShown = (path: string) => !isMasked(path) || shown.some((folder) => isWithin(path, folder));
  const covered = (await describe(await realPaths(policy.hidden ?? []), "read")).filter(({ kind, path }) => kind === "folder" && isShown(path));
  const binds = [
    ...await describe(aboveState, "read"),
    ...(aboveState.length === 0 || isStateShown ? [] : [{ path: state, access: "hidden" as const, kind: "folder" as const, from: undefined }]),
    ...await describe(readable.filter((path) => !aboveState.includes(path)), "read"), ...await describe(writable, "write"), ...await describe(readOnly, "read"),
    ...hidden
      .filter(({ path }) => isShown(path))
      .map(({ path, by }) => ({ path, access: "hidden" as const, kind: by === undefined ? ("folder" as const) : ("file" as const), from: by })),
    ...(await realPaths(secretFiles)).filter((path) => !isMasked(path)).map((path) => ({ path, access: "hidden" as const, kind: "file" as const, from: "/dev/null" })),
    ...covered.map(({ path }) => ({ path, access: "hidden" as const, kind: "folder" as const, from: undefined })),
  ];

  const temporaryPath = (await realPaths([temporary]))[0] ?? "/tmp";
  const isWritable = (path: string | undefined) => path !== undefined && writable.some((folder) => isWithin(path, folder));
  const insideHome = isWritable(spec.env["HOME"]) ? spec.env["HOME"] : home !== undefined && isMasked(home) ? home : `${temporaryPath}/home`;
  const insideTemporary = isWritable(spec.env["TMPDIR"]) ? spec.env["TMPDIR"] : temporaryPath;
  const folders = [insideHome, insideTemporary].filter((path): path is string => path !== undefined && isMasked(path) && !isWritable(path));
  return {
    masks, binds, folders, temporaryPath,
    cwd: (await realPaths([spec.cwd]))[0] ?? spec.cwd,
    env: { ...spec.env, HOME: insideHome ?? temporaryPath, TMPDIR: insideTemporary ?? temporaryPath },
  };
}

export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === "/" ? "/" : `${folder}/`);
}

/** The folder above `bin`, which also holds npm; a Node outside of such a layout shows its own folder only. */
function nodePrefix(): string {
  const folder = dirname(process.execPath);
  return basename(folder) === "bin" && folder !== "/usr/bin" && folder !== "/bin" ? dirname(folder) : folder;
}

async function resolveWritable(path: string, all: readonly string[]): Promise<string> {
  const real = (await realPaths([path]))[0];
  if (real === undefined) throw new InspanError("SANDBOX_POLICY", `Cannot make "${path}" writable in the sandbox: it does not exist, expected a folder.`);
  // What lies in a writable folder is under the control of what ran there before, links included.
  for (const folder of all) {
    if (folder === path || !isWithin(path, folder)) continue;
    const [realFolder] = await realPaths([folder]);
    if (realFolder === undefined || !isWithin(real, realFolder))
      throw new InspanError("SANDBOX_POLICY", `Cannot make "${path}" writable in the sandbox: it leads to "${real}", expected a folder below "${folder}".`);
  }
  return real;
}

/** Existing paths only, with links resolved; the order is kept. */
async function realPaths(paths: readonly string[]): Promise<string[]> {
  const resolved = await Promise.all(paths.map(async (path) => {
    try { return await realpath(path); } catch { return undefined; } // absent here, which is fine for a list of candidates
  }));
  return resolved.filter((path) => path !== undefined);
}

async function describe(paths: readonly string[], access: "read" | "write"): Promise<readonly Bind[]> {
  const unique = [...new Set(paths)].sort();
  return Promise.all(unique.map(async (path) => ({ path, from: path, access, kind: (await stat(path)).isDirectory() ? "folder" as const : "file" as const })));
}
