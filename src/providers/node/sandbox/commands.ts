// Owns the command lines of both sandbox kinds. Pure text: reads nothing, starts nothing.
import type { SandboxView } from "./view.ts";

export interface CommandInput {
  readonly command: readonly string[];
  readonly view: SandboxView;
  readonly network: "loopback" | "host";
  /** An empty private folder outside; the unshare kind builds its root there. */
  readonly stagePath: string;
  /** The forwarder's command; absent without bridges. */
  readonly forwarder: readonly string[] | undefined;
  /** Whether this bubblewrap (0.7 and later) can bound a private folder. */
  readonly canSizeFolders: boolean;
}

/** Each private folder holds at most this much; without it a program that fills its temporary folder takes half of the machine's memory. */
const privateFolderBytesMax = 2 * 1024 * 1024 * 1024;

/** Parts of /proc through which the machine itself is changed, with no capability asked of their owner. */
const kernelPaths = ["/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus"] as const;

/** A forwarder that is killed comes back, so that a program inside meets a short refusal and not the end of its work; one that cannot live is not tried for ever. */
const forwarderRestartsMax = 20;

/** Starts the forwarder, waits until it listens ("ready" through a FIFO), and becomes the command. */
function forwardingScript(forwarder: readonly string[], temporaryPath: string): string {
  const fifo = quote(`${temporaryPath}/.inspan-bridge-ready`);
  return [
    `rm -f ${fifo} && mkfifo ${fifo} || exit 125`,
    `forward() { NODE_OPTIONS= ${forwarder.map(quote).join(" ")} </dev/null 2>/dev/null; }`,
    // 143 is TERM: the sandbox ends. Behind a shell of its own, because the command takes the place of this one: script(1) and others wait for every child that they find.
    `( { forward >${fifo}; code=$? tries=0; while [ $code -ne 143 ] && [ $tries -lt ${forwarderRestartsMax} ]; do tries=$((tries + 1)); forward >/dev/null; code=$?; done; } </dev/null >/dev/null 2>&1 & )`,
    `read -r ready <${fifo}; rm -f ${fifo}`,
    `[ "$ready" = ready ] || { echo "inspan: the bridge into the sandbox did not start" >&2; exit 125; }`,
  ].join("\n");
}

/** bubblewrap(1). It brings loopback up, reaps, passes exit codes, and dies with its parent. */
export function bubblewrapCommand({ command, view, network, forwarder, canSizeFolders }: CommandInput): [string, ...string[]] {
  const size = canSizeFolders ? ["--size", String(privateFolderBytesMax)] : [];
  return [
    "bwrap", "--die-with-parent", "--unshare-all", ...(network === "host" ? ["--share-net"] : []),
    // Started by root, bubblewrap keeps capabilities unless told.
    "--cap-drop", "ALL",
    "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc",
    // Started by root, the owner of these is us: without this a sandboxed program sets the machine's kernel.core_pattern (seen with 0.8.0).
    ...kernelPaths.flatMap((path) => ["--ro-bind-try", path, path]),
    ...view.masks.flatMap((path) => [...size, "--tmpfs", path]),
    ...view.folders.flatMap((path) => ["--dir", path]),
    ...view.binds.flatMap(({ path, access, from }) => (from === undefined ? [...size, "--tmpfs", path] : [access === "write" ? "--bind" : "--ro-bind", from, path])),
    "--chdir", view.cwd, "--",
    ...(forwarder === undefined ? command : ["sh", "-c", `${forwardingScript(forwarder, view.temporaryPath)}\nexec "$@"`, "sh", ...command]),
  ];
}

/** A network namespace with loopback up, held by `command`. Prints `open <pid>` as soon as others may enter; the id is the machine's. */
export function loopbackCommand(kind: "bubblewrap" | "unshare", command: readonly string[]): [string, ...string[]] {
  const fail = `fail() { echo "inspan: cannot build the network: $1" >&2; exit 125; }`;
  const path = `PATH="$PATH:/usr/sbin:/sbin:/usr/bin:/bin"; export PATH`;
  const open = `echo "open $$"; exec "$@"`;
  return kind === "unshare"
    ? ["unshare", "--user", "--map-current-user", "--keep-caps", "--net", "--", "sh", "-c", `${path}; ${fail}; ${loopbackLine}; ${open}`, "sh", ...command]
    : ["bwrap", "--die-with-parent", "--unshare-user", "--unshare-net", "--dev-bind", "/", "/", "--", "sh", "-c", open, "sh", ...command];
}

