// The YAML block at the head of a document, bounded; a broken or malicious one is a problem of that document and of nothing else.
import { isMap, isScalar, LineCounter, parseDocument } from "yaml";
import { messageOf } from "../../../base/errors.ts";
import type { FrontMatter } from "../types/document.ts";

/** No person writes more; YAML can blow up what it is given. */
const charsMax = 64 * 1024;
/** An alias used more often is a bomb. */
const aliasesMax = 50;

/** `key: words`: what YAML takes for text and nothing else, as most blocks are. */
const plainLine = /^([A-Za-z][\w-]*): ([A-Za-z](?:[\w ./-]*[\w./-])?) *$/;
/** Words that are values of another kind in some version of YAML. */
const notText = /^(?:y|yes|n|no|on|off|true|false|null)$/i;

/** Undefined where a line is more than a key with plain words; YAML reads it then. */
function readPlain(lines: readonly string[], end: number): FrontMatter | undefined {
  const value: Record<string, unknown> = {};
  const at: Record<string, number> = {};
  for (let line = 1; line < end; line++) {
    const [, key, words] = plainLine.exec(lines[line] ?? "") ?? [];
    if (key === undefined || words === undefined || notText.test(key) || notText.test(words) || Object.hasOwn(value, key) || key in Object.prototype) return undefined;
    value[key] = words;
    at[key] = line + 1;
  }
  return { endLine: end + 1, value, lines: at, problem: undefined };
}

/** Undefined where the document does not begin with `---`; `lines` are those of the whole document. */
export function readFrontMatter(lines: readonly string[]): FrontMatter | undefined {
  if (lines[0]?.trimEnd() !== "---") return undefined;
  let end = -1;
  let chars = 0;
  for (let at = 1; at < lines.length; at++) {
    const line = lines[at] ?? "";
    chars += line.length + 1;
    if (/^(---|\.\.\.)\s*$/.test(line)) { end = at; break; }
    if (chars > charsMax) return { endLine: 1, value: {}, lines: {}, problem: `it has more than ${charsMax / 1024} KiB` };
  }
  // A thematic break at the head, and no block at all.
  if (end === -1) return undefined;
  const plain = readPlain(lines, end);
  if (plain !== undefined) return plain;
  const refuse = (problem: string): FrontMatter => ({ endLine: end + 1, value: {}, lines: {}, problem });
  const counter = new LineCounter();
  try {
    const document = parseDocument(lines.slice(1, end).join("\n"), { lineCounter: counter, prettyErrors: false, uniqueKeys: true });
    const error = document.errors[0];
    if (error !== undefined) return refuse(`${error.message} (line ${counter.linePos(error.pos[0]).line + 1})`);
    const value: unknown = document.toJS({ maxAliasCount: aliasesMax }) ?? {};
    if (typeof value !== "object" || value === null || Array.isArray(value)) return refuse("it is no map of keys");
    const keys = isMap(document.contents)
      ? document.contents.items.flatMap((item) =>
          isScalar(item.key) && item.key.range ? [[String(item.key.value), counter.linePos(item.key.range[0]).line + 1] as const] : [],
        )
      : [];
    return { endLine: end + 1, value: { ...value }, lines: Object.fromEntries(keys), problem: undefined };
  } catch (error) {
    return refuse(messageOf(error)); // aliases that blow up, or nesting beyond the stack
  }
}
