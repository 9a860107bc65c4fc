// Go's text/template, as line_format and label_format use it: text with {{ actions }} → a tree. Bounded; knows no functions' meaning.
import { readEscape } from "../lexer.ts";
import { templateFunctionNames } from "./function-names.ts";

export type Term =
  | { readonly kind: "field"; readonly path: readonly string[] }
  | { readonly kind: "variable"; readonly name: string; readonly path: readonly string[] }
  | { readonly kind: "value"; readonly value: string | number | bigint | boolean | undefined }
  | { readonly kind: "call"; readonly name: string }
  | { readonly kind: "pipeline"; readonly pipeline: Pipeline; readonly path: readonly string[] };
export interface Command { readonly terms: readonly Term[] }
export interface Pipeline { readonly declares: readonly string[]; readonly assigns: boolean; readonly commands: readonly Command[] }
export type Node =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "print"; readonly pipeline: Pipeline }
  | { readonly kind: "if" | "with" | "range"; readonly pipeline: Pipeline; readonly body: readonly Node[]; readonly otherwise: readonly Node[] }
  | { readonly kind: "break" | "continue" };

/** A template longer than this is data, not a format. */
const templateCharsMax = 20_000;
const depthMax = 50;

class TemplateError extends Error {}

/** What is wrong with a template, undefined where it is fine. */
export function checkTemplate(text: string): string | undefined {
  try { parseTemplate(text); return undefined; } catch (error) {
    if (error instanceof TemplateError) return error.message;
    throw error;
  }
}

/** The nodes of a template. Throws what checkTemplate tells. */
export function parseTemplate(text: string): readonly Node[] {
  if (text.length > templateCharsMax) throw new TemplateError(`the template has ${text.length} characters, expected at most ${templateCharsMax}`);
  const pieces = splitPieces(text);
  const reader = { pieces, at: 0 };
  const nodes = parseNodes(reader, 0);
  const rest = reader.pieces[reader.at];
  if (rest !== undefined) throw new TemplateError(`unexpected {{${rest.text}}}`);
  return nodes;
}

interface Piece { readonly isAction: boolean; readonly text: string }
interface Reader { readonly pieces: readonly Piece[]; at: number }

function splitPieces(text: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  let trimsNext = false;
  for (;;) {
    const open = text.indexOf("{{", at);
    let literal = open === -1 ? text.slice(at) : text.slice(at, open);
    if (trimsNext) literal = literal.trimStart();
    const trimsLeft = open !== -1 && /^\{\{-\s/.test(text.slice(open, open + 4));
    if (trimsLeft) literal = literal.trimEnd();
    if (literal !== "") pieces.push({ isAction: false, text: literal });
    if (open === -1) return pieces;
    const end = actionEnd(text, open + 2);
    let body = text.slice(open + (trimsLeft ? 3 : 2), end);
    trimsNext = /\s-$/.test(body);
    if (trimsNext) body = body.slice(0, -1);
    body = body.trim();
    if (!body.startsWith("/*")) pieces.push({ isAction: true, text: body });
    at = end + 2;
  }
}

/** Where the closing }} of an action stands; quotes hide braces. */
function actionEnd(text: string, start: number): number {
  const part = /"(?:[^"\\\n]|\\.)*"|`[^`]*`|'(?:[^'\\\n]|\\.)+'|\/\*[\s\S]*?\*\/|\}\}|[\s\S]/y;
  part.lastIndex = start;
  for (let match = part.exec(text); match !== null; match = part.exec(text)) if (match[0] === "}}") return match.index;
  throw new TemplateError("unclosed action, expecting }}");
}

const ends: ReadonlySet<string> = new Set(["end", "else"]);

function parseNodes(reader: Reader, depth: number): readonly Node[] {
  if (depth > depthMax) throw new TemplateError(`the template is nested deeper than ${depthMax} levels`);
  const nodes: Node[] = [];
  for (;;) {
    const piece = reader.pieces[reader.at];
    if (piece === undefined) return nodes;
    if (!piece.isAction) { nodes.push({ kind: "text", text: piece.text }); reader.at += 1; continue; }
    const word = /^\w+/.exec(piece.text)?.[0] ?? "";
    if (ends.has(word)) {
      if (depth === 0) throw new TemplateError(`unexpected {{${word}}}`);
      return nodes;
    }
    reader.at += 1;
    if (word === "if" || word === "with" || word === "range") nodes.push(parseControl(reader, word, piece.text.slice(word.length), depth));
    else if (word === "break" || word === "continue") nodes.push({ kind: word });
    else if (word === "define" || word === "template" || word === "block") throw new TemplateError(`{{${word}}} is not supported in a query`);
    else nodes.push({ kind: "print", pipeline: parsePipelineText(piece.text) });
  }
}

function parseControl(reader: Reader, kind: "if" | "with" | "range", text: string, depth: number): Node {
  const pipeline = parsePipelineText(text);
  const body = parseNodes(reader, depth + 1);
  const piece = reader.pieces[reader.at];
  if (piece === undefined) throw new TemplateError(`unclosed {{${kind}}}, expecting {{end}}`);
  reader.at += 1;
  if (piece.text === "end") return { kind, pipeline, body, otherwise: [] };
  const chained = /^else\s+(if|with)\b/.exec(piece.text);
  if (chained !== null) {
    const inner = chained[1] === "with" ? "with" : "if";
    return { kind, pipeline, body, otherwise: [parseControl(reader, inner, piece.text.slice(chained[0].length), depth + 1)] };
  }
  if (piece.text !== "else") throw new TemplateError(`unexpected {{${piece.text}}}, expecting {{else}} or {{end}}`);
  const otherwise = parseNodes(reader, depth + 1);
  if (reader.pieces[reader.at]?.text !== "end") throw new TemplateError(`unclosed {{else}}, expecting {{end}}`);
  reader.at += 1;
  return { kind, pipeline, body, otherwise };
}

