// Rules of taste about what stands in files. Off unless the repository writes them.
import { z } from "zod";
import { Globs } from "../globs.ts";
import { common } from "./common.ts";

export const nameStyles = ["camelCase", "PascalCase", "kebab-case", "snake_case", "SCREAMING_SNAKE_CASE", "lowercase"] as const;
export type NameStyle = (typeof nameStyles)[number];
const languages = ["typescript", "javascript", "python", "go", "rust", "java"] as const;
const CallNames = z.array(z.string().min(1)).min(1);

export const NamingRule = z.strictObject({
  kind: z.literal("naming"), ...common,
  of: z.array(z.enum(["file", "folder", "function", "method", "class", "interface", "type", "enum", "variable", "constant", "field", "module"])).min(1).describe("Whose names."),
  style: z.array(z.enum(nameStyles)).min(1).optional().describe("Styles that pass; the first is the one that findings propose."),
  pattern: Globs.optional().describe("Globs for the name, for example `use*` or `!*Manager`."),
  languages: z.array(z.enum(languages)).min(1).optional().describe("Only these languages; all unless told."),
  isExported: z.boolean().optional().describe("Only what is exported, or only what is not; both unless told."),
  allow: z.array(z.string().min(1)).default([]).describe("Names that pass all the same."),
}).refine((rule) => rule.style !== undefined || rule.pattern !== undefined, "needs `style` or `pattern`");
export type NamingRule = z.infer<typeof NamingRule>;

export const LoggingRule = z.strictObject({
  kind: z.literal("logging"), ...common,
  calls: CallNames.default(["log", "logger", "logging", "slog", "tracing"]).describe(
    "Names of loggers: `log.info(…)`, `this.log.info(…)` and `logger.child().warn(…)` are calls of them.",
  ),
  levels: CallNames.default(["trace", "debug", "info", "warn", "warning", "error", "exception", "critical", "fatal"]).describe(
    "Their methods, in whatever form a language writes them (`Infof`, `info!`).",
  ),
  fieldsFirst: z.boolean().default(false).describe("True for loggers that take the fields before the event (pino, bunyan)."),
  console: z.boolean().default(true).describe("Whether console is refused, and what other languages have for it: print, fmt.Println, println!, System.out."),
});
export type LoggingRule = z.infer<typeof LoggingRule>;

export const TypeUseRule = z.strictObject({
  kind: z.literal("loose-types"), ...common,
  types: z.array(z.string().min(1)).min(1).default(["any", "unknown", "Any", "interface{}"]).describe("Types that say nothing: any, unknown, Any, interface{}, Object."),
  layers: z.array(z.string().min(1)).default([]).describe("Layers at the boundary, which may use them."),
});
export type TypeUseRule = z.infer<typeof TypeUseRule>;

export const WrapperRule = z.strictObject({
  kind: z.literal("wrapper"), ...common,
  calls: CallNames.optional().describe("Calls that need the wrapper: `fetch`, `axios.*`, `requests.get`, `http.Get`."),
  programs: z.array(z.string().min(1)).min(1).optional().describe("Programs that need it: the first argument of a call that starts a process (`ffmpeg`)."),
  use: z.string().min(1).describe("The wrapper, as it is imported: `fetchWithRetry from src/http/fetch.ts`."),
  options: z.array(z.string().min(1)).default([]).describe("Keys of an options object with which the call itself is fine, all of them: `signal`."),
}).refine((rule) => rule.calls !== undefined || rule.programs !== undefined, "needs `calls` or `programs`");
export type WrapperRule = z.infer<typeof WrapperRule>;

export const StackRule = z.strictObject({
  kind: z.literal("stack"), ...common,
  concern: z.string().min(1).describe("What it is for: `HTTP server`, `ORM`, `test runner`."),
  use: z.string().min(1).describe("The package that this repository has for it (a glob for a family)."),
  instead: z.array(z.string().min(1)).min(1).describe("Packages (globs) that do the same and are refused."),
});
export type StackRule = z.infer<typeof StackRule>;

export const tasteKinds = [NamingRule, LoggingRule, TypeUseRule, WrapperRule, StackRule] as const;

export const tasteExample = [
  "  - { kind: naming, name: file-names, in: \"src/**\", of: [file], style: [kebab-case] }",
  "  - { kind: naming, name: type-names, of: [class, interface, type, enum], languages: [typescript], style: [PascalCase], pattern: \"!*Manager\" }",
  "  - { kind: logging, in: \"src/**\", calls: [log] }             # log.info(\"dotted.event\", { fields }), no console",
  "  - { kind: loose-types, in: \"src/**\", layers: [repo, config, ui] }",
  "  - { kind: wrapper, name: network, calls: [fetch], use: \"fetchWithRetry from src/http/fetch.ts\", options: [signal] }",
  "  - { kind: wrapper, name: encoder, programs: [ffmpeg], use: \"encode from src/media/encode.ts\" }",
  "  - { kind: stack, name: one-test-runner, concern: test runner, use: vitest, instead: [jest, mocha, \"@jest/*\"] }",
];
