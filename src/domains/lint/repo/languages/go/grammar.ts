// Go's tree: which nodes are imports, declarations, calls. https://go.dev/ref/spec
import type { SyntaxNode } from "../ast-grep.ts";
import { Around, fieldOf, type Grammar, type GrammarPass, type TreeFacts, unquote } from "../tree-reader.ts";

const builtins = new Set("append cap clear close complex copy delete imag len make max min new panic print println real recover".split(" "));

export const goGrammar: Grammar = {
  language: "go",
  kinds: {
    always: ["import_spec", "function_declaration", "method_declaration", "func_literal", "type_spec", "type_alias", "const_spec", "var_spec"],
    functions: ["function_declaration", "method_declaration"],
    declarations: ["method_declaration", "field_declaration", "method_elem"],
    calls: ["call_expression"], globals: ["selector_expression", "call_expression"], typeUses: ["type_identifier", "interface_type"],
    comments: ["comment"], strings: ["interpreted_string_literal", "raw_string_literal"],
  },
  emptyKinds: ["source_file", "statement_list", "\n", "interpreted_string_literal_content", "raw_string_literal_content"],
  begin: () => new GoPass(),
};

/** No dotted name is longer; the text of a long chain of calls is not copied for each of them. */
const nameCharsMax = 300;

class GoPass implements GrammarPass {
  /** Import paths by the name that the file uses. */
  readonly #packages = new Map<string, string>();
  readonly #types = new Around();
  #importsEnd = 0;
  /** End of the last function: what stands before it is local. */
  #functionEnd = 0;
  #selectorStart = -1;

  visit(node: SyntaxNode, kind: string, facts: TreeFacts): void {
    switch (kind) {
      case "import_spec": this.#import(node, facts); return;
      case "function_declaration":
      case "method_declaration":
        this.#functionEnd = Math.max(this.#functionEnd, node.range().end.index);
        this.#function(node, kind === "method_declaration", facts);
        return;
      case "func_literal": this.#functionEnd = Math.max(this.#functionEnd, node.range().end.index); return;
      case "type_spec": case "type_alias": case "const_spec": case "var_spec": this.#top(node, kind, facts); return;
      case "field_declaration": case "method_elem": this.#member(node, kind, facts); return;
      case "call_expression": this.#call(node, facts); return;
      case "selector_expression": this.#selector(node, facts); return;
      case "type_identifier": if (node.text() === "any" && !isConstraint(node)) facts.addTypeUse(node, "any"); return;
      case "interface_type": if (/^interface\s*\{\s*\}$/.test(node.text()) && !isConstraint(node)) facts.addTypeUse(node, "interface{}"); return;
      case "comment": if (facts.request.comments) facts.addComment(node); return;
      default: if (node.range().start.index >= this.#importsEnd) facts.addString(node, unquote(node.text()));
    }
  }

  #import(node: SyntaxNode, facts: TreeFacts): void {
    const path = unquote(fieldOf(node, "path")?.text() ?? "");
    const alias = fieldOf(node, "name")?.text();
    const parent = node.parent();
    const isAlone = parent?.kind() === "import_declaration";
    this.#importsEnd = node.range().end.index;
    this.#packages.set(alias ?? nameOfPackage(path), path);
    // A blank import is for its effects alone.
    facts.addImport(node, {
      kind: "value",
      isType: false,
      specifier: path,
      names: alias === "_" ? [] : [{ imported: "*", isType: false }],
      quoted: isAlone ? (parent ?? node) : node,
    });
  }

