// inspan.yaml as a whole: YAML text to a typed view, every complaint with line and column. Each key's meaning belongs to its domain.
import { isMap, isScalar, LineCounter, parseDocument, type Document } from "yaml";
import type { z } from "zod";
import type { ConfigSection, Configuration } from "../base/config-section.ts";
import { InspanError, messageOf } from "../base/errors.ts";

/** Keys of the contract whose domain comes with a later version: accepted, and said to be without effect. */
export const reservedKeys = ["journeys", "sandbox", "trackers", "engine", "notify"] as const;

// A configuration above this is not one that a person wrote; YAML aliases could blow it up further.
const charsMax = 512 * 1024;

interface Complaint { readonly line: number; readonly column: number; readonly text: string }

function invalid(path: string, complaints: readonly Complaint[]): InspanError {
  const shown = complaints.slice(0, 10).map((complaint) => `${path}:${complaint.line}:${complaint.column} ${complaint.text}`);
  const rest = complaints.length > 10 ? `\n… and ${complaints.length - 10} more` : "";
  return new InspanError("CONFIG_INVALID", `Cannot read the configuration:\n${shown.join("\n")}${rest}`, {
    kind: "usage",
    remedy: `edit ${path}:${complaints[0]?.line ?? 1}, then run: inspan check`,
  });
}

/** Line and column of the deepest node of this path that exists, counted from 1. */
function positionOf(document: Document.Parsed, counter: LineCounter, path: readonly PropertyKey[]): { line: number; column: number } {
  for (let length = path.length; length >= 0; length--) {
    const part = path.slice(0, length).map((key) => (typeof key === "symbol" ? String(key) : key));
    const parent = part.length === 0 ? document.contents : document.getIn(part.slice(0, -1), true) ?? document.contents;
    const last = part.at(-1);
    const pair = isMap(parent) && last !== undefined ? parent.items.find((item) => isScalar(item.key) && item.key.value === last) : undefined;
    const node = pair && isScalar(pair.key) ? pair.key : part.length === 0 ? document.contents : document.getIn(part, true);
    const range = typeof node === "object" && node !== null && "range" in node ? (node.range as readonly number[] | null | undefined) : undefined; // every parsed yaml node has one
    if (range?.[0] !== undefined) {
      const position = counter.linePos(range[0]);
      return { line: Math.max(1, position.line), column: Math.max(1, position.col) };
    }
  }
  return { line: 1, column: 1 };
}

function nearest(key: string, known: readonly string[]): string {
  const close = known.find((name) => name.startsWith(key.slice(0, 3)) || name.includes(key) || key.includes(name));
  return close ? `, did you mean "${close}"?` : "";
}

function parseYaml(text: string, path: string): { document: Document.Parsed; counter: LineCounter; value: Record<string, unknown> } {
  if (text.length > charsMax) throw invalid(path, [{ line: 1, column: 1, text: `the file has ${text.length} characters, expected at most ${charsMax}` }]);
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false, uniqueKeys: true });
  if (document.errors.length > 0) {
    throw invalid(path, document.errors.map((error) => ({ line: counter.linePos(error.pos[0]).line, column: counter.linePos(error.pos[0]).col, text: error.message })));
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 50 }) ?? {};
  } catch (error) {
    throw invalid(path, [{ line: 1, column: 1, text: messageOf(error) }]); // an alias of nothing, or aliases that would blow up
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw invalid(path, [{ line: 1, column: 1, text: "expected a map of keys, for example: version: 1" }]);
  return { document, counter, value: value as Record<string, unknown> }; // checked to be a plain map just above
}

/** Where several forms are allowed: the complaints of the form that was meant, or all forms in one sentence where none was. */
function narrowed(issue: z.core.$ZodIssue): readonly z.core.$ZodIssue[] {
  if (issue.code === "invalid_key") return [{ ...issue, message: issue.issues[0]?.message ?? issue.message }];
  if (issue.code !== "invalid_union" || issue.errors.length === 0) return [issue];
  const forms = issue.errors.map((form) => form.flatMap(narrowed));
  const meant = forms.find((form) => form.some((inner) => inner.path.length > 0 || inner.code !== "invalid_type"));
  if (meant !== undefined) return meant.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }));
  const expected = [
    ...new Set(
      forms
        .flat()
        .flatMap((inner) =>
          inner.code === "invalid_type" ? [{ record: "map", object: "map", array: "list" }[String(inner.expected)] ?? String(inner.expected)] : [],
        ),
    ),
  ];
  const received = /received (\w+)/.exec(forms.flat()[0]?.message ?? "")?.[1];
  return [{ ...issue, message: `Invalid input: expected ${expected.join(" or ")}${received === undefined ? "" : `, received ${received}`}` }];
}

/** Throws CONFIG_INVALID; `text` undefined means that there is no file, which gives every section's defaults. */
export function parseConfiguration(options: { readonly text: string | undefined; readonly path: string; readonly sections: readonly ConfigSection[] }): Configuration {
  const { text, path, sections } = options;
  const parsed = new Map<string, unknown>();
  const complaints: Complaint[] = [];
  const source = text === undefined ? undefined : parseYaml(text, path);
  const value = source?.value ?? {};
  const at = (keys: readonly PropertyKey[]) => (source ? positionOf(source.document, source.counter, keys) : { line: 1, column: 1 });
  if (source && value["version"] !== 1) complaints.push({ ...at(["version"]), text: `expected "version: 1", got ${JSON.stringify(value["version"]) ?? "none"}` });
  const known = ["version", ...reservedKeys, ...sections.map((section) => section.key)];
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) complaints.push({ ...at([key]), text: `unknown key "${key}"${nearest(key, known)}` });
  }
  for (const section of sections) {
    const result = section.schema.safeParse(value[section.key] ?? undefined);
    if (result.success) { parsed.set(section.key, result.data); continue; }
    for (const issue of result.error.issues.flatMap(narrowed)) {
      const unknownKey = issue.code === "unrecognized_keys" ? issue.keys[0] : undefined;
      const where = [section.key, ...issue.path, ...(unknownKey === undefined ? [] : [unknownKey])];
      complaints.push({ ...at(where), text: `${[section.key, ...issue.path.map(String)].join(".")}: ${issue.message}` });
    }
  }
  if (complaints.length > 0) throw invalid(path, complaints);
  return {
    path: text === undefined ? undefined : path,
    keys: Object.keys(value),
    lineOf: (keys) => at(keys).line,
    read: <Schema extends z.ZodType>(section: ConfigSection<Schema>) => {
      if (!parsed.has(section.key)) throw new Error(`BUG: expected the section "${section.key}" to be contributed by its domain`);
      return parsed.get(section.key) as z.infer<Schema>; // parsed by this very schema above
    },
  };
}
