// Fills the places of templates with what is true for one repository. Pure; the sentences themselves lie in templates/init.
import { renderProposal } from "../../lint/index.ts";
import type { RepositoryFacts, Script } from "../types/repository.ts";

// A map with more rows than this is no map; the rest is found by `ls`.
const rowsMax = 12;

const known: Readonly<Record<string, string>> = {
  src: "the source",
  lib: "the library's source",
  app: "the application",
  apps: "the applications",
  packages: "the packages of this workspace",
  test: "tests",
  tests: "tests",
  scripts: "programs for the repository itself",
  docs: "documents, see [docs/index.md](docs/index.md)",
  examples: "examples",
  bench: "measurements",
  bin: "programs to start",
  cmd: "programs to start",
  internal: "packages that only this module imports",
  public: "files that are served as they are", migrations: "changes of the database's schema",
};

const row = (script: Script): string => `| \`${script.command.replaceAll("|", "\\|")}\` | ${script.does} |`;
const quoted = (text: string): string => (/^[\w./ -]+$/.test(text) && !/^[- ]/.test(text) ? text : JSON.stringify(text));
const oneLine = (text: string): string => text.replaceAll(/\s+/g, " ").slice(0, 300);

function domainsText({ proposal: { domains, names } }: RepositoryFacts): string {
  if (domains.length === 0)
    return "There are no domains yet: parts of the product that know each other only through a door. `domains` in [inspan.yaml](inspan.yaml) is\nwhere they are declared, and then `inspan check` keeps them apart.";
  const shown = names.slice(0, rowsMax).map((name) => `\`${name}\``).join(", ");
  return `Domains, in ${domains
    .slice(0, rowsMax)
    .map((glob) => `\`${glob.replace(/\*$/, "")}\``)
    .join(", ")}: ${shown}${names.length > rowsMax ? ", …" : ""}. One knows another only through its door, the index file.`;
}

function checksYaml(proofs: readonly Script[]): string {
  const lines = ["# What has to pass before a merge; each runs sandboxed, without network, on the merge of base and branch."];
  if (proofs.length === 0) return [...lines, "# checks: [{ name: test, run: <your test command> }]"].join("\n");
  return [...lines, "checks:", ...proofs.map(({ name, command }) => `  - { name: ${name}, run: ${quoted(command)} }`)].join("\n");
}

function copyYaml(copied: readonly string[]): string {
  const line = "# Ignored files that a fresh worktree needs from your checkout.";
  return copied.length === 0 ? `${line}\n# copy: [.env.local]` : `${line}\ncopy: [${copied.join(", ")}]`;
}

/** The value of each place that templates have. */
export function templateValues(
  facts: RepositoryFacts,
  moment: { readonly today: string; readonly branch: string } = { today: "", branch: "main" },
): Readonly<Record<string, string>> {
  const folders = facts.folders.filter((name) => name !== "docs").slice(0, rowsMax);
  const proofs = facts.proofs.map((script) => `\`${script.command}\``);
  return {
    name: oneLine(facts.name), owner: "maintainers", today: moment.today, branch: moment.branch,
    description: facts.description === undefined ? "What this repository is for is not written down yet: say it here in two sentences." : oneLine(facts.description),
    prove: proofs.length === 0 ? "`inspan check`, and the tests that you wrote." : `${proofs.join(", ")}, then \`inspan check\`.`,
    // Inside of a fence in a list: each line as far to the right as the first.
    proofLines: [...facts.proofs.map((script) => script.command), "inspan check"].join("\n   "),
    commands: [...facts.commands, ...facts.proofs].map(row).join("\n"),
    places: folders.map((name) => `- \`${name}/\`${known[name] === undefined ? "" : `: ${known[name]}.`}`).join("\n"),
    rooms: [...folders, "docs"].map((name) => `| \`${name}/\` | ${known[name] ?? "not described yet"} |`).join("\n"),
    domains: domainsText(facts),
    domainsYaml: renderProposal(facts.proposal), checksYaml: checksYaml(facts.proofs), copyYaml: copyYaml(facts.copied),
  };
}

/** Replaces `{{name}}`; a line that holds only an empty place goes. An unknown place is a broken template. */
export function fillTemplate(text: string, values: Readonly<Record<string, string>>): string {
  const valueOf = (name: string): string => {
    const value = values[name];
    if (value === undefined) throw new Error(`BUG: expected a value for the place "${name}" of a template`);
    return value;
  };
  // One pass, so that a value is never read as a template itself.
  return text.replaceAll(/^\{\{(\w+)\}\}\n|\{\{(\w+)\}\}/gm, (_, line: string | undefined, word: string | undefined) => {
    if (line === undefined) return valueOf(word ?? "");
    return valueOf(line) === "" ? "" : `${valueOf(line)}\n`;
  });
}
