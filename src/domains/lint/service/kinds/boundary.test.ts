// Values from outside: each way out of a function without a parser, beside the same way with one.
import { testRules } from "../../../../../test/support/rule-table.ts";

const head = 'import { save } from "./service.ts";\nimport { z } from "zod";\nimport { readFileSync } from "node:fs";\nconst Room = z.object({ name: z.string() });\n';
const rule = "{ kind: boundary, in: lib/** }";
const house = (lines: readonly string[]) => ({ "lib/service.ts": "export const save = (value: object) => value;\n", "lib/a.ts": `${head}${lines.join("\n")}\n` });

testRules({
  "boundary: returned, over variables, members, casts and arrows; parsed ones are fine": {
    rule, files: house([
      "export function one(text) { return JSON.parse(text); }",
      "export function two(text) { const value = JSON.parse(text) as Room; return value.name; }",
      "export const three = async (url) => (await fetch(url)).json();",
      "export const four = async (url) => { const { rooms } = await (await fetch(url)).json(); return rooms; };",
      "export const good1 = (text) => Room.parse(JSON.parse(text));",
      "export function good2(text) { const value = JSON.parse(text); const room = Room.parse(value); return room; }",
      "export const good3 = async (url) => Room.parse(await (await fetch(url)).json());",
      "export const good4 = (text) => { const result = Room.safeParse(JSON.parse(text)); return result.success ? result.data : undefined; };",
      "export const good6 = () => z.json();",
      "export const good7 = (text) => z.object({ name: z.string() }).parse(JSON.parse(text));",
      "export const good8 = (text) => schemas.room.parse(JSON.parse(text));",
      "const schemas = { room: Room };",
      "export const good5 = (text) => Object.keys(JSON.parse(text)).length;",
    ]),
    expected: ["boundary lib/a.ts:5", "boundary lib/a.ts:6", "boundary lib/a.ts:7", "boundary lib/a.ts:8"],
    says: [/`JSON\.parse\(text\)` in one is returned as it came/, /Schema\.parse\(JSON\.parse\(text\)\)/],
  },
  "boundary: passed to something imported, stored in something kept; local use is fine": {
    rule, files: house([
      "const cache = new Map();",
      "let last;",
      "export class Desk { state; load(text) { this.state = JSON.parse(text); } }",
      "export function one(text) { const value = JSON.parse(text); save(value); }",
      "export function two(text) { save({ room: JSON.parse(text) }); }",
      "export function three(key, text) { cache.set(key, JSON.parse(text)); }",
      "export function four(text) { last = JSON.parse(text); return String(last); }",
      "export function good1(text) { const value = JSON.parse(text); const list = []; list.push(value); return list.length; }",
      "export function good2(text) { save(Room.parse(JSON.parse(text))); }",
      "export function good3(text) { const value = JSON.parse(text); if (!isRoom(value)) throw new Error('x'); save(value); }",
      "export function good4(text) { const value = JSON.parse(text); if (typeof value !== 'string') return ''; return value; }",
      "function isRoom(value) { return Room.safeParse(value).success; }",
    ]),
    expected: ["boundary lib/a.ts:7", "boundary lib/a.ts:8", "boundary lib/a.ts:9", "boundary lib/a.ts:10", "boundary lib/a.ts:11"],
  },
  "boundary: promises hand on; a parser as a callback closes the way": {
    rule, files: house([
      "export function one(url) { return fetch(url).then((response) => response.json()); }",
      "export function two(url) { return fetch(url).then((response) => response.json()).then((value) => value.rooms); }",
      "export function good1(url) { return fetch(url).then((response) => response.json()).then(Room.parse); }",
      "export function good2(url) { return fetch(url).then((response) => response.json()).then((value) => Room.parse(value)); }",
    ]),
    expected: ["boundary lib/a.ts:5", "boundary lib/a.ts:6"],
  },
  "boundary: bodies of requests and the environment": {
    rule, files: house([
      "export function one(req, res) { save(req.body); }",
      "export async function two(c) { const body = await c.req.json(); save(body); }",
      "export function three() { return process.env.PORT; }",
      "export const four = () => { save({ env: process.env }); };",
      "export function good1(req) { save(Room.parse(req.body)); }",
      "export function good2() { return Number(process.env.PORT ?? '80'); }",
      "export function good3() { return process.env.MODE === 'production'; }",
      "export function good4() { return `${process.env.HOST}:80`; }",
    ]),
    expected: ["boundary lib/a.ts:5", "boundary lib/a.ts:6", "boundary lib/a.ts:7", "boundary lib/a.ts:8"],
  },
  "boundary: sources and parsers can be chosen": {
    rule: "{ kind: boundary, in: lib/**, sources: [json], parsers: [toRoom] }",
    files: house([
      "export const one = (text) => Room.parse(JSON.parse(text));",
      "export const good1 = () => process.env.PORT;",
      "export const good2 = (text) => toRoom(JSON.parse(text));",
      "function toRoom(value) { return value; }",
    ]),
    expected: [],
  },
});
