// Rust's tree: modules, uses, declarations, calls; paths in the middle of the code are found as text, because macros have no tree. https://doc.rust-lang.org/reference/
import type { DeclarationKind, ImportFact } from "../../../types/facts.ts";
import { LineIndex } from "../../line-index.ts";
import type { SyntaxNode } from "../ast-grep.ts";
import { Around, fieldOf, type Grammar, type GrammarPass, type TreeFacts, unquote } from "../tree-reader.ts";
import { maskRust } from "./mask.ts";
import { expandUse, outOfInline } from "./paths.ts";

const itemKinds: Readonly<Record<string, DeclarationKind>> = {
  struct_item: "class",
  union_item: "class",
  enum_item: "enum",
  trait_item: "interface",
  type_item: "type",
  const_item: "constant",
  static_item: "variable",
};
const statementCharsMax = 400;
/** A longer macro holds code of its own, a longer list data: no rule about calls asks for them. */
const macroCharsMax = 2_000;
const macroPartsMax = 20;
/** What is around an item in a function's body, where nothing is declared for others; no name is written so. */
const inFunction = "(function)";

export const rustGrammar: Grammar = {
  language: "rust",
  kinds: {
    always: ["use_declaration", "mod_item", "impl_item", "extern_crate_declaration", "function_item", ...Object.keys(itemKinds)],
    functions: ["function_item"],
    declarations: ["function_signature_item", "field_declaration"],
    calls: ["call_expression", "macro_invocation"],
    globals: ["call_expression", "macro_invocation"],
    typeUses: [], comments: ["line_comment", "block_comment"], strings: ["string_literal", "raw_string_literal"],
  },
  emptyKinds: ["source_file", "string_content", "doc_comment"],
  begin: () => new RustPass(),
};

interface Inline { readonly name: string; readonly start: number; readonly end: number; readonly isTest: boolean }

class RustPass implements GrammarPass {
  /** Modules with a body in the file. */
  readonly #inline: Inline[] = [];
  readonly #items = new Around();
  /** Offsets of declarations whose paths are read from the tree. */
  readonly #done: { readonly start: number; readonly end: number }[] = [];
  readonly #used = new Map<string, { readonly specifier: string; readonly imported: string }>();

  visit(node: SyntaxNode, kind: string, facts: TreeFacts): void {
    switch (kind) {
      case "use_declaration": this.#use(node, facts); return;
      case "mod_item": this.#module(node, facts); return;
      case "extern_crate_declaration": this.#externCrate(node, facts); return;
      case "function_item": case "function_signature_item": this.#function(node, facts); return;
      case "field_declaration": this.#item(node, "field", facts); return;
      case "impl_item": this.#items.enter(node, fieldOf(node, "type")?.text().replace(/<[^]*$/, "") ?? ""); return;
      case "call_expression": this.#call(node, fieldOf(node, "function")?.text(), facts); return;
      case "macro_invocation": this.#call(node, `${fieldOf(node, "macro")?.text() ?? ""}!`, facts); return;
      case "line_comment": case "block_comment": facts.addComment(node); return;
      case "string_literal": case "raw_string_literal": facts.addString(node, unquote(node.text())); return;
      default: this.#item(node, itemKinds[kind] ?? "type", facts);
    }
  }

  finish(facts: TreeFacts): void {
    this.#inlinePaths(facts);
    this.#includes(facts);
  }

