// The door for runtime and ui of later domains: run a check, read the graph, answer after an edit.
export { checkFiles, type LintOptions, proposeFor, runCheck, type RunCheckOptions, runGraph, updateBaseline } from "./check.ts";
export { type ImportRulesOptions, runImportRules } from "./import-rules.ts";
export { type Contributed, contributedBy } from "./contributed.ts";
export { newFindings } from "../service/hook.ts";
export { renderFindingsForAgent } from "../service/text.ts";
export { listFiles } from "../repo/list-files.ts";
export { answerHook } from "./answer-hook.ts";
export { type CheckSession, createCheckSession } from "./check-session.ts";
export { runCustomRules } from "./custom-rules.ts";
export { serveLanguage } from "./language-server.ts";
export { runDaemon } from "./daemon.ts";
export { readToolReports, type ToolReport } from "./tool-findings.ts";
export type { BoundaryDemand } from "../types/boundary-demand.ts";
export { timeBuild } from "./time-build.ts";
