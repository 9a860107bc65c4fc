// Markdown to facts: markdown-it's tokens go in here and come out nowhere. Slugs are those of GitHub.
import GithubSlugger from "github-slugger";
import MarkdownIt from "markdown-it";
import type { CodeSpanFact, DocFacts, FenceFact, HeadingFact, ItemFact, LinkFact, RowFact, TableFact } from "../types/document.ts";
import { readFrontMatter } from "./front-matter.ts";
import { readHtml } from "./read-html.ts";

/** A document of more is a list that a program wrote; its first part tells enough, and the rest is counted. */
const usesMax = 20_000;
/** A block of more is data: a hundred thousand brackets in one line take the parser a second. */
const inlineChars = 64 * 1024;
/** Words around a code span that are kept on each side. */
const aroundChars = 90;
const itemChars = 400;
const blockChars = 120;
/** Fences are read for commands; a longer one is data. */
const fenceChars = 20_000;

/** Where an inline token begins in its block's text; rules of the parser write over its own field for notes. */
const offsets = new WeakMap<object, number>();
// Emphasis only matters for the slug of a heading, and pairing its marks costs a third of the time.
const lean = makeParser(["emphasis"]);
const full = makeParser([]);
type Token = ReturnType<typeof lean.parse>[number];

type Nesting = Token["nesting"];

/** markdown-it's own tokens, made without its way of defining each field, which takes a fifth of a check of documents. */
function tokenMaker(md: InstanceType<typeof MarkdownIt>): (type: string, tag: string, nesting: Nesting) => Token {
  const { Token } = new md.core.State("", md, {});
  class PlainToken {
    readonly map = null;
    readonly level = 0;
    readonly children = null;
    readonly content = "";
    readonly markup = "";
    readonly info = "";
    readonly block = false;
    readonly hidden = false;
    readonly attrs = null; readonly meta = null;
    readonly type: string; readonly tag: string; readonly nesting: Nesting;
    constructor(type: string, tag: string, nesting: Nesting) { this.type = type; this.tag = tag; this.nesting = nesting; }
  }
  Object.setPrototypeOf(PlainToken.prototype, Token.prototype);
  return (type, tag, nesting) => new PlainToken(type, tag, nesting) as unknown as Token; // the fields of a token, and its methods by the prototype
}

