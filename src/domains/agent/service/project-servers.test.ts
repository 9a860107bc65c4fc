import assert from "node:assert/strict";
import { test } from "node:test";
import { parseProjectServers } from "./project-servers.ts";

const parse = (mcpServers: unknown) => parseProjectServers(JSON.stringify({ mcpServers }));

test("servers that a command starts are taken, with defaults instead of variables", () => {
  assert.deepEqual(parse({ docs: { command: "node", args: ["server.mjs", "${PORT:-80}"], env: { LEVEL: "${LEVEL:-low}" } }, plain: { type: "stdio", command: "./run" } }), {
    servers: [{ name: "docs", command: "node", args: ["server.mjs", "80"], env: { LEVEL: "low" } }, { name: "plain", command: "./run", args: [], env: {} }], notices: [],
  });
});

test("what cannot be used is left out and told", () => {
  const check = (name: string, server: unknown, expected: RegExp) => {
    const { servers, notices } = parse({ [name]: server });
    assert.deepEqual(servers, []);
    assert.match(notices.join("\n"), expected);
  };
  check("remote", { type: "http", url: "https://example.com" }, /remote.*no network/);
  check("remote", { type: "sse", command: "x" }, /"sse"/);
  check("inspan", { command: "x" }, /Inspan's own/);
  check("secret", { command: "x", env: { KEY: "${API_KEY}" } }, /API_KEY, which agents are not given/);
  check("a b", { command: "x" }, /characters/);
  check("wrong", { command: 3 }, /no server/);
  check("long", { command: "x".repeat(2_000) }, /no server/);
  assert.equal(parse(Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`s${at}`, { command: "x" }]))).servers.length, 8);
  for (const text of ["", "[]", "{", "{\"mcpServers\": []}"]) assert.match(parseProjectServers(text).notices.join(), /not in the form/);
  assert.match(parseProjectServers(" ".repeat(70_000)).notices.join(), /longer/);
});
