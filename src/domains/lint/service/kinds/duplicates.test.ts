// Twenty planted copies, renamed and reordered, beside their originals; and what only looks like a copy.
import assert from "node:assert/strict";
import { test } from "node:test";
import { buildHouse } from "../../../../../test/support/lint-house.ts";
import { testRules } from "../../../../../test/support/rule-table.ts";

/** Original and copy; the copy has other names of its own, other types, another order of statements and properties. */
const planted: readonly (readonly [original: string, copy: string])[] = [
  // 1 function to arrow, renamed
  [
    'export function slugify(text: string): string {\n  const lower = text.trim().toLowerCase();\n  return lower.replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");\n}',
    'const toSlug = (input: string) => {\n  const value = input.trim().toLowerCase();\n  return value.replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");\n};\nvoid toSlug;',
  ],
  // 2 independent statements swapped
  [
    "export function totals(items: Item[]) {\n  const net = items.reduce((sum, one) => sum + one.price * one.count, 0);\n  const pieces = items.reduce((sum, one) => sum + one.count, 0);\n  return { net, pieces };\n}",
    "function summary(rows) {\n  const count = rows.reduce((total, row) => total + row.count, 0);\n  const amount = rows.reduce((total, row) => total + row.count * row.price, 0);\n  return { pieces: count, net: amount };\n}",
  ],
  // 3 guard, renamed parameters and types
  [
    'export function isRecord(value: unknown): value is Record<string, unknown> {\n  if (value === null || typeof value !== "object") return false;\n  return !Array.isArray(value) && Object.getPrototypeOf(value) === Object.prototype;\n}',
    'export const isPlainObject = (candidate: any): candidate is object => {\n  if (candidate === null || typeof candidate !== "object") return false;\n  return !Array.isArray(candidate) && Object.getPrototypeOf(candidate) === Object.prototype;\n};',
  ],
  // 4 retry loop
  [
    "export async function retry(run, tries) {\n  let last;\n  for (let at = 0; at < tries; at++) {\n    try { return await run(at); } catch (error) { last = error; await new Promise((done) => setTimeout(done, 2 ** at * 100)); }\n  }\n  throw last;\n}",
    "async function withRetry(task, attempts) {\n  let failure;\n  for (let n = 0; n < attempts; n++) {\n    try { return await task(n); } catch (problem) { failure = problem; await new Promise((resolve) => setTimeout(resolve, 2 ** n * 100)); }\n  }\n  throw failure;\n}",
  ],
  // 5 method in a class
  [
    "export class Box {\n  volume(scale) {\n    const width = this.width * scale;\n    const height = this.height * scale;\n    const depth = this.depth * scale;\n    return Math.round(width * height * depth * 100) / 100;\n  }\n}",
    "export class Crate {\n  capacity(factor) {\n    const d = this.depth * factor;\n    const w = this.width * factor;\n    const h = this.height * factor;\n    return Math.round(w * h * d * 100) / 100;\n  }\n}",
  ],
  // 6 destructuring in another order
  [
    'export const fullName = ({ first, last, title }) => {\n  const parts = [title, first, last].filter((part) => part !== undefined && part !== "");\n  return parts.join(" ").trim();\n};',
    'function displayName({ last: family, title: prefix, first: given }) {\n  const words = [prefix, given, family].filter((word) => word !== undefined && word !== "");\n  return words.join(" ").trim();\n}',
  ],
  // 7 switch
  [
    "export function daysIn(month, leap) {\n  switch (month) {\n    case 2: return leap ? 29 : 28;\n    case 4: case 6: case 9: case 11: return 30;\n    default: return 31;\n  }\n}",
    "const lengthOfMonth = (m, isLeap) => {\n  switch (m) {\n    case 4: case 6: case 9: case 11: return 30;\n    case 2: return isLeap ? 29 : 28;\n    default: return 31;\n  }\n};\nvoid lengthOfMonth;",
  ],
  // 8 with a helper of its own module
  [
    'const factor = 60;\nexport function renderMinutes(seconds) {\n  const minutes = Math.floor(seconds / factor);\n  const rest = String(seconds % factor).padStart(2, "0");\n  return `${minutes}:${rest}`;\n}',
    'const perMinute = 60;\nexport function clock(value) {\n  const tail = String(value % perMinute).padStart(2, "0");\n  const head = Math.floor(value / perMinute);\n  return `${head}:${tail}`;\n}',
  ],
  // 9 group by
  [
    "export function groupBy(list, keyOf) {\n  const groups = new Map();\n  for (const one of list) {\n    const key = keyOf(one);\n    groups.set(key, [...groups.get(key) ?? [], one]);\n  }\n  return groups;\n}",
    "const bucket = <T, K>(entries: T[], select: (entry: T) => K) => {\n  const result = new Map<K, T[]>();\n  for (const entry of entries) {\n    const name = select(entry);\n    result.set(name, [...result.get(name) ?? [], entry]);\n  }\n  return result;\n};\nvoid bucket;",
  ],
  // 10 with casts that the other does not have
  [
    'export function readPort(env) {\n  const text = env.PORT ?? "";\n  const port = Number.parseInt(text, 10);\n  if (Number.isNaN(port) || port < 1 || port > 65535) throw new Error("bad port");\n  return port;\n}',
    'export function portOf(variables: Vars) {\n  const raw = (variables.PORT as string) ?? "";\n  const n = Number.parseInt(raw!, 10);\n  if (Number.isNaN(n) || n < 1 || n > 65535) throw new Error("bad port");\n  return n as Port;\n}',
  ],
  // 11 async with imports of one name
  [
    'import { readFile } from "node:fs/promises";\nexport async function readLines(path) {\n  const text = await readFile(path, "utf8");\n  return text.split("\\n").map((line) => line.trim()).filter((line) => line.length > 0);\n}',
    'import { readFile as load } from "node:fs/promises";\nexport const linesOf = async (file) => {\n  const content = await load(file, "utf8");\n  return content.split("\\n").map((row) => row.trim()).filter((row) => row.length > 0);\n};',
  ],
  // 12 nested functions
  [
    "export function debounce(run, waitMs) {\n  let timer;\n  return (...args) => {\n    clearTimeout(timer);\n    timer = setTimeout(() => run(...args), waitMs);\n  };\n}",
    "export function later(callback, delay) {\n  let handle;\n  return (...values) => {\n    clearTimeout(handle);\n    handle = setTimeout(() => callback(...values), delay);\n  };\n}",
  ],
  // 13 object returned in another order
  [
    "export const toPage = (rows, at, size) => ({\n  items: rows.slice(at * size, (at + 1) * size),\n  total: rows.length,\n  pages: Math.ceil(rows.length / size),\n});",
    "export function paginate(list, index, count) {\n  return {\n    pages: Math.ceil(list.length / count),\n    total: list.length,\n    items: list.slice(index * count, (index + 1) * count),\n  };\n}",
  ],
  // 14 interface, members reordered
  [
    "export interface Booking {\n  readonly room: string;\n  readonly from: Date;\n  readonly until: Date;\n  readonly guests: number;\n  readonly note?: string;\n}",
    "export interface Reservation {\n  note?: string;\n  guests: number;\n  room: string;\n  until: Date;\n  from: Date;\n}",
  ],
  // 15 interface to type
  [
    'export interface Address {\n  street: string;\n  zip: string;\n  city: string;\n  country: "de" | "at" | "ch";\n  lines: string[];\n}',
    'export type PostalAddress = {\n  lines: string[];\n  country: "ch" | "de" | "at";\n  city: string;\n  street: string;\n  zip: string;\n};',
  ],
  // 16 zod schema, reordered
  [
    'import { z } from "zod";\nexport const Room = z.object({\n  name: z.string().min(1),\n  seats: z.number().int().min(1),\n  floor: z.number().int(),\n  tags: z.array(z.string()),\n  isOpen: z.boolean(),\n});',
    'import { z } from "zod";\nexport const Place = z.object({\n  isOpen: z.boolean(),\n  tags: z.array(z.string()),\n  floor: z.number().int(),\n  name: z.string().min(1),\n  seats: z.number().int().min(1),\n});',
  ],
  // 17 nested zod schema
  [
    'import { z } from "zod";\nconst order = z.object({ id: z.string(), lines: z.array(z.object({ sku: z.string(), count: z.number() })), total: z.number(), paid: z.boolean(), at: z.string() });\nvoid order;',
    'import { z } from "zod";\nexport const Purchase = z.object({\n  at: z.string(),\n  paid: z.boolean(),\n  total: z.number(),\n  lines: z.array(z.object({ count: z.number(), sku: z.string() })),\n  id: z.string(),\n});',
  ],
  // 18 generator
  [
    "export function* windows(list, size) {\n  for (let at = 0; at + size <= list.length; at++) {\n    const part = list.slice(at, at + size);\n    yield { at, part };\n  }\n}",
    "export function* slide(values, width) {\n  for (let i = 0; i + width <= values.length; i++) {\n    const window = values.slice(i, i + width);\n    yield { part: window, at: i };\n  }\n}",
  ],
  // 19 operands of a commutative operator swapped
  [
    'export function canEnter(user, door) {\n  const isKnown = user !== undefined && user.name !== "";\n  const isOpen = door.state === "open" || door.owner === user.id;\n  return isKnown && isOpen && !user.isBlocked;\n}',
    'export function mayPass(person, gate) {\n  const isOpen = gate.owner === person.id || gate.state === "open";\n  const isKnown = person.name !== "" && person !== undefined;\n  return isKnown && isOpen && !person.isBlocked;\n}',
  ],
  // 20 exported default and assigned
  [
    "export default function hash(text) {\n  let sum = 7;\n  for (const letter of text) sum = (sum * 31 + letter.codePointAt(0)) % 1000003;\n  return sum.toString(36);\n}",
    "exports.digest = function (input) {\n  let result = 7;\n  for (const char of input) result = (result * 31 + char.codePointAt(0)) % 1000003;\n  return result.toString(36);\n};",
  ],
];

