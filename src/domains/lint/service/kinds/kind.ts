// What a kind of rule is to the engine: what it needs to know, and its verdict. Pure.
import type { KindName, KindRule } from "../../config/kinds/index.ts";
import type { CompiledKindRule, LintConfiguration } from "../../config/lint-configuration.ts";
import type { FactsRequest } from "../../types/facts-request.ts";
import type { Language, ResolvedFacts } from "../../types/facts.ts";
import type { FindingDraft } from "../../types/finding.ts";
import type { Asked, RepositoryText } from "../../types/repository-text.ts";
import type { FactsIndex } from "../facts-index.ts";
import type { PlaceOf } from "../places.ts";

/** A finding without what its rule's entry says. */
export type KindDraft = Omit<FindingDraft, "rule" | "severity" | "reference">;

export interface KindInput extends Asked {
  readonly configuration: LintConfiguration;
  readonly placeOf: PlaceOf;
  readonly index: FactsIndex;
  /** YYYY-MM-DD. */
  readonly today: string;
}

export interface RuleKind<Rule> {
  /** What it wants, in a sentence. */
  readonly summary: string;
  readonly why: string;
  /** A minimal entry of `rules`. */
  readonly example: string;
  /** Where it does not see every language: files of the others are counted, so that nobody takes them for checked. */
  readonly languages?: readonly Language[];
  request?(rule: Rule): Partial<FactsRequest>;
  /** Files besides sources whose text it needs; a path that is ignored by git may be among them. */
  texts?(rule: Rule, allFiles: readonly string[]): readonly string[];
  /** Files whose time of writing it needs. */
  stamps?(rule: Rule, allFiles: readonly string[]): readonly string[];
  /** Folders outside of git whose size it needs, when its texts are known. */
  sizes?(rule: Rule, texts: ReadonlyMap<string, RepositoryText>): readonly string[];
  /** Findings that need no file but this one and what it imports; asked again after each edit. Only called for files that the rule binds. */
  checkFile?(rule: CompiledKindRule & Rule, facts: ResolvedFacts, input: KindInput): readonly KindDraft[];
  /** Findings that need the whole repository. */
  checkAll?(rule: CompiledKindRule & Rule, input: KindInput): readonly KindDraft[];
}

/** Languages that a rule sees which looks at packages, exports or routes of programs for Node. */
export const scriptLanguages: readonly Language[] = ["typescript", "javascript"];

/** Computed once for each rule: what is compiled from its patterns, asked for at every file. */
export function perRule<Rule extends object, Made>(make: (rule: Rule) => Made): (rule: Rule) => Made {
  const made = new WeakMap<Rule, { readonly value: Made }>();
  return (rule) => {
    const known = made.get(rule) ?? { value: make(rule) };
    made.set(rule, known);
    return known.value;
  };
}

export type KindTable = { readonly [Name in KindName]: RuleKind<Extract<KindRule, { kind: Name }>> };
