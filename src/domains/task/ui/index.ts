// Tasks on the command line.
import type { Contribution } from "../../../providers/index.ts";
import { budgetsSection, testsSection } from "../config.ts";
import { batchOperation } from "./batch.ts";
import { reworkOperation } from "./rework.ts";
import { answerOperation, resumeOperation, runOperation } from "./run.ts";
import { statsOperation } from "./stats.ts";
import { watchPullsOperation } from "./watch-pulls.ts";
import { attachOperation, cancelOperation, diffOperation, listOperation, pauseOperation, sendOperation, showOperation, takeoverOperation } from "./watch.ts";

export { nextCommands } from "./render.ts";

export const contribution: Contribution = {
  domain: "task",
  operations: [
    runOperation,
    batchOperation,
    listOperation,
    showOperation,
    attachOperation,
    sendOperation,
    pauseOperation,
    resumeOperation,
    answerOperation,
    reworkOperation,
    takeoverOperation,
    diffOperation,
    cancelOperation,
    statsOperation,
    watchPullsOperation,
  ],
  configSections: [budgetsSection, testsSection],
};
