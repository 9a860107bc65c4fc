// The state of a forge for tests: pull requests over a real bare repository, words, checks, limits and faults. Knows no wire form.
import { execFileSync } from "node:child_process";

export interface FakeUser { readonly login: string; readonly type: "User" | "Bot"; readonly association: "OWNER" | "MEMBER" | "COLLABORATOR" | "CONTRIBUTOR" | "NONE" }
export interface FakePull {
  number: number;
  title: string;
  body: string;
  state: "open" | "closed";
  merged: boolean;
  mergeCommit: string | undefined;
  branch: string;
  base: string;
  user: FakeUser;
  createdAt: string;
  updatedAt: string;
  thumbsDown?: readonly FakeUser[];
  isDraft?: boolean;
  mergedAt: string | undefined;
  mergedHead: string | undefined;
}
export interface FakeComment {
  readonly id: number;
  readonly number: number;
  readonly kind: "top" | "inline" | "review";
  readonly user: FakeUser;
  body: string;
  readonly createdAt: string;
  readonly path?: string;
  readonly line?: number;
  readonly commit?: string;
  readonly replyTo?: number;
  readonly state?: string;
  isResolved?: boolean;
  /** Noted by the forge itself. */ readonly isSystem?: boolean;
}
export interface FakeCheck {
  readonly id: number;
  readonly name: string;
  readonly sha: string;
  status: "queued" | "in_progress" | "completed";
  conclusion: string | undefined;
  log: string;
  attempts: number;
  startedAt: string;
  completedAt: string | undefined;
  isAllowedToFail?: boolean;
  /** Of which workflow it is a job. */ readonly workflow?: string;
}
export interface FakeStatus {
  readonly id: number;
  readonly sha: string;
  readonly context: string;
  readonly state: string;
  readonly description: string;
  readonly createdAt: string;
}

/** What the next fitting requests get instead of an answer. */
export interface Fault {
  readonly match: RegExp;
  times: number;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The work is done, and its answer lost. */ readonly after?: boolean;
  /** No answer at all: the connection is cut. */ readonly isSilent?: boolean;
  /** The connection stays, and nothing comes. */ readonly isHanging?: boolean;
  /** The answer begins, and the connection is cut in the middle. */ readonly isCut?: boolean;
}

export const people = {
  agent: { login: "inspan-bot", type: "User", association: "COLLABORATOR" }, ada: { login: "ada", type: "User", association: "MEMBER" },
  stranger: { login: "mallory", type: "User", association: "NONE" }, linter: { login: "lint[bot]", type: "Bot", association: "NONE" },
} as const satisfies Record<string, FakeUser>;

export class ForgeWorld {
  originPath: string;
  readonly pulls = new Map<number, FakePull>();
  readonly comments: FakeComment[] = [];
  readonly checks: FakeCheck[] = [];
  readonly statuses: FakeStatus[] = [];
  /** Heads whose pipeline stands at a merge of theirs with the base, as GitLab has them for merged results. */
  readonly mergedResults = new Map<string, string>();
  readonly faults: Fault[] = [];
  /** Method and path of every request, in order. */
  readonly requests: string[] = [];
  /** Names of checks that every new head gets, with how they end; `undefined` never reports. */
  readonly ci = new Map<string, (sha: string, attempt: number) => { readonly conclusion: string; readonly log?: string } | undefined>();
  isProtected = false;
  remaining = 5_000;
  #next = 1;
  #clock = Date.parse("2026-01-02T03:04:05Z");

  constructor(originPath: string) { this.originPath = originPath; }

