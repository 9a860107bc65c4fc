// The driver interface, modelled on the richest client (Codex app-server), and what a session says while it works.
// Knows no client: every driver fills this form, and its capability record says what it cannot do.
import { z } from "zod";
import type { Brand } from "../../base/brand.ts";
import { Usage } from "../model/index.ts";

export type SessionId = Brand<string, "SessionId">;

/** What a driver can do. A capability that is false is replaced by the harness or told to the person; it is never assumed. */
export const AgentCapabilities = z.object({
  /** Text reaches the model within the running turn. */
  steer: z.boolean(),
  interrupt: z.boolean(),
  /** A session continues in a new process with its history. */
  resume: z.boolean(),
  /** The client asks before commands or edits, and the harness answers. */
  approvals: z.boolean(),
  /** Host-side operations are offered to the model: natively, by an MCP server, by an extension of ours, by a program that its shell calls, or not at all. */
  operations: z.enum(["native", "mcp", "extension", "program", "none"]),
  /** Findings are shown to the model in the turn of the edit: by the driver itself, by a hook of the client, behind the tool's answer on the wire, or not at all. */
  afterEdit: z.enum(["native", "hook", "wire", "none"]),
  /** An edit can be refused before it happens. */
  beforeEdit: z.boolean(),
  /** The repository's own MCP servers and skills, of the base commit, reach the model. */
  servers: z.boolean(),
  skills: z.boolean(),
  usage: z.enum(["wire", "reported", "unknown"]),
});
export type AgentCapabilities = z.infer<typeof AgentCapabilities>;

/** What a session tells while a turn runs; also the stored transcript. Texts are bounded and redacted by the driver. */
export const AgentEvent = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("message"), text: z.string() }),
  z.object({ kind: z.literal("reasoning"), text: z.string() }),
  z.object({ kind: z.literal("tool-started"), callId: z.string(), tool: z.string(), title: z.string() }),
  z.object({ kind: z.literal("tool-finished"), callId: z.string(), tool: z.string(), isError: z.boolean(), output: z.string(), durationMs: z.number() }),
  z.object({ kind: z.literal("files-changed"), paths: z.array(z.string()) }),
  z.object({ kind: z.literal("findings-shown"), paths: z.array(z.string()), text: z.string() }),
  z.object({ kind: z.literal("approval"), what: z.string(), decision: z.enum(["accepted", "declined"]), reason: z.string() }),
  z.object({ kind: z.literal("steered"), text: z.string() }),
  z.object({ kind: z.literal("usage"), usage: Usage }),
  z.object({ kind: z.literal("warning"), text: z.string() }),
]);
export type AgentEvent = z.infer<typeof AgentEvent>;

/** A host-side operation offered to the model; executed in Inspan's process, never in the sandbox. */
export interface AgentTool {
  /** [a-z_], at most 40 characters. */
  readonly name: string;
  readonly description: string;
  /** JSON Schema of an object. */
  readonly inputSchema: Readonly<Record<string, unknown>>;
  /** `input` is untrusted; the tool parses it. Never rejects for what the model did: it answers with isError. */
  execute(input: unknown, signal: AbortSignal): Promise<{ readonly text: string; readonly isError: boolean }>;
}

/** What the harness says about edits of one turn. Paths are relative to the worktree, with forward slashes. */
export interface EditGuard {
  /** A reason for the model why this path may not be edited now; undefined lets it pass. */
  refuse(path: string): string | undefined;
  /** Text to show to the model right after an edit (findings with their repair), or undefined where all is well. */
  afterEdit(paths: readonly string[]): Promise<string | undefined>;
}

export interface SessionSpec {
  /** For logs and process records. */
  readonly label: string;
  /** Absolute; the worktree. The agent writes nowhere else. */
  readonly worktreePath: string;
  /** Absolute; a private folder of this session for the client's home, transcript and history. Outside the worktree and the temporary folder. */
  readonly sessionPath: string;
  /** A read-only session gets no edit tool and a read-only worktree. */
  readonly access: "write" | "read-only";
  /** Instructions of the repository (AGENTS.md), its servers and skills are read at this commit, not from the worktree; undefined reads its HEAD. */
  readonly baseCommit?: string | undefined;
  /** System or developer instructions: stable over the whole session. */
  readonly instructions: string;
  readonly model: string | undefined;
  readonly effort: string | undefined;
  readonly tools: readonly AgentTool[];
  readonly isUnsandboxedAllowed: boolean;
  /** Set to go on with an earlier session of the same sessionPath; its history is then kept where the driver can. */
  readonly resumeId: SessionId | undefined;
  readonly signal: AbortSignal;
}

export interface TurnInput {
  readonly text: string;
  readonly guard: EditGuard;
  /** Bounds of this turn; the driver ends it with status "failed" and the reason where one is passed. */
  readonly modelCallsMax: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  onEvent(event: AgentEvent): void;
}

export type TurnResult =
  | { readonly status: "completed"; readonly text: string; readonly usage: Usage; readonly modelCalls: number }
  | { readonly status: "interrupted"; readonly text: string; readonly usage: Usage; readonly modelCalls: number }
  /** `isRetryable`: the model or the connection failed and the same turn may succeed later; `retryAfterMs`: when, where that is known. `remedy`: what a person can do. */
  | {
      readonly status: "failed";
      readonly text: string;
      readonly usage: Usage;
      readonly modelCalls: number;
      readonly reason: string;
      readonly isRetryable: boolean;
      readonly retryAfterMs?: number;
      readonly remedy?: string;
    };

export interface RunningTurn {
  /** Never rejects. After it, no process of the turn lives and no file changes any more. */
  readonly result: Promise<TurnResult>;
  /** False where the driver cannot or the turn is over; the caller then sends the text with the next turn. */
  steer(text: string): Promise<boolean>;
  /** Ends the turn with status "interrupted" and cleans up commands that still run. Idempotent. */
  interrupt(): Promise<void>;
}

export interface AgentSession {
  readonly id: SessionId;
  readonly capabilities: AgentCapabilities;
  /** One turn at a time. */
  startTurn(input: TurnInput): RunningTurn;
  /** Bounded in time; leaves no process behind. Idempotent. */
  dispose(): Promise<void>;
}

export interface AgentDriver {
  readonly name: string;
  readonly capabilities: AgentCapabilities;
  /** Loads what a session will need; a caller that waits for something else calls it meanwhile. */
  load?(): Promise<void>;
  /** Is the client there, new enough, and logged in? Costs no tokens. */
  probe(signal: AbortSignal): Promise<{ readonly status: "ok" | "missing"; readonly found: string; readonly remedy?: string }>;
  /** Rejects with AGENT_MISSING, AGENT_NOT_LOGGED_IN or AGENT_START_FAILED, each with a remedy. */
  open(spec: SessionSpec): Promise<AgentSession>;
}
