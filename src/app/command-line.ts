// Arguments to an operation and its raw input, by the manifest alone. Pure; the input's meaning is checked by the operation's schema.
import { parseArgs } from "node:util";
import { InspanError, messageOf } from "../base/errors.ts";
import { flagOf, type Manifest, type ManifestOperation, type ManifestOption } from "./manifest.ts";

export interface ParsedCommandLine {
  readonly kind: "operation";
  readonly operation: ManifestOperation;
  readonly input: Readonly<Record<string, unknown>>;
  readonly isJson: boolean;
  readonly isQuiet: boolean;
  readonly cwd: string | undefined;
}
export type CommandLine = ParsedCommandLine | { readonly kind: "help"; readonly words: readonly string[] } | { readonly kind: "version" };

function wrong(message: string, remedy: string): InspanError {
  return new InspanError("USAGE", message, { kind: "usage", remedy });
}

/** The operation whose command is the longest prefix of the words that stand before the first flag. */
function findOperation(manifest: Manifest, words: readonly string[]): { operation: ManifestOperation; length: number } {
  const found = manifest.operations
    .map((operation) => ({ operation, parts: operation.command.split(" ") }))
    .filter(({ parts }) => parts.every((part, index) => words[index] === part))
    .sort((a, b) => b.parts.length - a.parts.length)[0];
  if (found) return { operation: found.operation, length: found.parts.length };
  const first = words[0] ?? "";
  const near = manifest.operations.filter((operation) => operation.command.split(" ")[0] === first).map((operation) => operation.command);
  if (near.length > 0) throw wrong(`Cannot run "inspan ${words.slice(0, 2).join(" ")}": no such command, expected one of: ${near.join(", ")}.`, `inspan ${first} --help`);
  throw wrong(`Cannot run "inspan ${first}": no such command.`, "inspan --help");
}

function convert(option: ManifestOption, text: string, command: string): unknown {
  if (option.kind === "number") {
    const value = Number(text);
    if (text.trim() === "" || !Number.isFinite(value)) throw wrong(`Cannot read "${flagOf(option.field)} ${text}": not a number.`, `inspan ${command} --help`);
    return value;
  }
  if (option.choices && !option.choices.includes(text))
    throw wrong(`Cannot use "${flagOf(option.field)} ${text}": expected one of ${option.choices.join(", ")}.`, `inspan ${command} --help`);
  return text;
}

const globalOptions = {
  json: { type: "boolean" }, quiet: { type: "boolean", short: "q" }, help: { type: "boolean", short: "h" }, cwd: { type: "string", short: "C" },
} as const;

/** Splits the arguments behind the command by the operation's own options; node:util does the splitting. */
function readInput(operation: ManifestOperation, args: readonly string[]): Omit<ParsedCommandLine, "kind" | "operation"> {
  const wrongHere = (text: string) => wrong(`Cannot run "inspan ${operation.command}": ${text}`, `inspan ${operation.command} --help`);
  const own = Object.fromEntries(
    operation.options.map((option) => [
      flagOf(option.field).slice(2),
      { type: option.kind === "boolean" ? "boolean" : "string", multiple: option.kind === "list" } as const,
    ]),
  );
  let parsed: { values: Readonly<Record<string, unknown>>; positionals: readonly string[] };
  try {
    parsed = parseArgs({ args: [...args], options: { ...own, ...globalOptions }, allowPositionals: true, allowNegative: true, strict: true });
  } catch (error) {
    throw wrongHere(messageOf(error).split(". To specify")[0] ?? "");
  }
  const input: Record<string, unknown> = {};
  for (const option of operation.options) {
    const value = parsed.values[flagOf(option.field).slice(2)];
    if (value === undefined) continue;
    if (Array.isArray(value)) input[option.field] = value.map((text) => convert(option, String(text), operation.command));
    else input[option.field] = typeof value === "boolean" ? value : convert(option, String(value), operation.command);
  }
  const rest = [...parsed.positionals];
  const positional = operation.options.filter((option) => option.position !== undefined).sort((a, b) => (a.position ?? 0) - (b.position ?? 0));
  for (const option of positional) {
    if (rest.length === 0) break;
    if (option.kind === "list") input[option.field] = rest.splice(0);
    else input[option.field] = convert(option, rest.shift() ?? "", operation.command);
  }
  if (rest.length > 0) throw wrongHere(`one argument too many, "${rest[0]}".`);
  const { json, quiet, cwd } = parsed.values as { json?: unknown; quiet?: unknown; cwd?: unknown }; // named for the destructuring only
  return { input, isJson: json === true, isQuiet: quiet === true, cwd: typeof cwd === "string" ? cwd : undefined };
}

/** Throws USAGE with the help command as remedy. */
export function parseCommandLine(manifest: Manifest, args: readonly string[]): CommandLine {
  if (args.length === 0) return { kind: "help", words: [] };
  if (args[0] === "--version" || args[0] === "-V") return { kind: "version" };
  const firstFlag = args.findIndex((arg) => arg.startsWith("-"));
  const words = firstFlag < 0 ? args : args.slice(0, firstFlag);
  const asksHelp = args.includes("--help") || args.includes("-h") || words[0] === "help";
  const helpWords = words[0] === "help" ? words.slice(1) : words;
  if (
    asksHelp &&
    (helpWords.length === 0 ||
      !manifest.operations.some((operation) => operation.command === helpWords.slice(0, operation.command.split(" ").length).join(" ")))
  )
    return { kind: "help", words: helpWords };
  if (helpWords.length === 0) throw wrong(`Cannot run "inspan ${args[0]}": no command stands before the flags.`, "inspan --help");
  const { operation, length } = findOperation(manifest, helpWords);
  if (asksHelp) return { kind: "help", words: operation.command.split(" ") };
  return { kind: "operation", operation, ...readInput(operation, args.slice(length)) };
}