  /** `include!("x.rs")` puts another file's code here. */
  #includes(facts: TreeFacts): void {
    if (!facts.text.includes("include!")) return;
    const lines = new LineIndex(facts.text);
    for (const match of maskRust(facts.text).matchAll(/(?<![\w:.])(?:(?:std|core)::)?include!\s*[([{]\s*"/g)) {
      const path = /^[^"\\\n]+\.rs(?=")/.exec(facts.text.slice(match.index + match[0].length, match.index + match[0].length + statementCharsMax))?.[0];
      if (path === undefined) continue;
      const place = lines.place(match.index);
      facts.pushImport({
        kind: "value",
        isType: false,
        specifier: `path:${path}`,
        names: [],
        ...(this.#inlineAt(match.index).isTest ? { isTest: true as const } : {}),
        ...place,
        endLine: place.line,
        statement: undefined,
      });
    }
  }

  #use(node: SyntaxNode, facts: TreeFacts): void {
    const { start, end } = node.range();
    this.#done.push({ start: start.index, end: end.index });
    const text = node.text();
    const masked = maskRust(text);
    const head = /^(?:pub(?:\s*\([^)]*\))?\s+)?use\s+/.exec(masked)?.[0] ?? "";
    const isPublic = head.startsWith("pub");
    const inline = this.#inlineAt(start.index);
    const leaves = expandUse(masked.slice(head.length));
    const lines = new LineIndex(text);
    for (const leaf of leaves) {
      const segments = outOfInline(leaf.segments, inline.path);
      const whole = leaf.name === "self" || leaf.name === "*" ? segments : [...segments, leaf.name];
      const specifier = show(outOfInline(whole, leaf.segments.length === 0 ? inline.path : []));
      const place = lines.place(head.length + leaf.at);
      const isFirst = leaves.length === 1;
      const imported = leaf.name === "self" ? "*" : leaf.name;
      if (leaf.name !== "*") this.#used.set(leaf.local, { specifier, imported });
      facts.pushImport({
        kind: isPublic ? "reexport" : "value", isType: false, specifier, names: [{ imported, isType: false }], ...(inline.isTest ? { isTest: true as const } : {}),
        line: isFirst ? start.line + 1 : start.line + place.line, column: isFirst ? start.column + 1 : place.line === 1 ? start.column + place.column : place.column,
        endLine: isFirst ? end.line + 1 : start.line + place.line, statement: text.length > statementCharsMax ? undefined : text,
      });
      if (isPublic && inline.path.length === 0) facts.reexport({ name: leaf.name === "*" ? "*" : leaf.local, from: { specifier, imported } });
    }
  }

  #module(node: SyntaxNode, facts: TreeFacts): void {
    const name = (fieldOf(node, "name")?.text() ?? "").replace(/^r#/, "");
    const { start, end } = node.range();
    const around = this.#inlineAt(start.index);
    const attributes = attributesOf(node);
    const isTest = around.isTest || /#\s*\[\s*cfg\s*\(\s*(?:all\s*\(\s*)?test\b/.test(attributes);
    if (fieldOf(node, "body") !== undefined) {
      this.#inline.push({ name, start: start.index, end: end.index, isTest });
      return;
    }
    // `#[path]` is relative to the folder of the file.
    const path = /#\s*\[\s*path\s*=\s*"([^"]+)"\s*\]/.exec(attributes)?.[1];
    const specifier = path === undefined ? show(["self", ...around.path, name]) : `path:${path}`;
    facts.addImport(node, { kind: "value", isType: false, specifier, names: [], quoted: node, ...(isTest ? { isTest: true as const } : {}) });
  }

  #externCrate(node: SyntaxNode, facts: TreeFacts): void {
    const name = fieldOf(node, "name")?.text() ?? /extern\s+crate\s+(\w+)/.exec(node.text())?.[1] ?? "";
    if (name !== "self") facts.addImport(node, { kind: "value", isType: false, specifier: `::${name}`, names: [{ imported: "*", isType: false }], quoted: node });
  }

  #function(node: SyntaxNode, facts: TreeFacts): void {
    const name = fieldOf(node, "name")?.text() ?? "";
    if (node.kind() === "function_item") facts.addFunction(node, name);
    const container = this.#items.at(node.range().start.index);
    if (node.kind() === "function_item") this.#items.enter(node, inFunction);
    if (container === inFunction) return;
    if (container === undefined && this.#inlineAt(node.range().start.index).path.length === 0) facts.addExport(name);
    facts.addDeclaration(node, { kind: container === undefined ? "function" : "method", name, container, isExported: isPublic(node) });
  }

  #item(node: SyntaxNode, kind: DeclarationKind, facts: TreeFacts): void {
    const name = fieldOf(node, "name")?.text() ?? "";
    const container = this.#items.at(node.range().start.index);
    if (kind === "class" || kind === "enum" || kind === "interface") this.#items.enter(node, container === inFunction ? inFunction : name);
    if (container === inFunction) return;
    if (container === undefined && this.#inlineAt(node.range().start.index).path.length === 0) facts.addExport(name);
    if (facts.request.declarations) facts.addDeclaration(node, { kind, name, container, isExported: isPublic(node) });
  }

  #call(node: SyntaxNode, written: string | undefined, facts: TreeFacts): void {
    if (written === undefined || !/^[\w:.]+!?$/.test(written)) return;
    const callee = written.replaceAll("::", ".");
    const root = callee.replace(/!$/, "").split(".", 1)[0] ?? callee;
    const used = this.#used.get(root);
    const origin = used ?? (written.includes("::") ? { specifier: written.slice(0, written.indexOf("::")), imported: "*" } : undefined);
    const full = used === undefined ? callee : `${used.specifier.replaceAll("::", ".")}${callee.slice(root.length)}`;
    const isLocal = origin === undefined && !written.endsWith("!");
    if (facts.request.globals.includes(root) || facts.request.globals.includes(full.split(".", 1)[0] ?? "")) facts.addGlobal(node, full);
    facts.addCall(node, {
      callee,
      full,
      origin,
      isLocal,
      arguments: fieldOf(node, "arguments") ?? null,
      ...(written.endsWith("!") ? { written: readMacro(node) } : {}),
      literalOf: (one) => (/string_literal$/.test(String(one.kind())) ? unquote(one.text()) : undefined),
    });
  }

