// A dependency is taken in for a recorded reason. Offline: size and age come from what is installed.
import { compileGlobs } from "../../config/match.ts";
import type { DependenciesRule } from "../../config/kinds/evidence.ts";
import type { KindDraft, KindInput, RuleKind } from "./kind.ts";

interface Declared { readonly manifest: string; readonly name: string; readonly line: number }
interface LedgerRow { readonly name: string; readonly reason: string; readonly line: number }

export const dependencies: RuleKind<DependenciesRule> = {
  summary: "Every dependency has a row with its reason in the ledger.",
  why: "Each package is code that nobody here reviews, updated by somebody else; a reason makes it a choice.",
  example: "- { kind: dependencies, ledger: docs/dependencies.md }",
  texts: (rule, allFiles) => [rule.ledger, ...allFiles.filter(compileGlobs(rule.in))],
  sizes: (rule, texts) => (texts.get(rule.ledger) === undefined ? [] : missing(rule, texts).slice(0, measuredMax).map((one) => folderOfPackage(one))),
  checkAll(rule, input) {
    const ledger = input.texts.get(rule.ledger);
    if (ledger === undefined) {
      return [
        {
          file: input.configuration.file,
          line: 1,
          column: 1,
          endLine: 1,
          to: rule.ledger,
          found: `the ledger ${rule.ledger} is missing`,
          expected: "a file with a row for each dependency",
          fix: `Write ${rule.ledger} with the table \`| name | reason | alternative |\` and a row for each dependency.`,
        },
      ];
    }
    const names = new Set(declaredIn(rule, input.texts, allKeys).map((one) => one.name));
    const rows = readLedger(rule.ledger, ledger.text);
    const unused = rows.filter((row) => !names.has(row.name)).map((row): KindDraft => ({
      file: rule.ledger,
      line: row.line,
      column: 1,
      endLine: row.line,
      to: row.name,
      found: `the row of ${row.name}, which no manifest names`,
      expected: "rows only for dependencies that are there",
      fix: `Remove the row of ${row.name} from ${rule.ledger}.`,
    }));
    return [...missing(rule, input.texts).map((one) => draftOf(rule, one, input)), ...unused];
  },
};

/** Walking more folders than a change adds would be felt in every run. */
const measuredMax = 20;

function draftOf(rule: DependenciesRule, one: Declared, input: KindInput): KindDraft {
  const size = input.sizes.get(folderOfPackage(one));
  const facts =
    size === undefined
      ? "not installed, so its size is unknown"
      : `${(size.bytes / 1024).toFixed(0)} kB in ${size.files}${size.isPartial ? " or more" : ""} files installed${size.newestMs > Date.UTC(1990) ? `, newest file of ${new Date(size.newestMs).toISOString().slice(0, 10)}` : ""}`;
  return {
    file: one.manifest, line: one.line, column: 1, endLine: one.line, to: one.name,
    found: `the dependency ${one.name} (${facts}) has no reason in ${rule.ledger}`,
    expected: "a row with its name, the reason, and the alternative that was refused (own code, the platform, a package that is there)",
    fix: `Add a row for ${one.name} to ${rule.ledger} with why it is needed and what was weighed against it; or do without it and remove it from ${one.manifest}.`,
  };
}

function folderOfPackage(one: Declared): string {
  const folder = one.manifest.slice(0, Math.max(0, one.manifest.lastIndexOf("/") + 1));
  return `${folder}node_modules/${one.name}`;
}

function missing(rule: DependenciesRule, texts: KindInput["texts"]): readonly Declared[] {
  const known = new Set(readLedger(rule.ledger, texts.get(rule.ledger)?.text ?? "").filter((row) => row.reason !== "").map((row) => row.name));
  return declaredIn(rule, texts).filter((one) => !known.has(one.name));
}

/** A row may speak of any of these; a row is owed by those that ship, and by the rest with `dev`. */
const allKeys: readonly string[] = ["dependencies", "optionalDependencies", "peerDependencies", "devDependencies"];

function declaredIn(
  rule: DependenciesRule,
  texts: KindInput["texts"],
  keys: readonly string[] = ["dependencies", "optionalDependencies", ...(rule.dev ? ["devDependencies"] : [])],
): readonly Declared[] {
  const isManifest = compileGlobs(rule.in);
  return [...texts].flatMap(([manifest, { text }]): Declared[] => {
    if (!isManifest(manifest) || manifest === rule.ledger) return [];
    let value: unknown;
    try { value = JSON.parse(text); } catch { return []; } // its own tool will say so
    const names = keys.flatMap((key) => {
      const part = typeof value === "object" && value !== null && key in value ? (value as Readonly<Record<string, unknown>>)[key] : undefined; // looked for one line above
      return typeof part === "object" && part !== null ? Object.keys(part).map((name) => ({ key, name })) : [];
    });
    return names.map(({ key, name }) => ({ manifest, name, line: lineOf(text, key, name) }));
  });
}

function lineOf(text: string, key: string, name: string): number {
  const start = text.indexOf(`"${key}"`);
  const at = text.indexOf(`"${name}"`, Math.max(0, start));
  return at === -1 ? 1 : text.slice(0, at).split("\n").length;
}

/** Rows of a Markdown table whose first cell is the name, or entries of YAML: `name: reason`, `name: { reason: … }`, `- name: …` with `reason: …` below. */
export function readLedger(file: string, text: string): readonly LedgerRow[] {
  const lines = text.split("\n");
  if (/\.md$/i.test(file)) {
    return lines.flatMap((line, at): LedgerRow[] => {
      const cells = line.trim().startsWith("|") ? line.trim().replaceAll(/^\||\|$/g, "").split("|").map((cell) => cell.trim()) : [];
      const name = (cells[0] ?? "").replaceAll(/[`*]|^\[|\]\(.*$/g, "");
      if (cells.length < 2 || name === "" || /^:?-+:?$/.test(name) || /^(name|package|dependency)$/i.test(name)) return [];
      return [{ name, reason: cells[1] ?? "", line: at + 1 }];
    });
  }
  const rows: LedgerRow[] = [];
  lines.forEach((line, at) => {
    const listed = /^\s*-\s+name:\s*["']?([^"'\s]+)["']?\s*$/.exec(line);
    const own = /^["']?([@\w][\w./-]*)["']?:\s*(.*)$/.exec(line);
    const reason = /^\s+reason:\s*(.+)$/.exec(line);
    const last = rows.at(-1);
    if (listed !== null) rows.push({ name: listed[1] ?? "", reason: "", line: at + 1 });
    else if (own !== null && !["version", "dependencies"].includes(own[1] ?? "")) rows.push({ name: own[1] ?? "", reason: (own[2] ?? "").replace(/^\{.*\breason:\s*["']?/, ""), line: at + 1 });
    else if (reason !== null && last !== undefined) rows[rows.length - 1] = { ...last, reason: reason[1] ?? "" };
  });
  return rows;
}