  id(): number { return this.#next++; }
  now(): string { return new Date(this.#clock += 1000).toISOString().replace(/\.\d+Z$/, "Z"); }

  git(...args: readonly string[]): string {
    return execFileSync("git", args, {
      cwd: this.originPath,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        GIT_CONFIG_GLOBAL: "/dev/null",
        GIT_AUTHOR_NAME: "Forge",
        GIT_AUTHOR_EMAIL: "forge@example.org",
        GIT_COMMITTER_NAME: "Forge",
        GIT_COMMITTER_EMAIL: "forge@example.org",
      },
    }).trim();
  }

  tip(branch: string): string | undefined {
    try { return this.git("rev-parse", "--verify", "--quiet", `refs/heads/${branch}`); } catch { return undefined; }
  }

  headOf(pull: FakePull): string { return pull.mergedHead ?? this.tip(pull.branch) ?? "0".repeat(40); }

  /** Checks of a head begin when anybody looks at it. */
  startChecks(sha: string): void {
    for (const [name, outcome] of this.ci) {
      if (this.checks.some((check) => check.sha === sha && check.name === name)) continue;
      const end = outcome(sha, 1);
      this.checks.push({
        id: this.id(),
        name,
        sha,
        status: end ? "completed" : "in_progress",
        conclusion: end?.conclusion,
        log: end?.log ?? "",
        attempts: 1,
        startedAt: this.now(),
        completedAt: end ? this.now() : undefined,
      });
    }
  }

  rerun(id: number): FakeCheck | undefined {
    const check = this.checks.find((one) => one.id === id);
    if (!check) return undefined;
    check.attempts++;
    const end = this.ci.get(check.name)?.(check.sha, check.attempts);
    Object.assign(check, {
      status: end ? "completed" : "in_progress",
      conclusion: end?.conclusion,
      log: end?.log ?? "",
      startedAt: this.now(),
      completedAt: end ? this.now() : undefined,
    });
    return check;
  }

  open(options: { readonly branch: string; readonly base: string; readonly title: string; readonly body: string; readonly user: FakeUser }): FakePull | undefined {
    if (this.tip(options.branch) === undefined || [...this.pulls.values()].some((pull) => pull.state === "open" && pull.branch === options.branch)) return undefined;
    const at = this.now();
    const pull: FakePull = {
      number: this.pulls.size + 1,
      title: options.title,
      body: options.body,
      state: "open",
      merged: false,
      mergeCommit: undefined,
      branch: options.branch,
      base: options.base,
      user: options.user,
      createdAt: at,
      updatedAt: at,
      mergedAt: undefined,
      mergedHead: undefined,
    };
    this.pulls.set(pull.number, pull);
    return pull;
  }

  isMergeable(pull: FakePull): boolean {
    try { this.git("merge-tree", "--write-tree", `refs/heads/${pull.base}`, this.headOf(pull)); return true; } catch { return false; }
  }

  merge(pull: FakePull, sha: string | undefined, message: string): "merged" | "moved" | "conflict" | "protected" | "draft" {
    const head = this.headOf(pull);
    if (sha !== undefined && sha !== head) return "moved";
    if (this.isProtected) return "protected";
    if (pull.isDraft) return "draft";
    if (!this.isMergeable(pull)) return "conflict";
    const tree = this.git("merge-tree", "--write-tree", `refs/heads/${pull.base}`, head).split("\n")[0] ?? "";
    const base = this.tip(pull.base) ?? "";
    const commit = this.git("commit-tree", tree, "-p", base, "-m", message);
    this.git("update-ref", `refs/heads/${pull.base}`, commit, base);
    Object.assign(pull, { state: "closed", merged: true, mergeCommit: commit, mergedAt: this.now(), mergedHead: head });
    return "merged";
  }

  say(number: number, user: FakeUser, body: string, more: Partial<FakeComment> = {}): FakeComment {
    const comment: FakeComment = { id: this.id(), number, kind: "top", user, body, createdAt: this.now(), ...more };
    this.comments.push(comment);
    const pull = this.pulls.get(number);
    if (pull) pull.updatedAt = comment.createdAt;
    return comment;
  }

  wordsOf(number: number, login: string): readonly string[] {
    return this.comments.filter((comment) => comment.number === number && comment.user.login === login).map(({ body }) => body);
  }
}
