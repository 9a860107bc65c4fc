// Rules of taste: each violation at its line with its right form, its nearest allowed neighbour not at all.
import assert from "node:assert/strict";
import { test } from "node:test";
import { testRules } from "../../../../../test/support/rule-table.ts";
import { hasStyle, toStyle, wordsOf } from "../name-styles.ts";
import { nameStyles } from "../../config/kinds/taste.ts";

test("toStyle() keeps words and marks, and its result has the style", () => {
  assert.deepEqual(wordsOf("parseHTTPRequest2_fast-now"), ["parse", "HTTP", "Request2", "fast", "now"]);
  const forms: Readonly<Record<string, readonly string[]>> = {
    parseHTTPRequest: ["parseHttpRequest", "ParseHttpRequest", "parse-http-request", "parse_http_request", "PARSE_HTTP_REQUEST", "parsehttprequest"],
    _private_name: ["_privateName", "_PrivateName", "_private-name", "_private_name", "_PRIVATE_NAME", "_privatename"],
    "FooBar2": ["fooBar2", "FooBar2", "foo-bar2", "foo_bar2", "FOO_BAR2", "foobar2"],
  };
  for (const [name, expected] of Object.entries(forms)) assert.deepEqual(nameStyles.map((style) => toStyle(name, style)), expected);
  for (const style of nameStyles) assert.ok(hasStyle(toStyle("someLongName", style), style));
  assert.equal(toStyle("___", "camelCase"), "___");
});

