// The language server as an editor meets it: over the pipes of a real child process, with a document that is never saved.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { realpathSync } from "node:fs";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { createProtocolConnection, StreamMessageReader, StreamMessageWriter } from "vscode-languageserver/node";
import { inspanPath, makeSmallRepository } from "../../test/support/small-repository.ts";

interface Published {
  readonly uri: string;
  readonly version?: number;
  readonly diagnostics: readonly {
    readonly range: { readonly start: { readonly line: number; readonly character: number } };
    readonly code: string;
    readonly message: string;
    readonly severity: number;
  }[];
}
interface Action { readonly title: string; readonly edit: { readonly changes: Readonly<Record<string, readonly { readonly newText: string }[]>> } }

test("findings come as it is typed, the code action repairs them, and exit ends the server", { timeout: 30_000 }, async (t) => {
  const repository = makeSmallRepository({
    "inspan.yaml": "version: 1\ndomains: src/domains/*\nlayers: [types, config, repo, service, runtime, ui]\n",
    "src/domains/rooms/types.ts": "export interface Room { name: string }\n",
    "src/domains/rooms/runtime.ts": "export type { Room } from \"./types.ts\";\n",
    "src/domains/rooms/service.ts": "export const a = 1;\n",
    "docs/page.md": "# Page\n",
    "docs/other.md": "# Other\n",
  });
  const child = spawn(process.execPath, [inspanPath, "lsp", "--stdio", "--cwd", repository.path], { env: { ...repository.env }, stdio: ["pipe", "pipe", "inherit"] });
  t.after(() => { if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL"); repository.remove(); });
  const connection = createProtocolConnection(new StreamMessageReader(child.stdout), new StreamMessageWriter(child.stdin));
  const waiting: ((published: Published) => void)[] = [];
  connection.onNotification("textDocument/publishDiagnostics", (published: Published) => waiting.shift()?.(published));
  const next = () => new Promise<Published>((done) => { waiting.push(done); });
  connection.listen();
  await assert.rejects(connection.sendRequest("shutdown"), { code: -32_002 });
  const initialized: { readonly capabilities: { readonly codeActionProvider?: object } } = await connection.sendRequest("initialize", {
    processId: null,
    rootUri: null,
    capabilities: {},
  });
  assert.ok(initialized.capabilities.codeActionProvider);

  const uri = pathToFileURL(`${realpathSync(repository.path)}/src/domains/rooms/service.ts`).href;
  const bad = "\nimport type { Room } from \"./runtime.ts\";\nexport const open = (room: Room) => room;\n";
  let published = next();
  await connection.sendNotification("textDocument/didOpen", { textDocument: { uri, languageId: "typescript", version: 1, text: bad } });
  const first = await published;
  assert.deepEqual(first.diagnostics.map((one) => [one.code, one.severity, one.range.start.line, one.range.start.character]), [["layers", 1, 1, 0]]);
  assert.match(first.diagnostics[0]?.message ?? "", /\nExpected: .*\nFix: In src\/domains\/rooms\/service\.ts, line 2, replace/);

  const actions: readonly Action[] = await connection.sendRequest("textDocument/codeAction", {
    textDocument: { uri },
    range: { start: { line: 1, character: 0 }, end: { line: 1, character: 5 } },
    context: { diagnostics: [] },
  });
  const repaired = actions[0]?.edit.changes[uri]?.[0]?.newText ?? "";
  assert.match(repaired, /import type \{ Room \} from "\.\/types\.ts";/);
  assert.deepEqual(
    await connection.sendRequest("textDocument/codeAction", {
      textDocument: { uri },
      range: { start: { line: 2, character: 0 }, end: { line: 2, character: 5 } },
      context: { diagnostics: [] },
    }),
    [],
  );

  published = next();
  await connection.sendNotification("textDocument/didChange", { textDocument: { uri, version: 2 }, contentChanges: [{ text: repaired }] });
  assert.deepEqual([(await published).diagnostics, (await Promise.resolve(published)).version], [[], 2]);

  const page = pathToFileURL(`${realpathSync(repository.path)}/docs/page.md`).href;
  published = next();
  await connection.sendNotification("textDocument/didOpen", { textDocument: { uri: page, languageId: "markdown", version: 1, text: "# Page\n\n[other](Other.md)\n" } });
  assert.deepEqual((await published).diagnostics.map((one) => [one.code, one.range.start.line]), [["docs-link-case", 2]]);
  const links: readonly Action[] = await connection.sendRequest("textDocument/codeAction", {
    textDocument: { uri: page },
    range: { start: { line: 2, character: 0 }, end: { line: 2, character: 5 } },
    context: { diagnostics: [] },
  });
  assert.match(links[0]?.edit.changes[page]?.[0]?.newText ?? "", /\[other\]\(other\.md\)/);
  // What nobody answers for has no findings, and is no fault of the server.
  published = next();
  await connection.sendNotification("textDocument/didOpen", { textDocument: { uri: page.replace("page.md", "data.csv"), languageId: "plaintext", version: 1, text: "a,b\n" } });
  assert.deepEqual((await published).diagnostics, []);
  await assert.rejects(connection.sendRequest("textDocument/hover", {}), { code: -32_601 });

  await connection.sendRequest("shutdown");
  await connection.sendNotification("exit");
  assert.deepEqual(await once(child, "exit"), [0, null]);
});
