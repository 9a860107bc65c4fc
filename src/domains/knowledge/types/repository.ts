// What is known of a repository before anything is written into it. Knows no file system.
import type { Proposal } from "../../lint/index.ts";

export interface Script {
  readonly name: string;
  /** As a person types it in the repository's root, for example "npm test". */
  readonly command: string;
  readonly does: string;
}

export interface RepositoryFacts {
  /** From its manifest, else the folder's name. */
  readonly name: string;
  readonly description: string | undefined;
  /** Commands that prove a change: test, lint, types; in this order, may be empty. */
  readonly proofs: readonly Script[];
  /** Other commands worth knowing: install, start, build. */
  readonly commands: readonly Script[];
  /** Top folders, sorted, without hidden and generated ones. */
  readonly folders: readonly string[];
  /** Its domains and layers, as its files and imports show them. */
  readonly proposal: Proposal;
  /** Ignored folders that a fresh worktree needs, for example "node_modules". */
  readonly copied: readonly string[];
}

/** What lies in the root of a repository and is needed to tell its facts; all of it as found. */
export interface RepositoryListing {
  readonly folderName: string;
  readonly files: readonly string[];
  readonly folders: readonly string[];
  readonly packageJson: string | undefined;
  readonly pyproject: string | undefined;
  readonly goModule: string | undefined;
  readonly cargo: string | undefined;
  readonly proposal: Proposal;
}

export interface ScaffoldFile {
  /** Relative to the repository's root. */
  readonly path: string;
  readonly text: string;
}
