// Routes against an OpenAPI file, for each of the three frameworks: what agrees, what drifts, what is not seen.
import { testRules } from "../../../../../test/support/rule-table.ts";

const openapi = `openapi: 3.1.0
info: { title: rooms, version: "1" }
servers: [{ url: "https://x.example/api" }]
paths:
  /rooms:
    get:
      parameters:
        - { name: limit, in: query, schema: { type: integer } }
      responses: {}
    post:
      requestBody:
        content:
          application/json:
            schema: { $ref: "#/components/schemas/NewRoom" }
      responses: {}
  /rooms/{roomId}:
    get: { responses: {} }
components:
  schemas:
    NewRoom:
      type: object
      required: [name]
      properties: { name: { type: string }, seats: { type: integer } }
`;
const rule = "{ kind: api-contract, in: lib/**, openapi: openapi.yaml }";
const hono = (routes: readonly string[]) => ({
  "openapi.yaml": openapi,
  "lib/a.ts": ['import { Hono } from "hono";', 'import { zValidator } from "@hono/zod-validator";', 'import { z } from "zod";', ...routes].join("\n"),
});

testRules({
  "api-contract: hono, chained, with prefix and zod schemas that agree": {
    rule, files: hono([
      'const NewRoom = z.object({ name: z.string().min(1), seats: z.number().int().optional() });',
      'const app = new Hono().basePath("/api");',
      'app.get("/rooms", zValidator("query", z.object({ limit: z.coerce.number().int().optional() })), (c) => c.json([])).post("/rooms", zValidator("json", NewRoom), (c) => c.json({}));',
      'app.get("/rooms/:roomId{[0-9]+}", (c) => c.json({}));', 'new Map().get("/nothing", 1);',
    ]), expected: [],
  },
  "api-contract: a route that is not described, another name of a parameter, another shape, an operation without a route": {
    rule, files: hono([
      'const app = new Hono().basePath("/api");',
      'app.get("/rooms/:id", (c) => c.json({}));', 'app.delete("/rooms/:roomId", (c) => c.json({}));',
      'app.post("/rooms", zValidator("json", z.object({ name: z.number(), floor: z.string() })), (c) => c.json({}));',
    ]),
    expected: ["api-contract lib/a.ts:5", "api-contract lib/a.ts:6", "api-contract lib/a.ts:7", "api-contract openapi.yaml:6"],
    says: [/id in the code, roomId in openapi\.yaml:17/],
  },
  "api-contract: both shapes are shown": {
    rule: rule.replace("lib/**", "lib/**, ignore: [api/rooms/*]"),
    files: hono([
      'const app = new Hono().basePath("/api");',
      'app.get("/rooms", (c) => c.json([]));',
      'app.post("/rooms", zValidator("json", z.object({ name: z.number() })), (c) => c.json({}));',
    ]),
    expected: ["api-contract lib/a.ts:6"],
    says: [
      /is \{ name: number \} in the code and \{ name: string, seats\?: integer \} in openapi\.yaml:10 \(name is number in the code, string in the file; seats is only in the file\)/,
    ],
  },
  "api-contract: express, routers of other files and route()": {
    rule, files: {
      "openapi.yaml": openapi,
      "lib/app.ts":
        'import express from "express";\nimport { rooms } from "./rooms.ts";\nconst app = express();\napp.use("/api/rooms", rooms);\napp.get("env");\n',
      "lib/rooms.ts":
        'import { Router } from "express";\nexport const rooms = Router();\nrooms.route("/").get((req, res) => res.json([])).post((req, res) => res.json({}));\nrooms.get("/:roomId", (req, res) => res.json({}));\n',
    }, expected: [],
  },
  "api-contract: fastify with a JSON schema, route() and a plugin's prefix": {
    rule, files: {
      "openapi.yaml": openapi,
      "lib/app.ts":
        'import Fastify from "fastify";\nimport { rooms } from "./rooms.ts";\nconst server = Fastify();\nserver.register(rooms, { prefix: "/api" });\n',
      "lib/rooms.ts":
        'import type { FastifyInstance } from "fastify";\nexport async function rooms(instance: FastifyInstance) {\n  instance.get("/rooms", async () => []);\n  instance.post("/rooms", { schema: { body: { type: "object", required: ["name", "seats"], properties: { name: { type: "string" }, seats: { type: "integer" } } } } }, async () => ({}));\n  instance.route({ method: "GET", url: "/rooms/:roomId", handler: async () => ({}) });\n}\n',
    }, expected: ["api-contract lib/rooms.ts:4"], says: [/seats is required in the code, optional in the file/],
  },
  "api-contract: computed paths are counted as not seen, and nothing is called missing for them": {
    rule, files: hono(['const app = new Hono().basePath("/api");', 'app.get("/rooms", (c) => c.json([]));', 'for (const path of paths) app.get(path, (c) => c.json({}));']),
    expected: ["api-contract openapi.yaml:10"], says: [/2 operations have no literal route .*; 1 routes were not seen: computed paths/],
  },
  "api-contract: a missing or broken description is a finding": {
    rule,
    files: { "lib/a.ts": 'import { Hono } from "hono";\nnew Hono().get("/x", (c) => c.text(""));\n' },
    expected: ["api-contract inspan.yaml:1"],
    says: [/openapi\.yaml is missing/],
  },
});