interface Words { readonly words: readonly string[]; at: number }
const word =
  /\s+|"(?:[^"\\\n]|\\.)*"|`[^`]*`|'(?:[^'\\\n]|\\.)+'|:=|[()|,=]|(?:\$\w*|\.)?(?:\.?[\p{L}_][\p{L}\p{N}_]*)(?:\.[\p{L}_][\p{L}\p{N}_]*)*|\$|\.(?!\d)|[+-]?(?:0[xX][0-9a-fA-F_]+|\d[\d_]*\.?\d*(?:[eE][+-]?\d+)?|\.\d+)/uy;

function parsePipelineText(text: string): Pipeline {
  const words: string[] = [];
  word.lastIndex = 0;
  while (word.lastIndex < text.length) {
    const at = word.lastIndex;
    const match = word.exec(text);
    if (match === null) throw new TemplateError(`unexpected ${JSON.stringify(text.slice(at, at + 10))} in {{${text}}}`);
    words.push(/^\s/.test(match[0]) ? " " : match[0]);
  }
  const state = { words, at: 0 };
  const pipeline = parsePipeline(state, 0);
  if (state.at < words.length) throw new TemplateError(`unexpected ${words[state.at] ?? ""} in {{${text}}}`);
  return pipeline;
}

function skipSpace(state: Words): void { while (state.words[state.at] === " ") state.at += 1; }

function parsePipeline(state: Words, depth: number): Pipeline {
  if (depth > depthMax) throw new TemplateError(`the template is nested deeper than ${depthMax} levels`);
  skipSpace(state);
  const declares: string[] = [];
  let assigns = false;
  const joined = state.words.slice(state.at).filter((one) => one !== " ");
  const operatorAt = joined.findIndex((one) => one === ":=" || one === "=");
  if (operatorAt > 0 && joined.slice(0, operatorAt).every((one) => one === "," || one.startsWith("$"))) {
    for (const one of joined.slice(0, operatorAt)) if (one !== ",") declares.push(one);
    assigns = joined[operatorAt] === "=";
    while (state.words[state.at] !== joined[operatorAt]) state.at += 1;
    state.at += 1;
  }
  const commands: Command[] = [];
  for (;;) {
    commands.push(parseCommand(state, depth));
    skipSpace(state);
    if (state.words[state.at] !== "|") return { declares, assigns, commands };
    state.at += 1;
  }
}

function parseCommand(state: Words, depth: number): Command {
  const terms: Term[] = [];
  for (;;) {
    skipSpace(state);
    const text = state.words[state.at];
    if (text === undefined || text === ")" || text === "|") break;
    state.at += 1;
    terms.push(text === "(" ? parseParenthesis(state, depth) : parseTerm(text, terms.length === 0));
  }
  if (terms.length === 0) throw new TemplateError("missing value for command");
  return { terms };
}

function parseParenthesis(state: Words, depth: number): Term {
  const pipeline = parsePipeline(state, depth + 1);
  if (state.words[state.at] !== ")") throw new TemplateError("unclosed left paren, expecting )");
  state.at += 1;
  const after = state.words[state.at];
  if (after === undefined || !/^\.\p{L}/u.test(after)) return { kind: "pipeline", pipeline, path: [] };
  state.at += 1;
  return { kind: "pipeline", pipeline, path: after.slice(1).split(".") };
}

function parseTerm(text: string, isFirst: boolean): Term {
  if (text.startsWith('"')) return { kind: "value", value: unquote(text) };
  if (text.startsWith("`")) return { kind: "value", value: text.slice(1, -1) };
  if (text.startsWith("'")) return { kind: "value", value: BigInt(unquote(text).codePointAt(0) ?? 0) };
  if (text.startsWith("$")) { const [name = "$", ...path] = text.split("."); return { kind: "variable", name, path }; }
  if (text === ".") return { kind: "field", path: [] };
  if (/^\.[\p{L}_]/u.test(text)) return { kind: "field", path: text.slice(1).split(".") };
  if (/^[+-]?[\d.]/.test(text)) {
    const clean = text.replaceAll("_", "");
    return {
      kind: "value",
      value: /^[+-]?(0[xX][0-9a-fA-F]+|\d+)$/.test(clean) ? (clean.startsWith("-") ? -BigInt(clean.slice(1)) : BigInt(clean.replace("+", ""))) : Number(clean),
    };
  }
  if (text === "true" || text === "false") return { kind: "value", value: text === "true" };
  if (text === "nil") return { kind: "value", value: undefined };
  if (/^[,:=]/.test(text)) throw new TemplateError(`unexpected ${text}`);
  const [name = "", ...path] = text.split(".");
  if (!templateFunctionNames.has(name)) throw new TemplateError(`function ${JSON.stringify(name)} not defined`);
  if (path.length > 0 || (!isFirst && name === "")) throw new TemplateError(`unexpected .${path.join(".")}`);
  return { kind: "call", name };
}

function unquote(text: string): string {
  let out = "";
  for (let at = 1; at < text.length - 1;) {
    if (text[at] !== "\\") { out += text[at] ?? ""; at += 1; continue; }
    const escape = readEscape(text, at);
    if (escape === undefined) throw new TemplateError(`invalid syntax in ${text}`);
    out += escape.text;
    at = escape.end;
  }
  return out;
}
