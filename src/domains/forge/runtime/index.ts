// Door of the forge runtime: the forge of a repository, and effects on it that happen once.
export { openForge, type OpenedForge } from "./open-forge.ts";
export { ensureComment, ensureMerged, ensurePull, type EnsureComment, type EnsurePull, type Landed, wholeSnapshot } from "./ensure.ts";
