// Loads ast-grep with the languages that are not built in. The one place that registers them: a second registration would be ignored without a word.
import type { SgNode } from "@ast-grep/napi";

export type SyntaxNode = SgNode;
export type TreeLanguage = "go" | "rust" | "java" | "python";

export interface AstGrep {
  /** The root of the tree; broken text gives a tree with ERROR nodes. */
  parse(language: TreeLanguage, text: string): SyntaxNode;
  /** Also the built-in ones: TypeScript, Tsx, JavaScript, Html, Css. */
  parseAny(language: string, text: string): SyntaxNode;
}

let loading: Promise<AstGrep> | undefined;

/** Late and once: four grammars and a native module. */
export function loadAstGrep(): Promise<AstGrep> {
  return loading ??= load();
}

async function load(): Promise<AstGrep> {
  const [napi, go, rust, java, python] = await Promise.all([
    import("@ast-grep/napi"), import("@ast-grep/lang-go"), import("@ast-grep/lang-rust"), import("@ast-grep/lang-java"), import("@ast-grep/lang-python"),
  ]);
  napi.registerDynamicLanguage({ go: go.default, rust: rust.default, java: java.default, python: python.default });
  return { parse: (language, text) => napi.parse(language, text).root(), parseAny: (language, text) => napi.parse(language, text).root() };
}
