// Java's tree: which nodes are imports, declarations, calls. Names written out in full are imports too. Java Language Specification, chapters 6 and 7.
import type { DeclarationKind } from "../../../types/facts.ts";
import type { SyntaxNode } from "../ast-grep.ts";
import { Around, fieldOf, type Grammar, type GrammarPass, type TreeFacts, unquote } from "../tree-reader.ts";

const typeKinds: Readonly<Record<string, DeclarationKind>> = {
  class_declaration: "class",
  record_declaration: "class",
  interface_declaration: "interface",
  annotation_type_declaration: "interface",
  enum_declaration: "enum",
};
/** What java.lang gives to every file, as far as rules ask for it. */
const globals = new Set("System Thread Runtime Math StrictMath Process ProcessBuilder ClassLoader Class Object String Integer Long Double Boolean Character".split(" "));

export const javaGrammar: Grammar = {
  language: "java",
  kinds: {
    always: ["package_declaration", "import_declaration", "scoped_type_identifier", "scoped_identifier", "field_access", ...Object.keys(typeKinds)],
    functions: ["method_declaration", "constructor_declaration"],
    declarations: ["method_declaration", "field_declaration"],
    calls: ["method_invocation", "object_creation_expression"], globals: ["method_invocation", "field_access"], typeUses: ["type_identifier"],
    comments: ["line_comment", "block_comment"], strings: ["string_literal"],
  },
  emptyKinds: ["program", "string_fragment", "multiline_string_fragment"],
  begin: () => new JavaPass(),
};

/** No dotted name is longer; the text of a long chain of calls is not copied for each of them. */
const nameCharsMax = 300;

/** `a.b.C` where packages are lower case and types begin upper case, as everybody writes them. */
const fullName = /^[a-z_]\w*(?:\s*\.\s*[a-z_]\w*)+\s*\.\s*[A-Z]\w*/;

class JavaPass implements GrammarPass {
  /** Imported classes and static members by their simple names. */
  readonly #imported = new Map<string, { readonly specifier: string; readonly imported: string }>();
  readonly #written = new Set<string>();
  readonly #types = new Around();
  /** Names before this offset have been looked at as part of a longer one. */
  #readTo = 0;
  #toldTo = 0;

  visit(node: SyntaxNode, kind: string, facts: TreeFacts): void {
    switch (kind) {
      case "package_declaration": this.#readTo = node.range().end.index; return;
      case "import_declaration": this.#readTo = node.range().end.index; this.#import(node, facts); return;
      case "scoped_type_identifier": case "scoped_identifier": this.#fullName(node, facts); return;
      case "field_access": this.#fullName(node, facts); this.#global(node, facts); return;
      case "method_declaration": case "constructor_declaration": this.#method(node, kind, facts); return;
      case "field_declaration": this.#field(node, facts); return;
      case "method_invocation": this.#global(node, facts); this.#call(node, facts); return;
      case "object_creation_expression": this.#creation(node, facts); return;
      case "type_identifier": if (node.text() === "Object") facts.addTypeUse(node, "Object"); return;
      case "line_comment": case "block_comment": facts.addComment(node); return;
      case "string_literal": facts.addString(node, unquote(node.text())); return;
      default: this.#type(node, kind, facts);
    }
  }

