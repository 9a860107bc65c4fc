// What a command and the browser daemon say to each other: one request a connection, one line of JSON back.

export const browserVerbs = ["open", "snapshot", "act", "screenshot", "console", "network", "perf", "record", "film", "close", "status"] as const;
export type BrowserVerb = (typeof browserVerbs)[number];

/** What pages of a worktree may reach. Its own instance is always reachable. */
export interface BrowserPolicy {
  /** Of the text that it was read from; "none" where that has no `browser:`. */
  readonly stamp: string;
  /** Origins beside the instance's own, for example https://cdn.example.org. */
  readonly origins: readonly string[];
  readonly viewport: { readonly width: number; readonly height: number };
  /** CSS selectors of what is masked beside passwords and cards. */
  readonly mask: readonly string[];
}

export interface BrowserRequest {
  readonly version: string;
  readonly verb: BrowserVerb | "shutdown";
  /** Absolute, links resolved: the top of the worktree. */
  readonly rootPath: string;
  /** Names the worktree's context and files; safe as a file name. */
  readonly key: string;
  /** Where the caller stands; relative files are meant from here. */
  readonly callerPath: string;
  /** As it was typed; the daemon parses it. */
  readonly input: Readonly<Record<string, unknown>>;
  readonly stamp: string;
  /** Absent where only the stamp is known; the daemon then may ask for it. */
  readonly policy?: BrowserPolicy;
  /** The executable of the configuration. */
  readonly executable?: string;
  /** INSPAN_CHROME of whoever asks: the daemon's own may be one that was mended since. */
  readonly chrome?: string;
}

/** One reply. `text` is the page's own words and never trusted; everything else is ours. */
export interface BrowserAnswer {
  readonly version: 1;
  readonly verb: BrowserVerb;
  readonly url: string;
  readonly title: string;
  /** One line of ours about what was done; empty where nothing is to be said. */
  readonly said: string;
  /** Bounded; from the page. */
  readonly text: string;
  /** Absolute path of what is too long to be said: a snapshot, a picture, a trace. */
  readonly file: string | undefined;
  /** Figures and lists for programs. */
  readonly data: Readonly<Record<string, unknown>>;
  /** How long the browser itself took, and all of it in the daemon. */
  readonly browserMs: number;
  readonly totalMs: number;
}

export type BrowserReply =
  | { readonly kind: "result"; readonly value: BrowserAnswer }
  | { readonly kind: "error"; readonly code: string; readonly message: string; readonly remedy: string | undefined; readonly isUsage: boolean }
  | { readonly kind: "other-version"; readonly version: string; readonly pid: number }
  | { readonly kind: "policy-needed" };
