// Rules of other tools as rules of ours. Pure: what a file holds comes in as values that somebody else has read and parsed.
import { importBoundaries } from "./boundaries.ts";
import { importDependencyCruiser } from "./dependency-cruiser.ts";
import { importImportLinter, importLinterOfProject, parseImportLinterIni } from "./import-linter.ts";
import type { ImportedRules } from "./model.ts";
import { importTach } from "./tach.ts";

export type RulesFormat = "dependency-cruiser" | "boundaries" | "import-linter" | "tach";

export interface ImportRulesInput {
  /** Name of the file, relative to the root; decides the format. */
  readonly file: string;
  /** Text of an INI file; undefined for the others. */
  readonly text?: string;
  /** What a TOML, JSON or JavaScript file holds; parts that are no literals as `{ notLiteral: source }`. */
  readonly value?: unknown;
  /** All files of the repository: module names become paths with them. */
  readonly files: readonly string[];
}

const formats: readonly (readonly [pattern: RegExp, format: RulesFormat])[] = [
  [/(^|\/)\.dependency-cruiser\.(js|cjs|mjs|json)$/, "dependency-cruiser"],
  [/(^|\/)(eslint\.config\.(js|cjs|mjs|ts|mts|cts)|\.eslintrc(\.(js|cjs|json))?)$/, "boundaries"],
  [/(^|\/)(\.importlinter|setup\.cfg|pyproject\.toml)$/, "import-linter"],
  [/(^|\/)tach\.toml$/, "tach"],
];

/** Undefined for a file that holds rules of no tool that is known here. */
export function formatOfRules(file: string): RulesFormat | undefined {
  return formats.find(([pattern]) => pattern.test(file))?.[1];
}

/** Undefined where the file has no rules of its tool in it. */
export function importRules(input: ImportRulesInput): ImportedRules | undefined {
  const { file, value, files } = input;
  switch (formatOfRules(file)) {
    case "dependency-cruiser": return value === undefined ? undefined : importDependencyCruiser(value, files);
    case "boundaries": {
      const found = importBoundaries(value);
      return found.rules.length === 0 && found.notCarried.every((one) => one.startsWith("the configuration:") || one.startsWith("a part of"))
        ? undefined
        : found;
    }
    case "tach": return importTach(value, files);
    case "import-linter": {
      const configuration = input.text === undefined ? importLinterOfProject(value) : parseImportLinterIni(input.text);
      return configuration === undefined || Object.keys(configuration.main).length === 0 ? undefined : importImportLinter(configuration, files);
    }
    case undefined: return undefined;
  }
}

export type { ImportedRules } from "./model.ts";
