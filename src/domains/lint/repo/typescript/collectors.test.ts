// The families of facts that rules ask for: declarations, type uses, calls, comments, strings; and that nothing else is read.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type FactsRequest, noFacts } from "../../types/facts-request.ts";
import type { FileFacts } from "../../types/facts.ts";
import { loadFactsReader } from "./read-facts.ts";

async function read(request: Partial<FactsRequest>, text: string, file = "a.ts"): Promise<FileFacts> {
  return (await loadFactsReader({ ...noFacts, ...request })).read(file, text);
}

test("declarations: kinds, members with their container, exports by every form", async () => {
  const { declarations } = await read({ declarations: true }, [
    "export function load() {}",
    "const limit = 1, run = () => 1;",
    "let state;",
    "export { limit as max };",
    "export default class Room { name = 1; static of() {} #hidden = 1; private secret() {} get size() { return 1; } constructor() {} }",
    "interface Shape { area: number; draw(): void }",
    "export type Id = string;",
    "enum Color { Red }",
    "export namespace inner { export const a = 1; function b() {} }",
    "const { left, r: [right] } = pair;",
    "declare function ambient(): void;",
  ].join("\n"));
  assert.deepEqual(declarations.map((one) => `${one.kind} ${one.container === undefined ? "" : `${one.container}.`}${one.name}${one.isExported ? " exported" : ""}:${one.line}`), [
    "function load exported:1", "constant limit exported:2", "function run:2", "variable state:3",
    "class Room exported:5", "field Room.name exported:5", "method Room.of exported:5", "method Room.secret:5", "field Room.size exported:5",
    "interface Shape:6", "field Shape.area:6", "method Shape.draw:6", "type Id exported:7", "enum Color:8",
    "module inner exported:9", "constant inner.a exported:9", "function inner.b:9", "constant left:10", "constant right:10", "function ambient:11",
  ]);
});

test("type uses: any and unknown with the declaration around them, and nothing of that name", async () => {
  const { typeUses } = await read(
    { typeUses: true },
    "type A = any;\nfunction f(x: unknown) { const y: any = x; list.map((z: any) => z); }\nlet top = null as unknown;\nclass C { m(): any {} field: unknown; }\nconst any = 'any unknown';\ncall((q: any) => 1);\n",
  );
  assert.deepEqual(
    typeUses.map((one) => `${one.name} ${one.inDeclaration}:${one.line}`),
    ["any A:1", "unknown f:2", "any f:2", "any f:2", "unknown top:3", "any m:4", "unknown C:4", "any :6"],
  );
});

test("calls: globals and imported names with literals, keys, function around and origin; local names are none", async () => {
  const { calls } = await read({ calls: ["*"] }, [
    'import * as fs from "node:fs"; import { spawn as start } from "node:child_process";',
    'export async function load(response) { await fetch(`https://x`, { method: "GET", signal }); return response.json(); }',
    'const run = () => start("ffmpeg", args, { cwd: "/" });',
    "{ const fetch = mine; fetch(1); }",
    "fs?.promises.readFile('a' + 'b');",
    "local(); function local() {}",
    "new Worker(url);",
    "globalThis.setTimeout(f, 1);",
    "list.map(() => JSON.parse(text));",
  ].join("\n"));
  assert.deepEqual(calls.map((one) => [one.callee, one.origin?.specifier, one.origin?.imported, one.literals, one.keys, one.inFunction, one.line]), [
    ["fetch", undefined, undefined, ["https://x", undefined], ["method", "signal"], "load", 2],
    ["start", "node:child_process", "spawn", ["ffmpeg", undefined, undefined], ["cwd"], "run", 3],
    ["fs.promises.readFile", "node:fs", "*", ["ab"], [], "", 5],
    ["new Worker", undefined, undefined, [undefined], [], "", 7],
    ["setTimeout", undefined, undefined, [undefined, undefined], [], "", 8],
    ["list.map", undefined, undefined, [undefined], [], "", 9],
    ["JSON.parse", undefined, undefined, [undefined], [], "(anonymous)", 9],
  ]);
});

test("calls: only the asked ones, by first, last, whole or imported name", async () => {
  const text = 'import { spawn as go } from "node:child_process";\ngo(1); JSON.parse(a); a.json(); console.log(1); b.trim();\n';
  for (const [name, callee] of [["spawn", "go"], ["JSON", "JSON.parse"], ["json", "a.json"], ["console.log", "console.log"]] as const) {
    assert.deepEqual((await read({ calls: [name] }, text)).calls.map((one) => one.callee), [callee]);
  }
});

test("comments and strings: text and place; specifiers of imports are no strings", async () => {
  const facts = await read(
    { comments: true, strings: true },
    "// one\nimport a from './a';\n/* two\n lines */\nconst s = 'text', t = `a${s}b`, u = import('./u');\nexport * from './c';\n",
  );
  assert.deepEqual(facts.comments, [{ text: "one", line: 1, endLine: 1 }, { text: "two\n lines", line: 3, endLine: 4 }]);
  assert.deepEqual(facts.strings, [{ text: "text", line: 5, column: 11 }, { text: "a${}b", line: 5, column: 23 }]);
});

test("a family that is not asked for stays empty", async () => {
  const { declarations, typeUses, calls, comments, strings, functions, globals } = await read({}, "// c\nexport const a: any = f('s');\nDate.now();\n");
  assert.deepEqual([declarations, typeUses, calls, comments, strings, functions, globals], [[], [], [], [], [], [], []]);
});