/** Enters the user and network namespace of a process before the command: it can then build a sandbox that shares that network. */
export function enterNetworkCommand(pid: number, command: readonly [string, ...string[]]): [string, ...string[]] {
  return ["nsenter", "-t", String(pid), "-U", "-n", "--preserve-credentials", "--", ...command];
}

/**
 * The same by util-linux alone (unshare, mount, pivot_root, setpriv; 2.35 or later). The first shell builds the root while it has the
 * capabilities of its own user namespace; the second, without any, is process 1: it starts the command, passes TERM on, and reaps.
 */
export function unshareCommand(input: CommandInput): [string, ...string[]] {
  const namespaces = ["--user", "--map-current-user", "--keep-caps", "--mount", "--pid", "--ipc", "--uts", ...(input.network === "host" ? [] : ["--net"])];
  return [
    "sh", "-c", outerScript, "inspan-outer",
    "unshare", ...namespaces, "--fork", "--kill-child=KILL", "--",
    "sh", "-c", rootScript(input), "inspan-sandbox",
    "setpriv", "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all", "--ambient-caps=-all", "--",
    "sh", "-c", initScript(input), "inspan-init", ...input.command,
  ];
}

/**
 * unshare(1) blocks TERM while it waits, so a shell in front hands it on to process 1 of the sandbox, and KILL to unshare where that
 * process is not there yet. It is the parent whose death ends all: unshare is bound to it by setpriv.
 */
const outerScript = `
exec 3<&0
setpriv --pdeathsig KILL "$@" <&3 3<&- &
child=$!
exec 3<&- </dev/null
end() {
  trap "" TERM INT HUP
  read -r first rest </proc/$child/task/$child/children || first=
  if [ -n "$first" ]; then kill -TERM "$first"; else kill -KILL "$child"; fi 2>/dev/null
}
trap end TERM INT HUP
while :; do wait "$child"; code=$?; kill -0 "$child" 2>/dev/null || break; done
exit "$code"`;

function rootScript({ view, network, stagePath }: CommandInput): string {
  const root = (path: string) => quote(`${stagePath}${path}`);
  const size = `size=${privateFolderBytesMax}`;
  const mask = (path: string) => `mount -t tmpfs -o nosuid,nodev,mode=0755,${size} tmpfs ${root(path)} || fail "mask"`;
  const bind = ({ path, access, kind, from }: SandboxView["binds"][number]) => (from === undefined ? [mask(path)] : [
    kind === "folder" ? `mkdir -p ${root(path)} 2>/dev/null` : `[ -e ${root(path)} ] || { mkdir -p ${root(path.slice(0, path.lastIndexOf("/")))} && : >${root(path)}; }`,
    `mount --rbind ${quote(from)} ${root(path)} || fail "bind ${access}"`,
    ...(access === "write" ? [] : [`read_only ${root(path)}`]),
  ]);
  return [
    // Users' PATH may lack the folders of system programs.
    `PATH="$PATH:/usr/sbin:/sbin:/usr/bin:/bin"; export PATH`,
    `fail() { echo "inspan: cannot build the sandbox: $1" >&2; exit 125; }`,
    readOnlyFunction,
    `mount --make-rprivate / || fail "private mounts"`,
    `mount --rbind / ${quote(stagePath)} || fail "root"`,
    // Masks first: what they hide need not be made read-only.
    ...view.masks.map(mask),
    ...deviceLines(stagePath),
    `mount -t proc -o nosuid,nodev,noexec proc ${root("/proc")} || fail "proc"`,
    ...kernelPaths.map(
      (path) =>
        `[ ! -e ${root(path)} ] || { mount --bind ${root(path)} ${root(path)} && mount -c -o remount,bind,ro,nosuid,nodev,noexec ${root(path)}; } || fail ${path}`,
    ),
    `KEEP=${quote([...view.masks, "/dev", "/proc"].join("\n"))}`,
    `read_only ${quote(stagePath)} "$KEEP"`,
    ...view.folders.map((path) => `mkdir -p ${root(path)} || fail "folder"`),
    ...view.binds.flatMap(bind),
    ...(network === "host" ? [] : [loopbackLine]),
    `cd ${quote(stagePath)} && pivot_root . . && umount -l . || fail "pivot"`,
    `cd ${quote(view.cwd)} || fail "working folder"`,
    `exec "$@"`,
  ].join("\n");
}