test("of twenty planted copies, renamed and reordered, at least eighteen are found, each with its original", async (t) => {
  const files = Object.fromEntries(planted.flatMap(([original, copy], at) => [[`lib/a${at + 1}.ts`, `${original}\n`], [`lib/b${at + 1}.ts`, `${copy}\n`]]));
  const house = await buildHouse(t, files);
  const { findings } = await house.check("version: 1\nrules:\n  - { kind: duplicates, in: lib/** }\n");
  const pairs = findings.map((finding) => [finding.file, /at (lib\/\w+\.ts):/.exec(finding.found)?.[1] ?? ""].map((file) => file.replace(/^lib\/[ab](\d+)\.ts$/, "$1")));
  assert.deepEqual(pairs.filter(([one, other]) => one !== other), [], "every finding joins a copy with its own original");
  const found = new Set(pairs.map(([one]) => Number(one)));
  const missed = planted.map((_, at) => at + 1).filter((number) => !found.has(number));
  assert.ok(missed.length <= 2, `missed: ${missed.join(", ")}`);
});

const helper = "export function slugify(text) {\n  const lower = text.trim().toLowerCase();\n  return lower.replace(/[^a-z0-9]+/g, \"-\").replace(/^-|-$/g, \"\");\n}\n";
const schema = (name: string, last: string) => `export interface ${name} {\n  a: string;\n  b: number;\n  c: boolean;\n  d: string[];\n  ${last};\n}\n`;

