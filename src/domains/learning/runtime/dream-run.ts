// What one night has at hand.
import type { OperationContext } from "../../../providers/index.ts";
import type { Cluster, StoredSignal } from "../../feedback/index.ts";
import type { PullRequests } from "../../pull-request/runtime/index.ts";
import type { Repository } from "../../worktree/index.ts";
import type { LearningConfig } from "../config.ts";
import type { HistoryPort } from "../repo/history.ts";
import type { Asker } from "./ask.ts";
import type { StandingWorld } from "./existing.ts";

export interface DreamRun {
  readonly context: OperationContext;
  readonly repository: Repository;
  readonly config: LearningConfig;
  readonly port: HistoryPort;
  readonly world: StandingWorld;
  /** A checkout of the base; each proposal begins with it as new. */
  readonly treePath: string;
  /** Undefined on a dry run. */
  readonly pullRequests: PullRequests | undefined;
  readonly nowIso: string;
  /** What is open already, of this night and of those before: whose guardrail it is, and what it writes. */
  readonly open: readonly OpenProposal[];
  /** The model; opened when it is first needed. */
  asker(): Promise<Asker>;
}

export interface OpenProposal { readonly guardrail: string; readonly pullRequest: string; readonly files: readonly string[] }

export interface NightCluster extends Omit<Cluster, "signalIds"> { readonly signals: readonly StoredSignal[] }