testRules({
  "naming: declarations by kind, with their users; the fix can be followed from its text": {
    rule: "{ kind: naming, in: lib/**, of: [function, constant], style: [camelCase] }",
    files: {
      "lib/a.ts": "export const max_rooms = 3;\nexport function Load_all() { return max_rooms; }\nexport class Fine_class {}\nexport const good = 1;\n",
      "lib/b.ts": 'import { max_rooms, Load_all } from "./a.ts";\nexport const sum = () => Load_all() + max_rooms;\n',
    },
    expected: ["naming lib/a.ts:1", "naming lib/a.ts:2"], says: [/Rename `max_rooms` to `maxRooms` in `lib\/a\.ts`, `lib\/b\.ts`$/], isRepairable: true,
  },
  "naming: types, only the exported ones, by language": {
    rule: "{ kind: naming, in: lib/**, of: [interface, type], style: [PascalCase], isExported: true, languages: [typescript] }",
    files: {
      "lib/a.ts": "export type room_id = string;\ntype inner_id = string;\nexport interface Room { readonly bad_field: inner_id }\n",
      "lib/b.js": "export const room_id = 1;\n",
    },
    expected: ["naming lib/a.ts:1"], isRepairable: true,
  },
  "naming: several styles, allowed names, members": {
    rule: "{ kind: naming, in: lib/**, of: [field, method], style: [camelCase, SCREAMING_SNAKE_CASE], allow: [snake_ok] }",
    files: { "lib/a.ts": "export interface Row { snake_ok: 1; MAX_SIZE: 2; fine: 3; not_fine: 4; do_it(): void }\n" },
    expected: ["naming lib/a.ts:1", "naming lib/a.ts:1"], says: [/the field Row\.not_fine/, /Rename `not_fine` to `notFine`/],
  },
  "naming: a pattern refuses words and proposes nothing": {
    rule: '{ kind: naming, in: lib/**, of: [class], pattern: "!*{Manager,Helper}" }',
    files: { "lib/a.ts": "export class RoomManager {}\nexport class Room {}\n" },
    expected: ["naming lib/a.ts:1"], says: [/named like !\*\{Manager,Helper\}\nGive the class RoomManager a name that fits/],
  },
  "naming: files, with the imports to correct; the fix can be followed from its text": {
    rule: "{ kind: naming, in: lib/**, of: [file], style: [kebab-case] }",
    files: { "lib/fooBar.test.ts": 'import "./room_price.ts";\n', "lib/room_price.ts": "export {};\n", "lib/good-name.config.ts": "export {};\n" },
    expected: ["naming lib/fooBar.test.ts:1", "naming lib/room_price.ts:1"], says: [/Move `lib\/fooBar\.test\.ts` to `lib\/foo-bar\.test\.ts`/], isRepairable: true,
  },
  "naming: folders": {
    rule: "{ kind: naming, in: lib/**, of: [folder], style: [kebab-case] }",
    files: { "lib/roomParts/a.ts": "export {};\n", "lib/roomParts/b.ts": "export {};\n", "lib/good/a.ts": "export {};\n" },
    expected: ["naming lib/roomParts/a.ts:1"], says: [/to lib\/room-parts \(git mv\)/],
  },
  "logging: prose, computed text, missing fields and console; a dotted event with fields is fine": {
    rule: "{ kind: logging, in: lib/**, calls: [log] }",
    files: {
      "lib/a.ts": [
        'import { log } from "../src/providers/index.ts";',
        "export function run(context, id) {",
        '  log.info("room.opened", { id });',
        '  context.log.warn("Room was opened");',
        "  log.error(`failed ${id}`);",
        '  this.log.info("room.closed");',
        "  console.log(id);",
        "  Math.log.info;",
        "}",
      ].join("\n"),
    },
    expected: ["logging lib/a.ts:4", "logging lib/a.ts:5", "logging lib/a.ts:6", "logging lib/a.ts:7"], says: [/replace `Room was opened` by `room\.opened`/],
  },
  "logging: fields before the event, and console allowed": {
    rule: "{ kind: logging, in: lib/**, calls: [logger], fieldsFirst: true, console: false }",
    files: {
      "lib/a.ts":
        'import { logger } from "./b.ts";\nlogger.info({ id: 1 }, "room.opened");\nlogger.info("room.opened", 1);\nconsole.log(1);\nlogger.info({ id: 1 }, "Room opened");\n',
      "lib/b.ts": "export const logger = 1;\n",
    },
    expected: ["logging lib/a.ts:3", "logging lib/a.ts:5"],
  },
  "loose-types: any and unknown outside of the boundary; layers at the boundary and strings are fine": {
    rule: "{ kind: loose-types, in: lib/** }",
    files: {
      "lib/a.ts": 'export const f = (x: any): string => "any unknown";\nexport function g(x: unknown) { return x; }\nconst any = 1;\nvoid any;\n',
      "other/a.ts": "export let x: any;\n",
    },
    expected: ["loose-types lib/a.ts:1", "loose-types lib/a.ts:2"], says: [/`any` in f/],
  },
  "wrapper: a bare fetch; one with the options, a local fetch and the wrapper's own file are fine": {
    rule: "{ kind: wrapper, in: lib/**, except: lib/http.ts, calls: [fetch, axios.*], use: fetchWithRetry from lib/http.ts, options: [signal] }",
    files: {
      "lib/http.ts": "export const fetchWithRetry = (url: string) => fetch(url);\n",
      "lib/a.ts":
        'import axios from "axios";\nexport async function load(url: string) {\n  await fetch(url);\n  await fetch(url, { signal: null });\n  return axios.get(url);\n}\nexport const own = (fetch: (url: string) => void) => fetch("x");\nglobalThis.fetch("y");\n',
    },
    expected: ["wrapper lib/a.ts:3", "wrapper lib/a.ts:5", "wrapper lib/a.ts:8"], says: [/through fetchWithRetry from lib\/http\.ts, or with signal/],
  },
  "wrapper: a program by its first literal, with or without a folder, in a command line too": {
    rule: "{ kind: wrapper, in: lib/**, programs: [ffmpeg], use: encode from lib/encode.ts }",
    files: {
      "lib/a.ts":
        'import { spawn, execSync as sh } from "node:child_process";\nimport * as cp from "node:child_process";\nspawn("ffmpeg", ["-i", "x"]);\nsh("/usr/bin/ffmpeg -i x");\ncp.execFile("ffprobe", []);\ncp.execFile("ffmpeg", []);\nconst title = String("ffmpeg");\nvoid title;\n',
    },
    expected: ["wrapper lib/a.ts:3", "wrapper lib/a.ts:4", "wrapper lib/a.ts:6"], says: [/the program ffmpeg is used through encode/],
  },
  "wrapper: a program in a command line with holes, behind another command, an assignment or sudo; one whose name goes on in the hole is another": {
    rule: "{ kind: wrapper, in: lib/**, programs: [ffmpeg], use: encode }",
    files: {
      "lib/a.ts":
        'import { execSync, spawn } from "node:child_process";\nexecSync(`ffmpeg -i ${1}`);\nexecSync("ffmpeg -i " + process.argv[2] + " out");\nexecSync("cd /tmp && LANG=C ffmpeg -i x");\nexecSync(`cat ${1} | sudo /usr/bin/ffmpeg`);\nexecSync(`cat x | sudo /usr/bin/ffmpeg -i ${1}`);\nspawn(`ffmpeg${1}`);\nexecSync("echo ffmpeg");\nexecSync(`${1} ffmpeg`);\n',
      "lib/a.py":
        "import subprocess, os\nsubprocess.run(f'ffmpeg -i {x}', shell=True)\nos.system('ffmpeg -i ' + x)\nos.system('ffmpeg -i %s' % x)\nos.system(f'ffprobe {x}')\n",
    },
    expected: ["wrapper lib/a.py:2", "wrapper lib/a.py:3", "wrapper lib/a.py:4", "wrapper lib/a.ts:2", "wrapper lib/a.ts:3", "wrapper lib/a.ts:4", "wrapper lib/a.ts:6"],
  },
  "stack: a second package for a concern, in any kind of import, declared or not": {
    rule: '{ kind: stack, in: lib/**, concern: log, use: pino, instead: [winston, "@bunyan/*", pino-*] }',
    files: {
      "package.json": '{ "name": "x", "dependencies": { "pino": "1", "winston": "1" } }',
      "lib/a.ts":
        'import pino from "pino";\nimport type { W } from "winston";\nexport const b = () => import("@bunyan/core");\nexport type { W };\nvoid pino;\n',
    },
    expected: ["stack lib/a.ts:2", "stack lib/a.ts:3"], says: [/log is pino in this repository/],
  },
});