  #function(node: SyntaxNode, isMethod: boolean, facts: TreeFacts): void {
    const name = fieldOf(node, "name")?.text() ?? "";
    facts.addFunction(node, name);
    if (!isMethod) facts.addExport(name);
    const container = isMethod ? /(\w+)(?:\[[^\]]*\])?\s*\)$/.exec(fieldOf(node, "receiver")?.text() ?? "")?.[1] : undefined;
    facts.addDeclaration(node, { kind: isMethod ? "method" : "function", name, container, isExported: isUpper(name) });
  }

  /** Only what stands at the top of the file: a variable of a function is no declaration. */
  #top(node: SyntaxNode, kind: string, facts: TreeFacts): void {
    if (node.range().start.index < this.#functionEnd) return;
    if (kind === "type_spec") this.#types.enter(node, fieldOf(node, "name")?.text() ?? "");
    const type = kind === "type_spec" ? fieldOf(node, "type")?.kind() : undefined;
    const declared = kind === "const_spec" ? "constant" : kind === "var_spec" ? "variable" : type === "struct_type" ? "class" : type === "interface_type" ? "interface" : "type";
    for (const name of node.fieldChildren("name").map((one) => one.text()).filter((one) => /^\w+$/.test(one))) {
      facts.addExport(name);
      facts.addDeclaration(node, { kind: declared, name, isExported: isUpper(name) });
    }
  }

  #member(node: SyntaxNode, kind: string, facts: TreeFacts): void {
    const container = this.#types.at(node.range().start.index);
    if (container === undefined) return;
    for (const name of node.fieldChildren("name").map((one) => one.text())) {
      facts.addDeclaration(node, { kind: kind === "method_elem" ? "method" : "field", name, container, isExported: isUpper(name) });
    }
  }

  #call(node: SyntaxNode, facts: TreeFacts): void {
    const called = fieldOf(node, "function");
    const callee = called === undefined || called.range().end.index - called.range().start.index > nameCharsMax ? undefined : dotted(called);
    if (called === undefined || callee === undefined) return;
    const root = callee.split(".", 1)[0] ?? callee;
    const path = callee.includes(".") ? this.#packages.get(root) : undefined;
    if (facts.request.globals.includes(root) && callee === root && builtins.has(root)) facts.addGlobal(called, root);
    facts.addCall(node, {
      callee, full: path === undefined ? callee : `${nameOfPackage(path)}${callee.slice(root.length)}`, origin: path === undefined ? undefined : { specifier: path, imported: "*" },
      isLocal: path === undefined && !builtins.has(callee), arguments: fieldOf(node, "arguments") ?? null,
      literalOf: (one) => (/_string_literal$/.test(String(one.kind())) ? unquote(one.text()) : undefined),
    });
  }

  /** `time.Now` and `os.Args` by the package's own name, whatever it is called here. */
  #selector(node: SyntaxNode, facts: TreeFacts): void {
    const { start, end } = node.range();
    // The longest one comes first.
    if (start.index === this.#selectorStart || end.index - start.index > nameCharsMax) return;
    this.#selectorStart = start.index;
    const text = dotted(node);
    const root = text?.split(".", 1)[0];
    const path = root === undefined ? undefined : this.#packages.get(root);
    if (text === undefined || root === undefined || path === undefined) return;
    const name = nameOfPackage(path);
    if (facts.request.globals.includes(name)) facts.addGlobal(node, name + text.slice(root.length));
  }
}

/** In `[Item any]` it says that Item may be anything; whoever uses it knows what it is. */
function isConstraint(node: SyntaxNode): boolean {
  const kind = node.parent()?.kind();
  return kind === "type_constraint" || kind === "type_parameter_declaration";
}

/** `a.b.c` where every part is a name. */
function dotted(node: SyntaxNode): string | undefined {
  const text = node.text();
  return /^\w+(?:\.\w+)*$/.test(text) ? text : undefined;
}

/** The name that a package has by custom: the last part of its path, without a version. */
function nameOfPackage(path: string): string {
  const parts = path.split("/");
  const last = parts.at(-1) ?? path;
  return (/^v\d+$/.test(last) ? parts.at(-2) ?? last : last).replace(/\.v\d+$/, "");
}

function isUpper(name: string): boolean {
  return /^\p{Lu}/u.test(name);
}
