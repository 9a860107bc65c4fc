// From findings, lines and rows to deviations: one each that one pull request can repair, in the order in which they are worth it. Pure.
import { fingerprint } from "../../../base/hash.ts";
import type { Deviation, Principle } from "../types/index.ts";

export interface SeenFinding {
  readonly id: string;
  readonly rule: string;
  readonly file: string;
  readonly line: number;
  readonly endLine: number;
  readonly found: string;
  readonly fix: string;
}
export interface PlaceOf { (file: string): { readonly domain: string; readonly layer: string } }

/** Rules that upkeep adds to a repository's own, to the kinds that principles name. */
export const addedPrefix = "upkeep-";
/** The name under which a principle knows a rule: its own, or its kind's. */
export function namesOf(rule: string, kindOf: (rule: string) => string | undefined): readonly string[] {
  const own = rule.startsWith(addedPrefix) ? rule.slice(addedPrefix.length) : rule;
  const kind = kindOf(rule);
  return kind === undefined || kind === own ? [own] : [own, kind];
}

export interface DeviationsInput {
  readonly principles: readonly Principle[];
  readonly findings: readonly SeenFinding[];
  /** Kind of a rule of inspan.yaml that is of one. */
  kindOf(rule: string): string | undefined;
  readonly lines: readonly { readonly principle: string; readonly file: string; readonly line: number; readonly text: string }[];
  readonly debts: readonly { readonly id: string; readonly file: string; readonly line: number; readonly text: string }[];
  readonly placeOf: PlaceOf;
}

/** Unique by id, in the order of the principles and then of the files. A finding belongs to the first principle that names its rule. */
export function findDeviations(input: DeviationsInput): readonly Deviation[] {
  const found = new Map<string, Deviation>();
  const places = new Set<string>();
  const add = (principle: Principle, rule: string, finding: SeenFinding) => {
    // A repository's own rule and ours of the same kind see one thing twice.
    const place = `${principle.id} ${finding.file}:${finding.line}:${finding.endLine}`;
    const id = fingerprint(`${principle.id}\0${finding.id}`);
    const before = found.get(id);
    if (before === undefined && places.has(place) && rule !== "pattern") return;
    places.add(place);
    const at = { file: finding.file, line: finding.line, endLine: finding.endLine };
    found.set(
      id,
      before === undefined
        ? {
            id,
            principle: principle.id,
            kind: `${principle.id}/${rule}`,
            file: finding.file,
            line: finding.line,
            places: [at],
            ...input.placeOf(finding.file),
            found: finding.found,
            fix: finding.fix,
          }
        : { ...before, places: [...before.places, at] },
    );
  };
  for (const principle of input.principles) {
    switch (principle.detector.kind) {
      case "rule": {
        const { rules } = principle.detector;
        for (const finding of input.findings) {
          const name = namesOf(finding.rule, input.kindOf).find((one) => rules.includes(one));
          if (name !== undefined) add(principle, name, finding);
        }
        break;
      }
      case "pattern":
        for (const line of input.lines.filter((one) => one.principle === principle.id))
          add(principle, "pattern", {
            id: fingerprint(`${line.file}\0${line.text.trim()}`),
            rule: "pattern",
            file: line.file,
            line: line.line,
            endLine: line.line,
            found: `the line is: ${line.text.trim().slice(0, 200)}`,
            fix: principle.repair,
          });
        break;
      case "debt":
        for (const row of input.debts)
          add(principle, "debt", {
            id: row.id,
            rule: "debt",
            file: row.file,
            line: row.line,
            endLine: row.line,
            found: `the tracker's entry ${row.id}: ${row.text}`,
            fix: principle.repair,
          });
        break;
      case "reviewer": break; // found by reading, not by looking
      default: break;
    }
  }
  return [...found.values()];
}

/** By the rank of their cell (what is worth cleaning first), then by principle and file. */
export function orderDeviations(deviations: readonly Deviation[], rankOf: (place: { readonly domain: string; readonly layer: string }) => number): readonly Deviation[] {
  return deviations.map((one, index) => ({ one, index })).sort((left, right) => rankOf(left.one) - rankOf(right.one) || left.index - right.index).map(({ one }) => one);
}

/** Findings about documents: the garden's, so that two pull requests never mend one page. */
export const isDocumentRule = (rule: string): boolean => rule.startsWith("docs-");
