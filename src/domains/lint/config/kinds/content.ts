// Rules about what code does: copies, data that comes in, routes.
import { z } from "zod";
import { Globs } from "../globs.ts";
import { common } from "./common.ts";
import { testGlobs } from "./evidence.ts";

/** Where copies are meant: tests, what is generated, what is handed out to be changed. */
const copiesAreMeant: readonly string[] = [
  ...testGlobs,
  "**/*.{stories,bench,d}.*",
  "**/{test,tests,e2e,fixtures,__fixtures__,__mocks__,mocks,generated,__generated__,migrations,examples,templates,vendor,dist,out}/**",
  "**/*{.generated.,.gen.,-types.}*",
  "**/*.min.*",
];

export const DuplicatesRule = z.strictObject({
  kind: z.literal("duplicates"), ...common,
  except: Globs.default([...copiesAreMeant]).describe("Files where copies are meant; tests, fixtures, examples, templates and generated files unless told."),
  shared: Globs.optional().describe("Where shared helpers lie: a copy of one of these is reported as the copy, whatever comes first by name."),
  sizeMin: z.int().min(22).default(22).describe("Smallest function, in nodes of its syntax tree without types (22 are some three lines)."),
  membersMin: z.int().min(4).default(5).describe("Smallest schema or interface, in members."),
});
export type DuplicatesRule = z.infer<typeof DuplicatesRule>;

export const BoundaryRule = z.strictObject({
  kind: z.literal("boundary"), ...common,
  sources: z
    .array(z.enum(["json", "response", "request", "environment"]))
    .min(1)
    .default(["json", "response", "request", "environment"])
    .describe("What counts as outside: JSON.parse and json.loads, `.json()` of a response, bodies of requests, the environment."),
  parsers: z
    .array(z.string().min(1))
    .min(1)
    .default([
      "*.parse",
      "*.safeParse",
      "*.parseAsync",
      "*.safeParseAsync",
      "*.decode",
      "*.validate",
      "*.assert",
      "*.cast",
      "parse*",
      "read*",
      "decode*",
      "validate*",
      "is*",
      "assert*",
      "*.model_validate*",
      "*.validate_*",
      "*.parse_*",
      "*.structure",
      "*.from_dict",
      "*.convert",
      "*.load",
    ])
    .describe("Functions (globs on the dotted name) that give back checked values, of any library or your own."),
});
export type BoundaryRule = z.infer<typeof BoundaryRule>;

export const ApiContractRule = z.strictObject({
  kind: z.literal("api-contract"), ...common,
  openapi: z.string().min(1).describe("The OpenAPI file, YAML or JSON, below the root."),
  prefix: z.string().default("").describe("Path that a proxy puts before the routes of the code."),
  ignore: Globs.optional().describe("Paths without their first slash that are not compared, for example `health` or `internal/**`."),
});
export type ApiContractRule = z.infer<typeof ApiContractRule>;

export const contentKinds = [DuplicatesRule, BoundaryRule, ApiContractRule] as const;

export const contentExample = [
  "  - { kind: api-contract, in: \"src/**\", openapi: docs/openapi.yaml, ignore: [health] }",
  "  - { kind: boundary, in: \"src/**\", parsers: [\"*.parse\", \"*.safeParse\", \"parse*\"] }",
  "  - { kind: duplicates, in: \"src/**\", shared: \"src/base/**\" }",
];
