// A session's history on disk: JSON lines, appended before they count, whole again after kill -9. Knows no model and no turn.
import { InspanError } from "../../../base/errors.ts";
import type { Files } from "../../../providers/index.ts";
import { answersForInterruptedCalls, parseHistory, renderHistoryLine } from "./history-format.ts";
import type { HistoryEntry } from "./history-format.ts";
import type { SessionId } from "../types.ts";

export interface SessionHistory {
  readonly id: SessionId;
  /** All entries but the head, oldest first. */
  readonly entries: readonly HistoryEntry[];
  /** Resolves when the entries are on disk; they are part of `entries` only then. */
  append(...entries: readonly HistoryEntry[]): Promise<void>;
}

export interface HistoryHead { readonly id: SessionId; readonly label: string; readonly startedAt: string }

const historyPath = (sessionPath: string, id: SessionId): string => `${sessionPath}/builtin-${id}.jsonl`;

class DiskHistory implements SessionHistory {
  readonly id: SessionId;
  readonly #files: Files;
  readonly #path: string;
  readonly #entries: HistoryEntry[];

  constructor(files: Files, path: string, id: SessionId, entries: readonly HistoryEntry[]) {
    this.#files = files;
    this.#path = path;
    this.id = id;
    this.#entries = [...entries];
  }

  get entries(): readonly HistoryEntry[] { return this.#entries; }

  async append(...entries: readonly HistoryEntry[]): Promise<void> {
    await this.#files.appendText(this.#path, entries.map(renderHistoryLine).join(""), { isDurable: true });
    this.#entries.push(...entries);
  }
}

/** Begins a history; its head is on disk when this resolves. */
export async function startHistory(files: Files, sessionPath: string, head: HistoryHead): Promise<SessionHistory> {
  const path = historyPath(sessionPath, head.id);
  await files.writeText(path, renderHistoryLine({ kind: "session", version: 1, ...head }), { mode: 0o600 });
  return new DiskHistory(files, path, head.id, []);
}

/** Reads a history of an earlier process, drops a half-written last line and answers calls that were cut off. Rejects with AGENT_START_FAILED. */
export async function resumeHistory(files: Files, sessionPath: string, id: SessionId): Promise<SessionHistory> {
  const path = historyPath(sessionPath, id);
  const failed = (state: string): InspanError =>
    new InspanError("AGENT_START_FAILED", `Cannot resume the session "${id}": ${state}, expected its history at ${path}.`, {
      remedy: "Start the session anew, without its earlier conversation.",
    });
  if (!/^[A-Za-z0-9-]+$/.test(id)) throw failed("its id is none of this driver");
  const text = await files.readText(path);
  if (text === undefined) throw failed("no history is there");
  const parsed = parseHistory(text);
  const [head, ...entries] = parsed?.entries ?? [];
  if (parsed === undefined || head?.kind !== "session" || head.id !== id) throw failed("its history is damaged");
  // The next line must not be glued to a torn one.
  if (parsed.isTorn) await files.writeText(path, parsed.entries.map(renderHistoryLine).join(""), { mode: 0o600 });
  const history = new DiskHistory(files, path, id, entries);
  const answers = answersForInterruptedCalls(entries);
  if (answers.length > 0) await history.append(...answers);
  return history;
}