/**
 * read_only <path> [<kept>]: makes the mount at <path> and all below it read-only, but for those at or below the kept paths. Flags that
 * the kernel has locked (nosuid, noexec, atime) must be said again, or it refuses. What cannot be made read-only is covered.
 */
const readOnlyFunction = String.raw`
read_only() {
  top=$1
  while read -r id parent device inner point options rest; do
    case $point in *\\*) point=$(printf "$(printf %s "$point" | sed 's/%/%%/g')x"); point=\${point%x};; esac
    case $point in "$top"|"$top"/*) ;; *) continue;; esac
    below=\${point#"$top"}
    kept=
    if [ -n "\${2-}" ]; then while IFS= read -r keep; do case $below in "$keep"|"$keep"/*) kept=1; break;; esac; done <<KEPT
$2
KEPT
    fi
    [ -z "$kept" ] || continue
    flags=
    for flag in nosuid nodev noexec noatime nodiratime relatime nosymfollow; do
      case ,$options, in *,$flag,*) flags=$flags,$flag;; esac
    done
    mount -c -o "remount,bind,ro$flags" "$point" 2>/dev/null || mount -t tmpfs -o ro,size=4k tmpfs "$point" || fail "read-only $point"
  done <<MOUNTS
$(cat /proc/self/mountinfo)
MOUNTS
}`.replaceAll("\\${", "${");

function deviceLines(stagePath: string): readonly string[] {
  const dev = quote(`${stagePath}/dev`);
  return [
    `mount -t tmpfs -o nosuid,noexec,mode=0755,size=65536k tmpfs ${dev} || fail "dev"`,
    `for name in null zero full random urandom tty; do : >${dev}/$name && mount --bind /dev/$name ${dev}/$name || fail "dev/$name"; done`,
    `mkdir ${dev}/shm ${dev}/pts && chmod 1777 ${dev}/shm`,
    `mount -t devpts -o newinstance,nosuid,noexec,ptmxmode=0666,mode=620 devpts ${dev}/pts || fail "dev/pts"`,
    `ln -s pts/ptmx ${dev}/ptmx; ln -s /proc/self/fd ${dev}/fd; ln -s /proc/self/fd/0 ${dev}/stdin; ln -s /proc/self/fd/1 ${dev}/stdout; ln -s /proc/self/fd/2 ${dev}/stderr`,
  ];
}

/** `ip` is not everywhere; git brings perl along. 0x8914 is SIOCSIFFLAGS, 0x49 is UP|LOOPBACK|RUNNING (linux/sockios.h, net/if.h). */
const loopbackLine = `ip link set lo up 2>/dev/null || perl -MSocket -e 'socket(S,AF_INET,SOCK_DGRAM,0) or exit 1; my $r=pack("a16s x22","lo",0x49); ioctl(S,0x8914,$r) or exit 1' 2>/dev/null || python3 -c 'import fcntl,socket,struct; fcntl.ioctl(socket.socket(),0x8914,struct.pack("16sh22x",b"lo",0x49))' 2>/dev/null || fail "loopback"`;

function initScript({ forwarder, view }: CommandInput): string {
  return [
    ...(forwarder === undefined ? [] : [forwardingScript(forwarder, view.temporaryPath)]),
    `trap 'trap "" TERM INT HUP; kill -TERM -1 2>/dev/null' TERM INT HUP`,
    // A shell gives a background command no standard input but by a descriptor of its own.
    `exec 3<&0`,
    `"$@" <&3 3<&- &`,
    `child=$!`,
    `exec 3<&- </dev/null`,
    `while :; do wait "$child"; code=$?; kill -0 "$child" 2>/dev/null || break; done`,
    `exit "$code"`,
  ].join("\n");
}

/** One word for a POSIX shell. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
