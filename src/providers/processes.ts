// Child processes, by interface: the only door through which Inspan starts a program.

export interface ProcessSpec {
  /** Program and arguments; no shell unless the program is one. */
  readonly command: readonly [string, ...string[]];
  readonly cwd: string;
  /** The child's whole environment; nothing is inherited. Start from `Processes.environment()`. */
  readonly env: Readonly<Record<string, string>>;
  /** Text for standard input, which is then closed; without it standard input is closed at once. `open` keeps it for `write`. */
  readonly stdin?: { readonly kind: "text"; readonly text: string } | { readonly kind: "open" };
  /** Total bound in milliseconds; undefined only for programs that run until they are stopped. */
  readonly timeoutMs: number | undefined;
  /** Bound on silence of both streams, in milliseconds. */
  readonly idleTimeoutMs?: number;
  /** How much of the end of each stream is kept, in bytes; 256 KiB unless told. */
  readonly outputBytesMax?: number;
  readonly signal?: AbortSignal;
  readonly onOutput?: (stream: "stdout" | "stderr", text: string) => void;
  /** Grace between TERM and KILL for the group, in milliseconds; 2,000 unless told. */
  readonly graceMs?: number;
  /** What asks the group to end; SIGTERM unless told. */
  readonly stopSignal?: "SIGTERM" | "SIGINT" | "SIGQUIT" | "SIGHUP" | "SIGKILL";
}

/** A program that outlives us: its own session, no pipe to us, output in a file. */
export interface ResidentSpec {
  readonly command: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Absolute; appended to, made with mode 0600. */
  readonly logPath: string;
}

export interface PipedSpec {
  readonly command: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** A program that is spoken to over two pipes of its own (its descriptors 3 and 4), each message ended by a zero byte. It ends when the pipes do. */
export interface PipedProcess {
  readonly pid: number;
  /** Dropped where the program has gone. */
  send(message: string): void;
  /** One of each; `end` is called at once where it has gone already. What came before is lost. */
  listen(take: (message: string) => void, end: () => void): void;
  /** Of its standard error. */
  lastWords(): string;
  /** KILL to its group. */
  kill(): void;
  /** Resolves when it is gone. */
  readonly exited: Promise<void>;
}

/** A TCP socket that somebody listens on. */
export interface ListeningSocket { readonly port: number; readonly address: string; readonly inode: string }

/** A process that lost its parent and holds an output that somebody waits for. `command` is its own word for itself: untrusted, unbounded. */
export interface HeldOutput { readonly pid: number; readonly startTime: string; readonly command: string }

export interface ProcessResult {
  readonly outcome: "exited" | "timed-out" | "idle" | "cancelled" | "not-started";
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Both streams as they came, bounded like each of them. */
  readonly output: string;
  /** Bytes that were dropped from the front of the streams. */
  readonly omittedBytes: number;
  readonly durationMs: number;
}

export interface RunningProcess {
  readonly pid: number;
  /** Complete lines of standard output as they come; the iteration ends when the stream does. Lines above 16 MiB are cut. */
  readonly lines: AsyncIterable<string>;
  /** Resolves when written; rejects where standard input is closed. */
  write(text: string): Promise<void>;
  closeStdin(): void;
  /** Never rejects. */
  readonly exited: Promise<ProcessResult>;
  /** TERM to the group, grace, KILL; resolves when it is gone. Idempotent. */
  stop(): Promise<ProcessResult>;
}

export interface Processes {
  /** Success is `outcome === "exited" && exitCode === 0`; never rejects for what the child does. */
  run(spec: ProcessSpec): Promise<ProcessResult>;
  start(spec: ProcessSpec): Promise<RunningProcess>;
  /** Starts a program that outlives us: no streams, not ended by stopAll(). Resolves to its id; rejects where it cannot be started. */
  startDetached(spec: Pick<ProcessSpec, "command" | "cwd" | "env">): Promise<number>;
  /** The allow-listed part of our own environment (PATH with our Node first, HOME, LANG, TERM, TMPDIR, TZ, USER), plus `extra`. */
  environment(extra?: Readonly<Record<string, string>>): Record<string, string>;
  /** True while a process of that id with that start time lives. */
  isAlive(pid: number, startedAt: string | undefined): boolean;
  /** An opaque start time that tells a process from a later one with the same id; undefined where none such lives. */
  startTimeOf(pid: number): string | undefined;
  /** Ends every child that still lives; called by the shutdown registry. */
  stopAll(): Promise<void>;
  /** Rejects where it cannot be started. It is not stopped with us. */
  startResident(spec: ResidentSpec): Promise<{ readonly pid: number }>;
  /** Begins at once, before it returns: who has work of his own does it meanwhile. Not ended by stopAll(). Throws PROCESS_NOT_STARTED. */
  startPiped(spec: PipedSpec): PipedProcess;
  /** Sockets that are listened on in the network of process `pid`, sorted by port; empty where nobody can tell. */
  listening(pid: number): readonly ListeningSocket[];
  /** Which of these sockets (by inode) the process `pid` or any descendant holds; with `runId` also what carries the marker. */
  ownedSockets(inodes: ReadonlySet<string>, owner: { readonly pid: number; readonly runId?: string }): ReadonlySet<string>;
  /** What commands of the client left running that still holds an output which the client reads; with `runId` also what carries the marker. */
  heldOutputs(client: { readonly pid: number; readonly runId?: string }): readonly HeldOutput[];
  /** Sends the signal to one process; false where that one is gone. */
  signal(found: Pick<HeldOutput, "pid" | "startTime">, signal: "SIGTERM" | "SIGKILL"): boolean;
  /** TERM, grace, KILL for everything that carries INSPAN_RUN_ID=`runId`; how many there were. For what a crash left. */
  endMarked(runId: string, graceMs: number): Promise<number>;
  /** How many processes carry the marker now. */
  countMarked(runId: string): number;
  /** How many processes a killed Inspan left of its runs; the next run of any Inspan of this user ends them. */
  countOrphans(): number;
  /** KILL to the group of every child that still lives, at once; for a process that is about to die itself. */
  killAll(): void;
}
