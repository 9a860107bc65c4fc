// The one table that the command line, the HTTP API and the MCP server are projected from: its row type.
import type { z } from "zod";
import type { Configuration, ConfigSection } from "../base/config-section.ts";
import type { OperationContext } from "./context.ts";

export interface Operation<Input extends z.ZodObject = z.ZodObject, Output = unknown> {
  /** "domain/verb": path below /api/inspan/v1/ and name of the MCP tool (with an underscore). */
  readonly name: string;
  /** Words after `inspan`, for example "worktree list". */
  readonly command: string;
  readonly summary: string;
  readonly audience: "agent" | "person" | "both";
  readonly readOnly: boolean;
  /** Every field has `.describe()`; camelCase becomes --kebab-case. */
  readonly input: Input;
  /** Input fields that only a person may set; an agent neither sees nor sets them, and the handler then gets undefined. */
  readonly personFields?: readonly string[];
  /** Input fields that may stand without a flag, in order; an array field takes the rest. */
  readonly positional?: readonly string[];
  /** True where events are emitted before the result; `--json` then prints JSON lines. */
  readonly isStreaming?: boolean;
  /** True where the rendered text is data (a patch): written to files and pipes byte for byte, without controls to a terminal only. */
  readonly isVerbatim?: boolean;
  /** True where the operation is a process of its own (a server): neither HTTP nor agents may call it. */
  readonly isCommandLineOnly?: boolean;
  handler(input: z.infer<Input>, context: OperationContext): Promise<Output>;
  /** What a person reads on standard output; may be empty. `input` is what the handler got. */
  render(output: Output, input: z.infer<Input>): string;
  /** 0 unless told. */
  exitCode?(output: Output): number;
}

// Operations of different inputs live in one table; their handlers are only ever called with what their own schema parsed.
export type AnyOperation = Omit<Operation, "handler" | "render" | "exitCode"> & {
  handler(input: never, context: OperationContext): Promise<unknown>;
  render(output: never, input: never): string;
  exitCode?(output: never): number;
};

/** Only infers types; the table itself is made in src/app. */
export function defineOperation<Input extends z.ZodObject, Output>(operation: Operation<Input, Output>): AnyOperation {
  return operation as AnyOperation; // widening the parameter types is sound because of the sentence above
}

/** One line of `inspan doctor`. */
export interface Probe {
  readonly name: string;
  run(context: OperationContext): Promise<{ readonly status: "ok" | "warning" | "missing"; readonly found: string; readonly remedy?: string }>;
}

/** One thing that `inspan init` writes; existing files are never overwritten. */
export interface InitStep {
  readonly name: string;
  plan(context: OperationContext, rootPath: string): Promise<readonly { readonly path: string; readonly text: string }[]>;
  /** Text for the end of files that another step plans; nothing where that file is there already. */
  append?(context: OperationContext, rootPath: string): Promise<readonly { readonly path: string; readonly text: string }[]>;
}

/** A finding of a contributed rule before it has an id; the same form as lint's own drafts. */
export interface ContributedFinding {
  readonly rule: string;
  readonly severity: "error" | "warning";
  /** Relative to the root. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  /** The other end of the edge, a symbol, or empty: part of the finding's identity. */
  readonly to: string;
  readonly found: string;
  readonly expected: string;
  readonly fix: string;
  readonly reference?: string;
}

/** What a contributed check may ask about the repository; all of it is read on demand and once. */
export interface CheckSubject {
  /** Absolute, links resolved. */
  readonly rootPath: string;
  readonly configuration: Configuration;
  /** Every file of the repository that git knows or would add, relative to the root, sorted; no ignored ones. */
  readonly files: readonly string[];
  /** Files whose findings are wanted; undefined for all. */
  readonly isWanted: ((file: string) => boolean) | undefined;
  /** True right after an edit: what takes longer than a moment is left to the next check. */
  readonly isBrief?: boolean;
  /** The commit that the change under judgement begins at; absent where the repository is judged as it stands. */
  readonly since?: string;
  /** Names that the sources declare or export, in any language. */
  declaredNames(): Promise<ReadonlySet<string>>;
  /** A value of the asker's own that outlives checks of this repository, by name, as JSON leaves it; it is lost when the program changes. */
  readStored?(name: string): unknown;
  writeStored?(name: string, value: unknown): Promise<void>;
  /** What was left under this name by `keep` at the last check, and the files whose contents are others since; undefined where more has changed than contents (files came or went, another commit or day, a path that was asked about). */
  keptOf?(name: string): { readonly value: unknown; readonly changed: readonly string[] } | undefined;
  /** To be called at every check for what the next one shall find. */
  keep?(name: string, value: unknown): void;
}

/** Rules that another domain than lint adds to `inspan check`. */
export interface ContributedCheck {
  readonly rules: readonly { readonly name: string; readonly summary: string; readonly why: string }[];
  /** Files about which it can speak right after an edit, by their text and the list of files alone; none unless told. */
  answersFor?(file: string): boolean;
  run(context: OperationContext, subject: CheckSubject): Promise<readonly ContributedFinding[]>;
}

/** A head of a task, before a goal that the task was started for. */
export interface GoalSubject {
  /** Absolute; a clean checkout of the head, where `.inspan` is the base's. */
  readonly rootPath: string;
  readonly baseCommit: string;
  /** As the base has it. */
  readonly configuration: Configuration;
  /** What the domain that started the task wrote down. */
  readonly value: string;
  /** Against the base, relative to the root. */
  readonly changed: readonly { readonly path: string; readonly linesChanged: number }[];
}

/** Judges heads of tasks that this domain has started: each text is told to the author, and none means that the goal is met. */
export type GoalJudge = (context: OperationContext, subject: GoalSubject) => Promise<readonly string[]>;

/** What a domain's ui/index.ts exports as `contribution`; src/app concatenates them and nothing else registers anything. */
export interface Contribution {
  readonly domain: string;
  readonly operations: readonly AnyOperation[];
  readonly configSections: readonly ConfigSection[];
  readonly probes?: readonly Probe[];
  readonly initSteps?: readonly InitStep[];
  readonly checks?: readonly ContributedCheck[];
  readonly judgeGoal?: GoalJudge;
}
