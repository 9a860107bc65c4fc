// Reads another tool's rules from the repository and says them as ours. Executes nothing of it.
import { extname } from "node:path";
import { InspanError, messageOf } from "../../../base/errors.ts";
import type { Providers } from "../../../providers/index.ts";
import { listFiles } from "../repo/list-files.ts";
import { readStaticValue } from "../repo/static-value.ts";
import { formatOfRules, importRules, type ImportedRules, type RulesFormat } from "../service/importers/index.ts";
import { renderRules } from "../service/importers/render.ts";
import type { ImportReport } from "../types/import-report.ts";

/** A configuration is a few kilobytes; a larger file is something else. */
const fileBytesMax = 2 * 1024 * 1024;

export interface ImportRulesOptions {
  readonly providers: Providers;
  readonly rootPath: string;
  /** Relative to the root; the first file of a known tool at the root unless told. */
  readonly file?: string;
  /** Writes a new inspan.yaml; rejects with CONFIG_EXISTS where there is one. */
  readonly isWriting: boolean;
  readonly signal?: AbortSignal;
}

/** Rejects with RULES_MISSING where no file of a known tool has rules, RULES_INVALID where it cannot be parsed. */
export async function runImportRules(options: ImportRulesOptions): Promise<ImportReport> {
  const { providers, rootPath, signal } = options;
  const { files } = await listFiles(providers, rootPath, signal);
  const candidates = options.file === undefined ? files.filter((file) => !file.includes("/") && formatOfRules(file) !== undefined) : [options.file];
  for (const file of candidates) {
    const format = formatOfRules(file);
    if (format === undefined) throw missing(`"${file}" is no configuration of a tool that is known`);
    const imported = await importFile(options, file, files);
    if (imported === undefined) continue;
    const yaml = renderRules(imported, file);
    const target = "inspan.yaml";
    if (options.isWriting) {
      if ((await providers.files.facts(`${rootPath}/${target}`)) !== undefined)
        throw new InspanError("CONFIG_EXISTS", `Cannot write "${target}": it is there already, expected none.`, {
          kind: "usage",
          remedy: `inspan import-rules ${file}   # prints the rules, to be put under the key rules`,
        });
      await providers.files.writeText(`${rootPath}/${target}`, `version: 1\n${yaml}`);
    }
    return { version: 1, file, format, rules: imported.rules.length, notCarried: [...imported.notCarried], yaml, isWritten: options.isWriting };
  }
  throw missing(options.file === undefined ? "no file of a tool that is known has rules at the root" : `"${options.file}" has no rules in it`);
}

async function importFile(options: ImportRulesOptions, file: string, files: readonly string[]): Promise<ImportedRules | undefined> {
  const path = `${options.rootPath}/${file}`;
  const facts = await options.providers.files.facts(path);
  if (facts?.kind !== "file") throw missing(`"${file}" is no file`);
  if (facts.sizeBytes > fileBytesMax) throw missing(`"${file}" has ${Math.round(facts.sizeBytes / 1024 / 1024)} MB, more than any configuration`);
  const text = await options.providers.files.readText(path) ?? "";
  try {
    return importRules({ file, files, ...await parse(file, text) });
  } catch (error) {
    if (error instanceof InspanError) throw error;
    throw new InspanError("RULES_INVALID", `Cannot read "${file}": ${messageOf(error)}, expected what its tool reads.`, { kind: "usage", remedy: `correct ${file}` });
  }
}

async function parse(file: string, text: string): Promise<{ readonly text?: string; readonly value?: unknown }> {
  switch (extname(file)) {
    case ".toml": { const { parse: parseToml } = await import("smol-toml"); return { value: parseToml(text) }; }
    case ".cfg": return { text };
    case ".js": case ".cjs": case ".mjs": case ".ts": case ".mts": case ".cts": return { value: await readStaticValue(file, text) };
    // JSON with comments is a JavaScript literal.
    case ".json": return { value: await readStaticValue("value.js", `export default ${text}`) };
    default: return file.endsWith(".importlinter") ? { text } : { value: await readStaticValue("value.js", `export default ${text}`) };
  }
}

function missing(found: string): InspanError {
  const known: readonly string[] = [
    ".dependency-cruiser.{js,cjs,mjs,json}",
    "eslint.config.* and .eslintrc with eslint-plugin-boundaries",
    ".importlinter",
    "setup.cfg",
    "pyproject.toml",
    "tach.toml",
  ];
  return new InspanError("RULES_MISSING", `Cannot import rules: ${found}, expected one of ${known.join(", ")}.`, { kind: "usage", remedy: "inspan import-rules <file>" });
}

export type { RulesFormat };