  #import(node: SyntaxNode, facts: TreeFacts): void {
    const match = /^import\s+(?:static\s+)?([^;]*?)\s*;?$/.exec(node.text().replaceAll(/\/\*[^]*?\*\//g, " "));
    const specifier = (match?.[1] ?? "").replaceAll(/\s+/g, "");
    const last = specifier.slice(specifier.lastIndexOf(".") + 1);
    if (last !== "*") this.#imported.set(last, { specifier, imported: last });
    facts.addImport(node, { kind: "value", isType: false, specifier, names: [{ imported: last, isType: false }], quoted: node });
  }

  /** A name with its package, in the middle of the code; whether there is such a package only the resolver knows. */
  #fullName(node: SyntaxNode, facts: TreeFacts): void {
    const { start, end } = node.range();
    if (start.index < this.#readTo || end.index - start.index > nameCharsMax) return;
    const text = node.text();
    const found = fullName.exec(text)?.[0].replaceAll(/\s+/g, "");
    if (found !== undefined || /^[\w\s.]+$/.test(text)) this.#readTo = end.index;
    if (found === undefined) return;
    const key = `${found} ${start.line}`;
    if (this.#written.has(key)) return;
    this.#written.add(key);
    facts.addImport(node, { kind: "value", isType: false, specifier: found, names: [{ imported: found.slice(found.lastIndexOf(".") + 1), isType: false }], quoted: undefined });
  }

  #type(node: SyntaxNode, kind: string, facts: TreeFacts): void {
    const name = fieldOf(node, "name")?.text() ?? "";
    const container = this.#types.at(node.range().start.index);
    this.#types.enter(node, name);
    if (container === undefined) facts.addExport(name);
    if (facts.request.declarations || facts.request.typeUses) facts.addDeclaration(node, { kind: typeKinds[kind] ?? "class", name, container, isExported: isPublic(node) });
  }

  #method(node: SyntaxNode, kind: string, facts: TreeFacts): void {
    const name = fieldOf(node, "name")?.text() ?? "";
    facts.addFunction(node, name);
    if (kind === "method_declaration" && facts.request.declarations)
      facts.addDeclaration(node, { kind: "method", name, container: this.#types.at(node.range().start.index), isExported: isPublic(node) });
  }

  #field(node: SyntaxNode, facts: TreeFacts): void {
    const modifiers = modifiersOf(node);
    const isConstant = /\bstatic\b/.test(modifiers) && /\bfinal\b/.test(modifiers);
    for (const one of node.fieldChildren("declarator")) {
      facts.addDeclaration(node, {
        kind: isConstant ? "constant" : "field",
        name: fieldOf(one, "name")?.text() ?? "",
        container: this.#types.at(node.range().start.index),
        isExported: isPublic(node),
      });
    }
  }

  #call(node: SyntaxNode, facts: TreeFacts): void {
    // `Runtime.getRuntime().exec(…)`
    const object = shortText(fieldOf(node, "object"))?.replaceAll("()", "");
    const name = fieldOf(node, "name")?.text() ?? "";
    if (fieldOf(node, "object") !== undefined && (object === undefined || !/^[\w.]+$/.test(object))) return;
    this.#add(node, object === undefined ? name : `${object}.${name}`, facts);
  }

  #creation(node: SyntaxNode, facts: TreeFacts): void {
    const type = fieldOf(node, "type")?.text().replace(/<[^]*$/, "") ?? "";
    if (/^[\w.]+$/.test(type)) this.#add(node, `new ${type}`, facts);
  }

  #add(node: SyntaxNode, callee: string, facts: TreeFacts): void {
    const root = callee.replace(/^new /, "").split(".", 1)[0] ?? callee;
    const origin = this.#imported.get(root);
    facts.addCall(node, {
      callee,
      full: origin === undefined ? callee : callee.replace(root, origin.specifier),
      origin,
      isLocal: origin === undefined && !globals.has(root) && !fullName.test(callee.replace(/^new /, "")),
      arguments: fieldOf(node, "arguments") ?? null,
      literalOf: (one) =>
        one.kind() === "string_literal"
          ? unquote(one.text())
          : /^(?:(?:java\.util\.)?(?:List\.of|Arrays\.asList))\(\s*"([^"\\]*)"/.exec(shortText(one) ?? "")?.[1],
    });
  }

  /** `System.out` and `System.currentTimeMillis`. */
  #global(node: SyntaxNode, facts: TreeFacts): void {
    if (facts.request.globals.length === 0) return;
    const object = shortText(fieldOf(node, "object"));
    const root = object?.split(".", 1)[0] ?? "";
    if (object === undefined || !/^[A-Z]\w*(?:\.\w+)*$/.test(object) || !facts.request.globals.includes(root)) return;
    // `System.out` in `System.out.println` has been told with it.
    const { start, end } = node.range();
    if (start.index < this.#toldTo) return;
    this.#toldTo = end.index - (fieldOf(node, "arguments")?.text().length ?? 0);
    facts.addGlobal(node, `${object}.${(fieldOf(node, "name") ?? fieldOf(node, "field"))?.text() ?? ""}`);
  }
}

/** Undefined where it is too long for a name. */
function shortText(node: SyntaxNode | undefined): string | undefined {
  if (node === undefined) return undefined;
  const { start, end } = node.range();
  return end.index - start.index > nameCharsMax ? undefined : node.text();
}

function modifiersOf(node: SyntaxNode): string {
  return node.children().find((one) => one.kind() === "modifiers")?.text() ?? "";
}

function isPublic(node: SyntaxNode): boolean {
  return /\bpublic\b/.test(modifiersOf(node));
}
