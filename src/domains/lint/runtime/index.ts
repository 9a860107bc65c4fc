// The door for runtime and ui of later domains: run a check, read the graph, answer after an edit. The engine with its parsers of five languages
// loads with the first call: most of those who come through here want one small thing, or nothing until much later.
import type * as check from "./check.ts";
import type * as customRules from "./custom-rules.ts";
import type * as factsRules from "./facts-rules.ts";
import type * as daemon from "./daemon.ts";
import type * as importRules from "./import-rules.ts";
import type * as languageServer from "./language-server.ts";
import type * as listing from "../repo/list-files.ts";

export type { LintOptions, RunCheckOptions } from "./check.ts";
export type { ImportRulesOptions } from "./import-rules.ts";
export type { CheckSession } from "./check-session.ts";
export type { BoundaryDemand } from "../types/boundary-demand.ts";
export { type Contributed, contributedBy } from "./contributed.ts";
export { newFindings } from "../service/hook.ts";
export { renderFindingsForAgent } from "../service/text.ts";
export { listAllFiles, ownFiles } from "../repo/list-all.ts";
export { checkFolder } from "../repo/check-folder.ts";
export { isRacy, stampText } from "../repo/stamps.ts";
export { answerHook } from "./answer-hook.ts";
export { readToolReports, type ToolReport } from "./tool-findings.ts";
export { watchConfiguration } from "../repo/kept-configuration.ts";
export { timeBuild } from "./time-build.ts";

export const listFiles: typeof listing.listFiles = async (providers, rootPath, signal) => (await import("../repo/list-files.ts")).listFiles(providers, rootPath, signal);
export const sourcesOf = async (files: readonly string[]): Promise<readonly string[]> => (await import("../repo/list-files.ts")).sourcesOf(files);
export const runCheck: typeof check.runCheck = async (options) => (await import("./check.ts")).runCheck(options);
export const checkFiles: typeof check.checkFiles = async (options) => (await import("./check.ts")).checkFiles(options);
export const runGraph: typeof check.runGraph = async (options) => (await import("./check.ts")).runGraph(options);
export const proposeFor: typeof check.proposeFor = async (options) => (await import("./check.ts")).proposeFor(options);
export const updateBaseline: typeof check.updateBaseline = async (options) => (await import("./check.ts")).updateBaseline(options);
export const runImportRules: typeof importRules.runImportRules = async (options) => (await import("./import-rules.ts")).runImportRules(options);
export const runCustomRules: typeof customRules.runCustomRules = async (context, subject) => (await import("./custom-rules.ts")).runCustomRules(context, subject);
export const tryFactsRule: typeof factsRules.tryFactsRule = async (context, input) => (await import("./facts-rules.ts")).tryFactsRule(context, input);
export const serveLanguage: typeof languageServer.serveLanguage = async (options) => (await import("./language-server.ts")).serveLanguage(options);
export const runDaemon: typeof daemon.runDaemon = async (options) => (await import("./daemon.ts")).runDaemon(options);
export type { TriedRule } from "./facts-rules.ts";
export { isOfLanguage, matchPattern, type PatternMatch } from "../repo/pattern-rules.ts";
