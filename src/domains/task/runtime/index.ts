// Door of the task runtime: start, resume, watch and steer tasks of one repository.
export { cancelAtRest, pauseAtRest, resumeTask, runTask, type StartOptions, type TaskResult } from "./start.ts";
export { attachTask, commandTask, openTasks, readTask, taskDiff, type OpenTasks } from "./watch.ts";
export { runBatch, type BatchEnd } from "./batch.ts";
export { readStats } from "./read-stats.ts";
export { watchPulls, type PullWatchEnd, type PullWatchOptions } from "./watch-pulls.ts";
export { reworkTask, type ReworkOptions } from "./rework.ts";
export { runAcross, type AcrossEnd } from "./across.ts";
export { resumeWithGroup, type GroupReport } from "./group.ts";
