// Help texts from the manifest: the overview and one command's page. Loads nothing else.
import { renderTable } from "../base/text.ts";
import { flagOf, type Manifest, type ManifestOperation, type ManifestOption } from "./manifest.ts";

const groups: readonly (readonly [string, readonly string[]])[] = [
  ["Start", ["init", "doctor", "ps", "stop"]],
  ["Check", ["check", "graph", "explain"]],
  ["Tasks", ["task", "worktree", "review", "pr", "feedback"]],
  ["Servers", ["serve", "mcp"]],
];

function usageOf(operation: ManifestOperation): string {
  const positional = operation.options.filter((option) => option.position !== undefined).sort((a, b) => (a.position ?? 0) - (b.position ?? 0));
  const words = positional.map((option) => {
    const name = option.kind === "list" ? `${option.field}...` : option.field;
    return option.isRequired ? `<${name}>` : `[${name}]`;
  });
  return ["inspan", operation.command, ...words].join(" ");
}

export function renderOverview(manifest: Manifest): string {
  const firstWord = (operation: ManifestOperation) => operation.command.split(" ")[0] ?? "";
  const named = new Set(groups.flatMap(([, words]) => words));
  const sections = [...groups, ["More", [...new Set(manifest.operations.map(firstWord))].filter((word) => !named.has(word))] as const].map(([title, words]) => {
    const rows = words
      .flatMap((word) => manifest.operations.filter((operation) => firstWord(operation) === word))
      .map((operation) => [`  ${usageOf(operation)}`, operation.summary]);
    return rows.length === 0 ? "" : `${title}\n${renderTable(rows)}\n`;
  });
  return [
    "inspan: yokes a team of coding agents to a repository. Humans steer, agents execute.\n",
    ...sections.filter((section) => section !== ""),
    "Every command: --json (one JSON document on standard output), --quiet, --cwd <folder>, --help",
    "Exit codes: 0 fine, 1 findings or a failed task, 2 wrong use, 3 an outside failure, 4 held, 130 cancelled",
  ].join("\n");
}

function optionRow(option: ManifestOption): readonly string[] {
  const value = option.kind === "boolean" ? "" : option.choices ? ` <${option.choices.join("|")}>` : ` <${option.kind === "number" ? "n" : option.field}>`;
  const fallback = option.default === undefined || option.default === false ? "" : ` (default: ${String(option.default)})`;
  return [`  ${flagOf(option.field)}${value}`, `${option.description}${fallback}`];
}

export function renderCommandHelp(manifest: Manifest, words: readonly string[]): string | undefined {
  const command = words.join(" ");
  const exact = manifest.operations.find((operation) => operation.command === command);
  if (exact) {
    const rows = exact.options.map(optionRow);
    return [`${usageOf(exact)}\n`, `${exact.summary}\n`, ...(rows.length > 0 ? ["Options", renderTable(rows)] : [])].join("\n");
  }
  const below = manifest.operations.filter((operation) => operation.command.startsWith(`${command} `));
  return below.length === 0 ? undefined : renderTable(below.map((operation) => [usageOf(operation), operation.summary]));
}