testRules({
  "duplicates: the finding names the first one, the exported and shared one before others, and what to import": {
    rule: '{ kind: duplicates, in: "{lib,base}/**", shared: base/** }',
    files: { "lib/a.ts": `\n${helper.replace("slugify", "toSlug")}`, "base/text.ts": helper },
    expected: ["duplicates lib/a.ts:2"], says: [/toSlug \(4 lines\) does the same as slugify at base\/text\.ts:1/, /Delete toSlug here and import slugify from base\/text\.ts/],
  },
  "duplicates: another constant, another method, another member or one use more is no copy": {
    rule: "{ kind: duplicates, in: lib/** }",
    files: {
      "lib/a.ts": helper,
      "lib/b.ts": helper.replace('"-").rep', '"_").rep'),
      "lib/c.ts": helper.replace("toLowerCase", "toUpperCase"),
      "lib/d.ts": helper.replace("text.trim()", "text.trimStart()"),
      "lib/e.ts": schema("A", "e: string"), "lib/f.ts": schema("B", "e?: string"), "lib/g.ts": schema("C", "e: number"), "lib/h.ts": schema("D", "f: string"),
      "lib/i.ts":
        "export const area = (a, b) => {\n  const half = (a + b) / 2;\n  const whole = a * a + b * b;\n  return Math.sqrt(half * whole + half);\n};\n",
      "lib/j.ts":
        "export const area2 = (a, b) => {\n  const half = (a + a) / 2;\n  const whole = a * a + a * b;\n  return Math.sqrt(half * whole + half);\n};\n",
    },
    expected: [],
  },
  "duplicates: two acts in another order are no copy": {
    rule: "{ kind: duplicates, in: lib/** }",
    files: {
      "lib/a.ts":
        'export function open(desk, log) {\n  desk.lock("front", 3);\n  desk.count("visits", 1);\n  log.write("opened", desk.name);\n  return desk.state;\n}\n',
      "lib/b.ts":
        'export function start(desk, log) {\n  desk.count("visits", 1);\n  desk.lock("front", 3);\n  log.write("opened", desk.name);\n  return desk.state;\n}\n',
    },
    expected: [],
  },
  "duplicates: small functions, tests and generated files are not looked at": {
    rule: "{ kind: duplicates, in: lib/** }",
    files: {
      "lib/a.ts": `${helper}export const twice = (n: number) => n * 2;\n`,
      "lib/b.ts": "export const double = (x: number) => x * 2;\n",
      "lib/a.test.ts": helper,
      "lib/generated/a.ts": helper,
    },
    expected: [],
  },
  "duplicates: what lies in a copied function is not reported again": {
    rule: "{ kind: duplicates, in: lib/** }",
    files: {
      "lib/a.ts": `export function outer(list) {\n  const inner = (text) => text.trim().toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "").slice(0, 40).concat("x");\n  return list.map(inner).filter((one) => one !== "").sort();\n}\n`,
      "lib/b.ts": `export function other(rows) {\n  const make = (value) => value.trim().toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "").slice(0, 40).concat("x");\n  return rows.map(make).filter((row) => row !== "").sort();\n}\n`,
    },
    expected: ["duplicates lib/b.ts:1"],
  },
});
