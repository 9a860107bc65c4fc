// What one Markdown document says about itself. Rules see these facts and never a parser's token.

export interface HeadingFact {
  readonly depth: number;
  readonly text: string;
  /** As GitHub makes it, unique within the document. */
  readonly slug: string;
  readonly line: number;
}

export type LinkKind = "link" | "image" | "html";

export interface LinkFact {
  readonly kind: LinkKind;
  /** As written, entities decoded; with query and fragment. */
  readonly target: string;
  readonly text: string;
  /** The words before it, bounded. */
  readonly before: string;
  /** From 1, of the place where it is used. */
  readonly line: number;
  readonly column: number;
}

export interface CodeSpanFact {
  readonly text: string;
  readonly line: number;
  readonly column: number;
  /** The words around it, bounded, the span itself left out: they tell a promise from a wish. */
  readonly before: string;
  readonly after: string;
  /** The heading above it, as text. */
  readonly heading: string;
  /** The last words that ended with a colon since that heading: what introduces a list. */
  readonly lead: string;
  /** True where the span stands inside a link. */
  readonly isLinked: boolean;
}

export interface FenceFact {
  /** First word of the info string, lower case; empty without one. */
  readonly language: string;
  /** Of the opening fence. */
  readonly line: number;
  readonly endLine: number;
  readonly text: string;
}

export interface ItemFact {
  readonly line: number;
  /** Its number where the list is ordered. */
  readonly number: number | undefined;
  /** Undefined where the item has no box. */
  readonly isChecked: boolean | undefined;
  /** Source of its first block, bounded. */
  readonly text: string;
  /** 1 for the outermost list. */
  readonly depth: number;
}

export interface RowFact {
  readonly line: number;
  /** Source of each cell. */
  readonly cells: readonly string[];
}

export interface TableFact {
  readonly line: number;
  readonly header: readonly string[];
  readonly rows: readonly RowFact[];
}

export interface FrontMatter {
  readonly endLine: number;
  readonly value: Readonly<Record<string, unknown>>;
  /** What is wrong with it; its value is then empty. */
  readonly problem: string | undefined;
  /** Line of each top-level key. */
  readonly lines: Readonly<Record<string, number>>;
}

export interface DocFacts {
  /** Relative to the root, with `/`. */
  readonly file: string;
  readonly lines: number;
  /** A quarter of its characters: near enough to compare documents with each other. */
  readonly tokens: number;
  readonly frontMatter: FrontMatter | undefined;
  readonly headings: readonly HeadingFact[];
  /** `id` and `name` of raw HTML. */
  readonly anchors: readonly string[];
  readonly links: readonly LinkFact[];
  readonly codeSpans: readonly CodeSpanFact[];
  readonly fences: readonly FenceFact[];
  readonly items: readonly ItemFact[];
  readonly tables: readonly TableFact[];
  /** Blocks outside of headings, front matter and comments, their text bounded: what a section holds. */
  readonly blocks: readonly { readonly line: number; readonly text: string }[];
  /** Links and spans beyond the bound that were left out. */
  readonly omitted: number;
}

/** A document that is listed but was not read. */
export interface UnreadDocument {
  readonly file: string;
  readonly kind: "too-large" | "not-utf8" | "unreadable";
  readonly detail: string;
}

/** A finding of a document rule before lint gives it an id. */
export interface DocFinding {
  readonly rule: string;
  readonly severity: "error" | "warning";
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly to: string;
  readonly found: string;
  readonly expected: string;
  readonly fix: string;
  readonly reference?: string;
}