  /** `crate::a::b()` and `other_crate::x` without a `use`, in macros too. */
  #inlinePaths(facts: TreeFacts): void {
    const masked = maskRust(facts.text);
    const lines = new LineIndex(facts.text);
    const seen = new Set<string>();
    for (const match of masked.matchAll(/(?<![\w:.])(?:(?:crate|self|super|::\s*[a-z_]\w*|[a-z_]\w*)(?:\s*::\s*[A-Za-z_]\w*)+)/g)) {
      const start = match.index;
      if (this.#done.some((one) => one.start <= start && start < one.end) || /\bin\s*$/.test(masked.slice(Math.max(0, start - 12), start))) continue;
      const inline = this.#inlineAt(start);
      const segments = match[0].split("::").map((part) => part.trim());
      if (segments[0] === "") segments[0] = "::";
      const isOwn = segments[0] === "crate" || segments[0] === "self" || segments[0] === "super";
      // `use crate::rooms;` and then `rooms::runtime::open()`: the path goes on from what was brought in. Types have items, not files.
      const used = isOwn ? undefined : this.#used.get(segments[0] ?? "");
      if (used !== undefined && !/^[a-z_]/.test(segments[0] ?? "")) continue;
      const specifier = used === undefined ? show(outOfInline(segments, inline.path)) : [used.specifier, ...segments.slice(1)].join("::");
      const place = lines.place(start);
      const key = `${specifier} ${place.line}`;
      if (seen.has(key)) continue;
      seen.add(key);
      const fact: ImportFact = {
        kind: "value",
        isType: false,
        specifier,
        names: [{ imported: segments.at(-1) ?? "*", isType: false }],
        ...(used === undefined ? {} : { isThroughAnother: true as const }),
        ...(inline.isTest ? { isTest: true as const } : {}),
        ...place,
        endLine: place.line,
        statement: undefined,
      };
      facts.pushImport(fact);
    }
  }

  #inlineAt(offset: number): { readonly path: readonly string[]; readonly isTest: boolean } {
    const around = this.#inline.filter((one) => one.start <= offset && offset < one.end);
    return { path: around.map((one) => one.name), isTest: around.some((one) => one.isTest) };
  }
}

/** Arguments of a macro are no tree: their literals, and the names of fields in the forms of tracing (`id = 1`, `%id`, `?id`, `id`) and log (`"id" => 1`). */
function readMacro(node: SyntaxNode): { readonly literals: readonly (string | undefined)[]; readonly keys: readonly string[] } {
  const { start, end } = node.range();
  const tokens = node.children().find((one) => one.kind() === "token_tree");
  if (tokens === undefined || end.index - start.index > macroCharsMax) return { literals: [], keys: [] };
  const text = tokens.text();
  const inner = text.slice(1, -1);
  const masked = maskRust(inner);
  const parts: { readonly from: number; readonly to: number }[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at <= masked.length; at++) {
    const char = masked[at] ?? ",";
    if ("([{".includes(char)) depth++; else if (")]}".includes(char)) depth--;
    if ((char !== "," && char !== ";") || depth > 0) continue;
    if (masked.slice(from, at).trim() !== "") parts.push({ from, to: at });
    from = at + 1;
  }
  const literals: string[] = [];
  const keys: string[] = [];
  for (const part of parts.slice(0, macroPartsMax)) {
    const written = inner.slice(part.from, part.to).trim();
    if (/^r?#*"/.test(written) && !/=>|"\s*=\s/.test(masked.slice(part.from, part.to))) literals.push(unquote(written));
    else keys.push(/[\w.]+/.exec(written)?.[0] ?? written.slice(0, 20));
  }
  return { literals, keys };
}

function show(segments: readonly string[]): string {
  return segments[0] === "::" ? `::${segments.slice(1).join("::")}` : segments.join("::");
}

/** The attributes just before an item, as text. */
function attributesOf(node: SyntaxNode): string {
  const found: string[] = [];
  for (let before = node.prev(); before !== null; before = before.prev()) {
    const kind = before.kind();
    if (kind === "attribute_item") found.push(before.text());
    else if (kind !== "line_comment" && kind !== "block_comment") break;
  }
  return found.join("\n");
}

function isPublic(node: SyntaxNode): boolean {
  return node.children().some((one) => one.kind() === "visibility_modifier");
}
