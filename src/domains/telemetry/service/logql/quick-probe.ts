// The label filters right after `| json`, decided on the bytes of a line before any label of it is made. Where it is sure it says what the probe over labels says.
import type { ByteTools } from "../byte-tools.ts";
import { StringTable } from "../wire/strings.ts";
import { fieldsMax, JsonFields } from "./json-fields.ts";
import { compileMatcher, namesOfFilter, readersOfNumbers, comparison } from "./label-filter.ts";
import type { LabelSet } from "../labels.ts";
import type { LabelFilter } from "./ast.ts";

/** undefined: cannot be told here. */
type Verdict = boolean | undefined;

export interface QuickProbe {
  /** Whether no label of the stream has a name that the filters ask for. */
  isFor(stream: number, streams: readonly LabelSet[]): boolean;
  /** What the filters ask for. */
  readonly names: readonly string[];
  /** False drops the line, undefined leaves it to the probe over labels. `isHidden`: the line may have structured metadata of a name that is asked for, which goes before the field. */
  probe(bytes: Uint8Array, start: number, end: number, isHidden: boolean): Verdict;
}

type Judge = (texts: readonly (string | undefined)[]) => Verdict;

/** Values repeat from line to line; a memo of more would only grow. */
const memoMax = 1000;

function remembered(test: (text: string) => Verdict): (text: string) => Verdict {
  const known = new Map<string, Verdict>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const verdict = test(text);
    if (known.size < memoMax) known.set(text, verdict);
    return verdict;
  };
}

function judgeOf(filter: LabelFilter, names: readonly string[]): Judge | undefined {
  switch (filter.kind) {
    case "string": {
      const test = remembered(compileMatcher(filter.matcher));
      const at = names.indexOf(filter.matcher.name);
      return (texts) => test(texts[at] ?? "");
    }
    case "number": case "duration": case "bytes": {
      const read = readersOfNumbers[filter.kind];
      const compare = comparison(filter.op, filter.value);
      // A value that is no number marks the line with an error and keeps it.
      const test = remembered((text) => { const value = read(text); return value === undefined ? undefined : compare(value); });
      const at = names.indexOf(filter.name);
      return (texts) => { const text = texts[at]; return text === undefined ? false : test(text); };
    }
    case "ip": return undefined;
    case "and": case "or": {
      const left = judgeOf(filter.left, names);
      const right = judgeOf(filter.right, names);
      if (left === undefined || right === undefined) return undefined;
      const isAnd = filter.kind === "and";
      return (texts) => { const a = left(texts); const b = right(texts); return a === undefined || b === undefined ? undefined : isAnd ? a && b : a || b; };
    }
  }
}

/** Undefined where the filters ask for what only the whole pipeline knows. */
export function compileQuickProbe(filters: readonly LabelFilter[], tools: ByteTools): QuickProbe | undefined {
  const names = [...new Set(filters.flatMap(namesOfFilter))];
  if (names.length === 0 || names.length > fieldsMax || names.some((name) => name.endsWith("_extracted") || name.startsWith("__error"))) return undefined;
  const judges = filters.map((filter) => judgeOf(filter, names));
  if (judges.some((judge) => judge === undefined)) return undefined;
  const fields = new JsonFields(names, tools);
  const strings = new StringTable();
  const texts: (string | undefined)[] = names.map(() => undefined);
  const isPlain: (boolean | undefined)[] = [];
  return {
    names,
    isFor: (stream, streams) => isPlain[stream] ??= !names.some((name) => streams[stream]?.map.has(name) === true),
    probe: (bytes, start, end, isHidden) => {
      if (isHidden || !fields.scan(bytes, start, end, names.length)) return undefined;
      for (let at = 0; at < texts.length; at += 1) {
        const from = fields.starts[at] as number; // one for each name
        texts[at] = from < 0 ? undefined : strings.read(bytes, from, fields.ends[at] as number); // as above
      }
      let isKept = true;
      for (const judge of judges) { const verdict = judge?.(texts); if (verdict === undefined) return undefined; if (!verdict) isKept = false; }
      return isKept;
    },
  };
}
