// The language server: findings of open documents as they are typed, and the mechanical repairs as code actions. One session a repository.
import { fileURLToPath, pathToFileURL } from "node:url";
import type { CodeAction, Diagnostic, InitializeResult, ProtocolConnection, TextEdit } from "vscode-languageserver/node";
import type { Configuration } from "../../../base/config-section.ts";
import { messageOf } from "../../../base/errors.ts";
import type { Providers } from "../../../providers/index.ts";
import { applyMechanicalFix, type MechanicalFix, readMechanicalFix } from "../service/mechanical-fix.ts";
import type { Finding } from "../types/finding.ts";
import { createCheckSession } from "./check-session.ts";
import type { Contributed } from "./contributed.ts";

/** An editor has tens of documents open; more means that it forgets to close them. */
const documentsMax = 2_000;
/** The whole text comes with every change; above this the file is not checked as it is typed. */
const textCharsMax = 2 * 1024 * 1024;

export interface LanguageServerOptions {
  readonly providers: Providers;
  /** Absolute path of the repository's root. */
  readonly rootPath: string;
  readonly version: string;
  loadConfiguration(): Promise<Configuration>;
  /** Rules of other domains, for documents. */
  contributed(): Promise<Contributed>;
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  readonly signal: AbortSignal;
}

interface Open { version: number; text: string; findings: readonly Finding[]; isBusy: boolean; isDirty: boolean }

/** Serves until the client says exit, its stream ends, or the signal aborts. */
export async function serveLanguage(options: LanguageServerOptions): Promise<{ readonly checks: number }> {
  const protocol = await import("vscode-languageserver/node");
  // The library's own connection ends the process by itself; this one leaves that to us.
  const connection = protocol.createProtocolConnection(new protocol.StreamMessageReader(options.input), new protocol.StreamMessageWriter(options.output));
  const ended = new Promise<void>((done) => {
    connection.onNotification(protocol.ExitNotification.type, () => done());
    connection.onClose(() => done());
    options.input.once("end", done);
    options.signal.addEventListener("abort", () => done(), { once: true });
  });
  const desk = createDesk(options, connection);
  let isReady = false;
  const requireReady = (method: string): void => {
    if (!isReady)
      throw new protocol.ResponseError(
        protocol.ErrorCodes.ServerNotInitialized,
        `Cannot answer "${method}": the session is not initialized, expected "initialize" first.`,
      );
  };
  connection.onRequest(protocol.InitializeRequest.type, (): InitializeResult => { isReady = true; return ({
    capabilities: {
      textDocumentSync: { openClose: true, change: protocol.TextDocumentSyncKind.Full, save: { includeText: false } },
      codeActionProvider: { codeActionKinds: ["quickfix"] },
    },
    serverInfo: { name: "inspan", version: options.version },
  }); });
  connection.onRequest(protocol.ShutdownRequest.type, () => requireReady("shutdown"));
  connection.onNotification(protocol.DidOpenTextDocumentNotification.type, ({ textDocument }) => desk.change(textDocument.uri, textDocument.version, textDocument.text));
  connection.onNotification(protocol.DidChangeTextDocumentNotification.type, ({ textDocument, contentChanges }) => {
    const last = contentChanges.at(-1);
    if (last !== undefined) desk.change(textDocument.uri, textDocument.version, last.text);
  });
  // A saved file may change what others see of it.
  connection.onNotification(protocol.DidSaveTextDocumentNotification.type, () => desk.checkAll());
  connection.onNotification(protocol.DidCloseTextDocumentNotification.type, ({ textDocument }) => desk.close(textDocument.uri));
  connection.onRequest(protocol.CodeActionRequest.type, ({ textDocument, range }) => {
    requireReady("textDocument/codeAction");
    return desk.actions(textDocument.uri, range.start.line + 1, range.end.line + 1);
  });
  connection.listen();
  await ended;
  await desk.settle();
  connection.dispose();
  return { checks: desk.checks() };
}

