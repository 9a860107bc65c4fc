// A structural test as a file: a module over facts, which `inspan check` runs in its sandbox, with its tables of real cases. Pure.
import type { WordedTest } from "../types.ts";

export interface CaseFile { readonly file: string; readonly text: string }
export interface StructuralModule {
  readonly name: string;
  readonly why: string;
  readonly worded: WordedTest;
  readonly valid: readonly (readonly CaseFile[])[];
  readonly invalid: readonly (readonly CaseFile[])[];
  /** Where the cases are from. */ readonly cases: readonly string[];
}

export function renderModule({ name, why, worded, valid, invalid, cases }: StructuralModule): string {
  const json = (value: unknown): string => JSON.stringify(value).replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");
  const table = (key: string, lists: readonly (readonly CaseFile[])[]): string =>
    lists.length === 0 ? `  ${key}: [],` : `  ${key}: [\n${lists.map((list) => `    ${json(list)},`).join("\n")}\n  ],`;
  return [
    "// A structural test: facts of all files in, findings out, in a sandbox without network. `inspan check` runs it, and its two tables with it.",
    ...(cases.length === 0 ? [] : [`// Real cases: ${cases.map((one) => one.replaceAll(/[\r\n\u2028\u2029]/g, " ")).join(", ")}.`]),
    "export const rule = {",
    `  name: ${json(name)},`,
    '  severity: "error",',
    `  why: ${json(why)},`,
    `  in: ${json(worded.in)},`,
    `  facts: ${json(worded.facts)},`,
    table("valid", valid),
    table("invalid", invalid),
    `  check: ${worded.check.trim()},`,
    "};",
    "",
  ].join("\n");
}

/** Files that may make the case one, the fewest first: it alone, with its folder, with the folders beside. */
export function neighbourhoods(file: string, all: readonly string[]): readonly (readonly string[])[] {
  const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf("/")));
  const folder = folderOf(file), above = folderOf(folder);
  const beside = all.filter((one) => one !== file && folderOf(one) === folder).slice(0, besideMax);
  const around = all.filter((one) => one !== file && folderOf(one) !== folder && (above === "" || one.startsWith(`${above}/`))).slice(0, aroundMax);
  return [[file], ...(beside.length === 0 ? [] : [[file, ...beside]]), ...(around.length === 0 ? [] : [[file, ...beside, ...around]])];
}

/** A table that is longer is read by nobody. */
const besideMax = 12, aroundMax = 40;
