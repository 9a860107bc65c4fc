// Owns the end of one client's process: in order, else by force, and with everything that it started. What every client's sandbox shares is here too.
// Knows no protocol.
import { withDeadline } from "../../../base/async.ts";
import { tailLines } from "../../../base/text.ts";
import type { PreparedSandbox, Providers, RunningProcess } from "../../../providers/index.ts";
import type { SessionSpec } from "../types.ts";
import type { RpcHandlers } from "./json-rpc.ts";

export interface ClientProcessOptions {
  readonly providers: Providers;
  readonly process: RunningProcess;
  readonly sandbox: PreparedSandbox;
  /** Marks every process of the session, so that one which left its group is found. */
  readonly runId: string;
  /** Whether everything inside dies with the first process. */
  readonly isWalled: boolean;
}

const exitGraceMs = 2_000; // clients end within a second of the end of their standard input, or never
const lastWordsMax = 5;

export class ClientProcess {
  readonly #options: ClientProcessOptions;
  #closing: Promise<void> | undefined;

  constructor(options: ClientProcessOptions) { this.#options = options; }

  /** Where its processes are found: a namespace keeps all in its family, else the marker tells. */
  get place(): { readonly pid: number; readonly runId?: string } {
    const { process: { pid }, isWalled, runId } = this.#options;
    return isWalled ? { pid } : { pid, runId };
  }

  /** What the client said on its error stream last; for messages about its end. */
  async lastWords(): Promise<string> {
    const { process, providers } = this.#options;
    const result = await withDeadline(process.exited, exitGraceMs, () => undefined);
    if (result === undefined) return "it still runs";
    const how = result.signal === null ? `exit code ${result.exitCode ?? "unknown"}` : `signal ${result.signal}`;
    const words = tailLines(providers.secrets.redact(result.stderr.trim()), lastWordsMax);
    return words === "" ? how : `${how}: ${words}`;
  }

  /** Afterwards nothing of it lives. Idempotent. */
  close(): Promise<void> { return (this.#closing ??= this.#close()); }

  async #close(): Promise<void> {
    const { process, sandbox, isWalled } = this.#options;
    try {
      process.closeStdin();
      await withDeadline(process.exited.then(() => true), exitGraceMs, () => false);
      await process.stop();
      if (!isWalled) await this.#sweep();
    } finally {
      await sandbox.dispose();
    }
  }

  /** Stopping a process with an explicit marker ends all that carry it, in whatever group: so one is started to be stopped. */
  async #sweep(): Promise<void> {
    const { providers: { processes }, runId } = this.#options;
    const bait = await processes.start({ command: ["sleep", "30"], cwd: "/", env: processes.environment({ INSPAN_RUN_ID: runId }), timeoutMs: 30_000, graceMs: 300 });
    await bait.stop();
  }
}

/** Between turns nothing is answered. */
export const idleHandlers: RpcHandlers = {
  onNotification: () => undefined,
  onRequest: (method) => Promise.reject(new Error(`no turn is running, so there is no answer to ${method}`)),
};

/** Folders outside the worktree that git needs to read there: of a linked worktree, the repository's own. */
export async function gitFolders(providers: Pick<Providers, "git">, spec: SessionSpec): Promise<readonly string[]> {
  const common = await providers.git.run(["rev-parse", "--path-format=absolute", "--git-common-dir"], { cwd: spec.worktreePath, acceptExitCodes: [128] });
  return common.exitCode === 0 ? [common.stdout.trim()] : [];
}

/** Whatever still tries to reach the outside asks us, and is refused unless its host is on the list. */
export function proxyVariables(gate: { readonly port: number; readonly token: string }): Readonly<Record<string, string>> {
  const proxy = `http://inspan:${gate.token}@127.0.0.1:${gate.port}`;
  const local = "127.0.0.1,localhost,::1";
  return { HTTPS_PROXY: proxy, https_proxy: proxy, ALL_PROXY: proxy, all_proxy: proxy, NO_PROXY: local, no_proxy: local };
}
