// What is known of a repository before anything is written into it. Knows no file system.

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
  /** Where its domains lie; undefined where no such folder is known. */
  readonly domains: DomainsFacts | undefined;
  readonly providersPath: string | undefined;
  /** Ignored folders that a fresh worktree needs, for example "node_modules". */
  readonly copied: readonly string[];
}

export interface DomainsFacts {
  /** For example "src/domains". */
  readonly path: string;
  /** Sorted, at least one. */
  readonly names: readonly string[];
  /** Names directly below the domains, without endings, sorted and unique. */
  readonly parts: readonly string[];
  readonly hasDoors: boolean;
  /** True for workspace packages, whose door lies below src. */
  readonly isPackages: boolean;
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
  readonly domains: DomainsFacts | undefined;
  readonly hasProviders: boolean;
}

export interface ScaffoldFile {
  /** Relative to the repository's root. */
  readonly path: string;
  readonly text: string;
}
