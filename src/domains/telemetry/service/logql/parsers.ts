// The parser stages: json, logfmt, regexp, pattern, unpack. Each adds labels to a line or marks it with an error; none drops it.
import { compileRegex } from "../regex.ts";
import { StringTable } from "../wire/strings.ts";
import { fieldsMax, JsonFields } from "./json-fields.ts";
import { parseJsonPath, rawAtPath } from "./json-path.ts";
import { JsonScanner, sanitizeName, unescapeJson, type JsonSink } from "./json-scan.ts";
import type { LabelState } from "./label-state.ts";
import type { LineState } from "./line-state.ts";
import { scanLogfmt } from "./logfmt-scan.ts";
import { compilePattern } from "./pattern.ts";
import type { ByteTools } from "../byte-tools.ts";
import type { ExtractedField, Stage } from "./ast.ts";

export type Step = (line: LineState) => boolean;

/** What a parser hands over goes to the labels of the line that is being looked at. */
class LabelSink implements JsonSink {
  labels: LabelState | undefined;

  wants(name: string, isPrefix: boolean): boolean {
    const wanted = this.labels?.wanted;
    if (wanted === undefined) return true;
    if (!isPrefix) return wanted.has(name) || wanted.has(`${name}_extracted`);
    for (const one of wanted) if (one.startsWith(name) && one[name.length] === "_") return true;
    return false;
  }

  set(name: string, value: string): boolean { return this.labels?.setParsed(name, value) ?? true; }
}

/** `wanted`: the only labels that anybody asks for; undefined where all are. */
export function compileJson(fields: readonly ExtractedField[], tools: ByteTools, wanted?: ReadonlySet<string>): Step {
  if (fields.length > 0) return compileJsonFields(fields);
  const valuesMax = wanted?.size ?? Infinity;
  const scanner = new JsonScanner(tools, valuesMax);
  const sink = new LabelSink();
  const names = [...wanted ?? []];
  const isFew = names.length > 0 && names.length <= fieldsMax && !names.some((name) => name.endsWith("_extracted"));
  const few = isFew ? new JsonFields(names, tools) : undefined;
  const strings = new StringTable();
  return (line) => {
    if (few !== undefined && few.scan(line.bytes, line.start, line.end, valuesMax)) {
      for (let at = 0; at < names.length; at += 1) {
        const from = few.starts[at] ?? -1;
        if (from >= 0) line.labels.setParsed(names[at] ?? "", strings.read(line.bytes, from, few.ends[at] ?? from));
      }
      return true;
    }
    sink.labels = line.labels;
    if (!scanner.scan(line.bytes, line.start, line.end, sink)) line.labels.fail("JSONParserErr", scanner.problem);
    return true;
  };
}

/** `| json a="b.c", d="e[0]"`: text as it is, everything else as it stands in the line; what is missing becomes an empty label. */
function compileJsonFields(fields: readonly ExtractedField[]): Step {
  const paths = fields.map((field) => ({ label: field.label, path: parseJsonPath(field.path) ?? [] }));
  return (line) => {
    try { JSON.parse(line.text); } catch (error) {
      line.labels.fail("JSONParserErr", error instanceof Error ? error.message : "broken");
      return true;
    }
    for (const { label, path } of paths) {
      const raw = rawAtPath(line.text, path);
      line.labels.setParsed(label, raw === undefined || raw === "null" ? "" : raw.startsWith('"') ? unescapeJson(raw.slice(1, -1)) : raw);
    }
    return true;
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function compileLogfmt(stage: Extract<Stage, { kind: "logfmt" }>): Step {
  const { isStrict, keepsEmpty, fields } = stage;
  const names = new Map<string, string>();
  const nameOf = (key: string): string => {
    let name = names.get(key);
    if (name === undefined) { name = sanitizeName(key, true); if (names.size < 4096) names.set(key, name); }
    return name;
  };
  if (fields.length > 0) {
    return (line) => {
      const found = new Map<string, string>();
      const problem = scanLogfmt(line.text, isStrict, (key, value) => { if (!found.has(key)) found.set(key, value); });
      for (const field of fields) {
        const value = found.get(field.path) ?? "";
        if (value !== "" || keepsEmpty || !found.has(field.path)) line.labels.setParsed(field.label, value);
      }
      if (problem !== "" && isStrict) line.labels.fail("LogfmtParserErr", problem);
      return true;
    };
  }
  return (line) => {
    const { labels } = line;
    const problem = scanLogfmt(line.text, isStrict, (key, value) => {
      const name = nameOf(key);
      if (name === "" || (value === "" && !keepsEmpty) || value.includes("\ufffd")) return;
      labels.setParsed(name, value);
    });
    if (problem !== "" && isStrict) labels.fail("LogfmtParserErr", problem);
    return true;
  };
}

export function compileRegexp(text: string): Step {
  const regex = compileRegex(text);
  return (line) => {
    const match = regex.exec(line.text);
    if (match !== undefined) for (const [name, value] of match.named) line.labels.setParsed(sanitizeName(name, true), value);
    return true;
  };
}

export function compilePatternParser(text: string): Step {
  const parse = compilePattern(text);
  return (line) => {
    const { labels } = line;
    parse(line.text, (name, value) => labels.setParsed(name, value));
    return true;
  };
}

/** Reverses Promtail's pack: texts become labels, `_entry` the line. */
export function compileUnpack(): Step {
  return (line) => {
    let document: unknown;
    try { document = JSON.parse(line.text); } catch { document = undefined; }
    if (!isRecord(document)) { line.labels.fail("JSONParserErr", "expecting json object, but it is not"); return true; }
    const entry = document["_entry"];
    for (const [key, value] of Object.entries(document)) if (key !== "_entry" && typeof value === "string") line.labels.setParsed(sanitizeName(key, true), value);
    if (typeof entry === "string") line.text = entry;
    return true;
  };
}