function createDesk(options: LanguageServerOptions, connection: ProtocolConnection) {
  const { providers, rootPath, signal } = options;
  const session = createCheckSession({ providers, rootPath, loadConfiguration: options.loadConfiguration, contributed: options.contributed, signal });
  const open = new Map<string, Open>();
  const running = new Set<Promise<void>>();
  let checks = 0;
  const publish = (uri: string, one: Open | undefined): Promise<void> =>
    connection.sendNotification("textDocument/publishDiagnostics", {
      uri,
      ...(one === undefined ? {} : { version: one.version }),
      diagnostics: one?.findings.filter((finding) => !finding.baselined).map(toDiagnostic) ?? [],
    });
  const check = async (uri: string, one: Open): Promise<void> => {
    const file = fileOf(uri, rootPath);
    if (file === undefined) return;
    while (one.isDirty && !signal.aborted) {
      one.isDirty = false;
      checks++;
      try {
        one.findings = one.text.length > textCharsMax ? [] : await session.checkText(file, one.text);
        if (open.get(uri) === one) await publish(uri, one);
      } catch (error) {
        // A configuration that is being edited must not end the session.
        await connection.sendNotification("window/logMessage", { type: 1, message: messageOf(error) });
      }
    }
  };
  const start = (uri: string, one: Open): void => {
    one.isDirty = true;
    if (one.isBusy) return;
    one.isBusy = true;
    const run = check(uri, one).finally(() => { one.isBusy = false; running.delete(run); });
    running.add(run);
  };
  return {
    change(uri: string, version: number, text: string): void {
      const known = open.get(uri);
      if (known === undefined && open.size >= documentsMax) return;
      const one = known ?? { version, text, findings: [], isBusy: false, isDirty: false };
      one.version = version;
      one.text = text;
      open.set(uri, one);
      start(uri, one);
    },
    checkAll(): void { for (const [uri, one] of open) start(uri, one); },
    close(uri: string): void { if (open.delete(uri)) void publish(uri, undefined); },
    actions(uri: string, firstLine: number, lastLine: number): CodeAction[] {
      const one = open.get(uri);
      const touched = one?.findings.filter((finding) => finding.line <= lastLine && finding.endLine >= firstLine && !finding.baselined) ?? [];
      return touched.flatMap((finding) => {
        const fix = readMechanicalFix(finding.fix);
        const changes = fix === undefined ? {} : changesOf(fix, (file) => open.get(pathToFileURL(`${rootPath}/${file}`).href)?.text);
        if (Object.keys(changes).length === 0) return [];
        return [
          {
            title: `Inspan: ${finding.fix.slice(0, 120)}`,
            kind: "quickfix",
            diagnostics: [toDiagnostic(finding)],
            isPreferred: true,
            edit: { changes: Object.fromEntries(Object.entries(changes).map(([file, edits]) => [pathToFileURL(`${rootPath}/${file}`).href, edits])) },
          },
        ];
      });
    },
    settle: async (): Promise<void> => { await Promise.allSettled(running); },
    checks: () => checks,
  };
}

/** Edits by file; only of documents that are open, because only their text is sure. A rename that reaches further is left to a person. */
function changesOf(fix: MechanicalFix, textOf: (file: string) => string | undefined): Readonly<Record<string, TextEdit[]>> {
  if (fix.kind === "move") return {};
  const files = fix.kind === "replace" ? [fix.file] : fix.files;
  const found: Record<string, TextEdit[]> = {};
  for (const file of files) {
    const text = textOf(file);
    const after = text === undefined ? undefined : applyMechanicalFix(text, fix);
    if (text === undefined || after === undefined) return {};
    found[file] = [{ range: { start: { line: 0, character: 0 }, end: { line: text.split("\n").length, character: 0 } }, newText: after }];
  }
  return found;
}

function toDiagnostic(finding: Finding): Diagnostic {
  const line = finding.line - 1;
  return {
    range: { start: { line, character: finding.column - 1 }, end: finding.endLine > finding.line ? { line: finding.endLine, character: 0 } : { line: line + 1, character: 0 } },
    severity: finding.severity === "error" ? 1 : 2, source: "inspan", code: finding.rule,
    message: `${finding.found}\nExpected: ${finding.expected}\nFix: ${finding.fix}`,
  };
}

function fileOf(uri: string, rootPath: string): string | undefined {
  if (!uri.startsWith("file:")) return undefined;
  const path = fileURLToPath(uri);
  return path.startsWith(`${rootPath}/`) ? path.slice(rootPath.length + 1) : undefined;
}
