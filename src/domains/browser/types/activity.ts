// What happened beside the page's content: console, network, dialogs. Bounded where it is collected.

export interface ConsoleLine {
  /** Grows by one for each line of a worktree's context. */
  readonly seq: number;
  readonly kind: "error" | "warning" | "info" | "log" | "debug" | "page-error" | "dialog" | "download" | "tab" | "crash";
  readonly text: string;
  /** Where it came from, as `path:line`; empty where nobody knows. */
  readonly source: string;
  /** Milliseconds since 1970. */
  readonly atMs: number;
}

export interface NetworkLine {
  readonly seq: number;
  readonly method: string;
  readonly url: string;
  /** document, fetch, script, image, …; as the browser calls it. */
  readonly type: string;
  readonly startedAtMs: number;
  /** Undefined while it runs and where it failed. */
  readonly status: number | undefined;
  readonly durationMs: number | undefined;
  readonly sizeBytes: number | undefined;
  /** Why there is no answer; "refused by policy" where the gate held it. */
  readonly failure: string | undefined;
}

export interface Vitals {
  /** Milliseconds; undefined where the page has not shown or had none. */
  readonly lcpMs: number | undefined;
  readonly lcpElement: string | undefined;
  readonly fcpMs: number | undefined;
  readonly ttfbMs: number | undefined;
  readonly domContentLoadedMs: number | undefined;
  readonly loadMs: number | undefined;
  readonly cls: number;
  /** The longest of the interactions so far. */
  readonly inpMs: number | undefined;
  readonly longTasks: readonly { readonly startMs: number; readonly durationMs: number }[];
  readonly domNodes: number;
  readonly scriptHeapBytes: number | undefined;
}