function makeParser(disabled: readonly string[]): InstanceType<typeof MarkdownIt> {
  const md = new MarkdownIt("default", { html: true, linkify: false, typographer: false });
  md.disable(["replacements", "smartquotes", "strikethrough", "text_join", ...disabled]);
  // Targets stay as they are written: they are compared with names of files.
  md.normalizeLink = (url) => url;
  md.validateLink = () => true;
  const makeToken = tokenMaker(md);
  const State = md.inline.State;
  md.inline.State = class extends State {
    override pushPending(): Token {
      const token = makeToken("text", "", 0);
      token.content = this.pending;
      token.level = this.pendingLevel;
      this.tokens.push(token);
      this.pending = "";
      return token;
    }

    override push(type: string, tag: string, nesting: Nesting): Token {
      if (this.pending !== "") this.pushPending();
      const token = makeToken(type, tag, nesting);
      if (nesting < 0) { this.level--; this.delimiters = this._prev_delimiters.pop() ?? []; }
      token.level = this.level;
      let meta: { delimiters: InstanceType<typeof State>["delimiters"] } | undefined;
      if (nesting > 0) {
        this.level++;
        this._prev_delimiters.push(this.delimiters);
        this.delimiters = [];
        meta = { delimiters: this.delimiters };
      }
      this.pendingLevel = this.level;
      this.tokens.push(token);
      this.tokens_meta.push(meta);
      // Inline tokens know no place of their own; the position in the block's text is kept where it is needed.
      if (type === "link_open" || type === "image" || type === "code_inline" || type === "html_inline") offsets.set(token, this.pos);
      return token;
    }
  };
  const BlockState = md.block.State;
  md.block.State = class extends BlockState {
    override push(type: string, tag: string, nesting: Nesting): Token {
      const token = makeToken(type, tag, nesting);
      token.block = true;
      if (nesting < 0) this.level--;
      token.level = this.level;
      if (nesting > 0) this.level++;
      this.tokens.push(token);
      return token;
    }
  };
  // Most blocks hold nothing that a rule looks at; they are not taken apart.
  md.core.ruler.at("inline", (state) => {
    for (const [index, token] of state.tokens.entries()) {
      if (token.type !== "inline") continue;
      token.children ??= [];
      const content = token.content.slice(0, inlineChars);
      if (state.tokens[index - 1]?.type === "heading_open") full.inline.parse(content, full, state.env, token.children);
      else if (/[`<]|\]\(/.test(content) || (content.includes("[") && state.env.references !== undefined)) md.inline.parse(content, md, state.env, token.children);
    }
  });
  return md;
}

interface Place { readonly line: number; readonly column: number }

/** Finds the source position of an offset in a block's text: its lines are the source's, less markers and indentation. */
function locator(content: string, startLine: number, source: readonly string[], fromColumn: number): (at: number) => Place {
  const starts = [0];
  for (let at = content.indexOf("\n"); at !== -1; at = content.indexOf("\n", at + 1)) starts.push(at + 1);
  const shifts = new Map<number, number>();
  return (at) => {
    let low = 0;
    for (let high = starts.length - 1; low < high;) { const middle = (low + high + 1) >> 1; if ((starts[middle] ?? 0) <= at) low = middle; else high = middle - 1; }
    const start = starts[low] ?? 0;
    const end = starts[low + 1] === undefined ? content.length : (starts[low + 1] ?? 0) - 1;
    let shift = shifts.get(low);
    if (shift === undefined) {
      shift = Math.max(0, (source[startLine + low] ?? "").indexOf(content.slice(start, end), low === 0 ? fromColumn : 0));
      shifts.set(low, shift);
    }
    return { line: startLine + low + 1, column: shift + at - start + 1 };
  };
}


class Collector {
  readonly headings: HeadingFact[] = [];
  readonly anchors: string[] = [];
  readonly links: LinkFact[] = [];
  readonly codeSpans: CodeSpanFact[] = [];
  readonly fences: FenceFact[] = [];
  readonly items: ItemFact[] = [];
  readonly tables: TableFact[] = [];
  readonly blocks: { readonly line: number; readonly text: string }[] = [];
  omitted = 0;
  lead = "";
  readonly #slugger = new GithubSlugger();
  readonly #source: readonly string[];

  constructor(source: readonly string[]) { this.#source = source; }

  /** Text of the inline token for a slug or a name: words and code, no markup, no HTML. */
  #textOf(token: Token): string {
    return (token.children ?? [])
      .map((child) =>
        child.type === "text" || child.type === "code_inline" || child.type === "text_special"
          ? child.content
          : child.type === "softbreak"
            ? " "
            : child.type === "image"
              ? this.#textOf(child)
              : "",
      )
      .join("");
  }

  heading(open: Token, inline: Token): void {
    const text = this.#textOf(inline);
    this.headings.push({ depth: Number(open.tag.slice(1)), text: text.trim(), slug: this.#slugger.slug(text.trim()), line: (open.map?.[0] ?? 0) + 1 });
  }

  #isFull(): boolean {
    if (this.links.length + this.codeSpans.length < usesMax) return false;
    this.omitted++;
    return true;
  }

  inline(token: Token, startLine: number, fromColumn: number): void {
    const children = token.children ?? [];
    if (token.content.length > inlineChars) this.omitted++;
    let place: ((at: number) => Place) | undefined;
    const locate = (at: number): Place => (place ??= locator(token.content, startLine, this.#source, fromColumn))(at);
    let linkDepth = 0;
    for (const [index, child] of children.entries()) {
      if (child.type === "link_close") linkDepth--;
      if (child.type === "link_open") linkDepth++;
      if (child.type !== "link_open" && child.type !== "image" && child.type !== "code_inline" && child.type !== "html_inline") continue;
      if (this.#isFull()) continue;
      const at = offsets.get(child) ?? 0;
      if (child.type === "link_open") {
        if (child.markup === "autolink") continue; // an address in angle brackets is no path
        const inside = children.slice(index + 1, index + 20);
        const end = inside.findIndex((one) => one.type === "link_close");
        const text = inside.slice(0, end === -1 ? undefined : end).map((one) => one.content).join("");
        this.links.push({
          kind: "link",
          target: String(child.attrGet("href") ?? ""),
          text,
          before: token.content.slice(Math.max(0, at - 1 - aroundChars), Math.max(0, at - 1)),
          ...locate(Math.max(0, at - 1)),
        });
      } else if (child.type === "image") this.links.push({ kind: "image", target: String(child.attrGet("src") ?? ""), text: child.content, before: "", ...locate(at) });
      else if (child.type === "html_inline") this.#html(child.content, locate(at));
      else this.codeSpans.push({
        text: child.content, ...locate(at), isLinked: linkDepth > 0, heading: this.headings.at(-1)?.text ?? "", lead: this.lead,
        before: token.content.slice(Math.max(0, at - aroundChars), at), after: token.content.slice(at + child.content.length + child.markup.length * 2).slice(0, aroundChars),
      });
    }
  }

  #html(text: string, place: Place): void {
    for (const use of readHtml(text)) {
      if (use.kind === "anchor") { this.anchors.push(use.value); continue; }
      if (!this.#isFull())
        this.links.push({
          kind: "html",
          target: use.value,
          text: "",
          before: "",
          line: place.line + use.line,
          column: use.line === 0 ? place.column + use.column : use.column + 1,
        });
    }
  }

  htmlBlock(token: Token): void {
    this.#html(token.content, { line: (token.map?.[0] ?? 0) + 1, column: 1 });
    if (!/^\s*<!--/.test(token.content)) this.blocks.push({ line: (token.map?.[0] ?? 0) + 1, text: token.content.slice(0, blockChars) });
  }

  fence(token: Token): void {
    const line = (token.map?.[0] ?? 0) + 1;
    this.fences.push({ language: /^\s*([\w+-]+)/.exec(token.info)?.[1]?.toLowerCase() ?? "", line, endLine: token.map?.[1] ?? line, text: token.content.slice(0, fenceChars) });
    this.blocks.push({ line, text: token.content.slice(0, blockChars) });
  }
}

/** One pass over the block tokens; tables and items are put together from their inner inline tokens. */
function collect(tokens: readonly Token[], source: readonly string[]): Collector {
  const to = new Collector(source);
  const lists: (number | undefined)[] = [];
  let openItem: { line: number; number: number | undefined } | undefined;
  let table: { line: number; header: string[]; rows: RowFact[] } | undefined;
  let row: { line: number; cells: string[]; column: number } | undefined;
  for (const [index, token] of tokens.entries()) {
    switch (token.type) {
      case "bullet_list_open": lists.push(undefined); break;
      case "ordered_list_open": lists.push(Number(token.attrGet("start") ?? 1)); break;
      case "bullet_list_close": case "ordered_list_close": lists.pop(); break;
      case "list_item_open": openItem = { line: (token.map?.[0] ?? 0) + 1, number: lists.at(-1) === undefined ? undefined : Number(token.info) }; break;
      case "table_open": table = { line: (token.map?.[0] ?? 0) + 1, header: [], rows: [] }; break;
      case "tr_open": row = { line: (token.map?.[0] ?? 0) + 1, cells: [], column: 0 }; break;
      case "tr_close":
        if (table !== undefined && row !== undefined) {
          if (table.header.length === 0) table.header.push(...row.cells);
          else table.rows.push({ line: row.line, cells: row.cells });
        }
        row = undefined;
        break;
      case "table_close":
        if (table !== undefined) {
          to.tables.push(table);
          to.blocks.push({ line: table.line, text: table.header.join(" ").slice(0, blockChars) });
        }
        table = undefined;
        break;
      case "fence": case "code_block": to.fence(token); break;
      case "html_block": to.htmlBlock(token); break;
      case "inline": {
        const before = tokens[index - 1];
        const startLine = token.map?.[0] ?? (row?.line ?? 1) - 1;
        if (before?.type === "heading_open") { to.heading(before, token); to.lead = ""; }
        else if (row === undefined) to.blocks.push({ line: startLine + 1, text: token.content.slice(0, blockChars) });
        if (openItem !== undefined) {
          const box = /^\[([ xX])\]\s/.exec(`${token.content} `);
          to.items.push({ ...openItem, isChecked: box === null ? undefined : box[1] !== " ", text: token.content.slice(0, itemChars), depth: lists.length });
          openItem = undefined;
        }
        const found = row === undefined ? 0 : Math.max(row.column, (source[startLine] ?? "").indexOf(token.content, row.column));
        to.inline(token, startLine, found);
        if (token.content.endsWith(":") && before?.type !== "heading_open") to.lead = token.content.slice(-itemChars);
        else if (lists.length === 0 && row === undefined) to.lead = "";
        if (row !== undefined) { row.cells.push(token.content); row.column = found + token.content.length; }
        break;
      }
      default: break;
    }
  }
  return to;
}

/** Facts of a document from its text. Never throws for what the text holds; runs in time linear to it for what people write. */
export function readMarkdown(file: string, raw: string): DocFacts {
  const text = (raw.startsWith("\uFEFF") ? raw.slice(1) : raw).replaceAll(/\r\n?/g, "\n");
  const source = text.split("\n");
  const frontMatter = readFrontMatter(source);
  const skipped = frontMatter?.endLine ?? 0;
  const body = skipped === 0 ? text : `${"\n".repeat(skipped)}${source.slice(skipped).join("\n")}`;
  const found = collect(lean.parse(body, {}), source);
  return {
    file, lines: source.at(-1) === "" ? source.length - 1 : source.length, tokens: Math.ceil(text.length / 4), frontMatter,
    headings: found.headings, anchors: found.anchors, links: found.links, codeSpans: found.codeSpans, fences: found.fences, items: found.items, tables: found.tables,
    blocks: found.blocks, omitted: found.omitted,
  };
}
