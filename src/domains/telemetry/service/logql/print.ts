// A LogQL tree as text in one form: what two people wrote differently reads the same, and reads back as the same tree.
import type { Expression, Grouping, LabelFilter, LogExpression, Matcher, MetricExpression, Stage, VectorMatching } from "./ast.ts";

/** A query of at most this length stays on one line; a longer one gets a line for each stage and argument. */
const lineCharsMax = 100;

const quote = (text: string): string => JSON.stringify(text);

/** The largest units first, whole numbers only: "1h30m", "1500ms" as "1s500ms". */
function printDuration(ns: number): string {
  if (ns === 0) return "0s";
  let rest = Math.abs(Math.round(ns));
  const parts: string[] = [];
  for (const [unit, size] of [["h", 3.6e12], ["m", 6e10], ["s", 1e9], ["ms", 1e6], ["us", 1e3], ["ns", 1]] as const) {
    const count = Math.floor(rest / size);
    if (count > 0) parts.push(`${count}${unit}`);
    rest -= count * size;
  }
  return `${ns < 0 ? "-" : ""}${parts.join("")}`;
}

function printBytes(value: number): string {
  for (const [unit, size] of [
    ["PiB", 2 ** 50],
    ["TiB", 2 ** 40],
    ["GiB", 2 ** 30],
    ["MiB", 2 ** 20],
    ["KiB", 1024],
    ["PB", 1e15],
    ["TB", 1e12],
    ["GB", 1e9],
    ["MB", 1e6],
    ["KB", 1e3],
  ] as const)
    if (value !== 0 && value % size === 0) return `${value / size}${unit}`;
  return `${value}B`;
}

function printMatcher({ name, op, value }: Matcher): string { return `${name}${op}${quote(value)}`; }

function printFilter(filter: LabelFilter, isInner = false): string {
  switch (filter.kind) {
    case "string": return printMatcher(filter.matcher);
    case "number": return `${filter.name} ${filter.op} ${filter.value}`;
    case "duration": return `${filter.name} ${filter.op} ${printDuration(filter.value)}`;
    case "bytes": return `${filter.name} ${filter.op} ${printBytes(filter.value)}`;
    case "ip": return `${filter.name} ${filter.isNegated ? "!=" : "="} ip(${quote(filter.pattern)})`;
    case "and": case "or": {
      const text = `${printFilter(filter.left, true)} ${filter.kind} ${printFilter(filter.right, true)}`;
      return isInner ? `(${text})` : text;
    }
  }
}

function printStage(stage: Stage): string {
  switch (stage.kind) {
    case "line-filter": return `${stage.op} ${stage.terms.map(({ isIp, text }) => (isIp ? `ip(${quote(text)})` : quote(text))).join(" or ")}`;
    case "json": case "logfmt": {
      const flags = stage.kind === "logfmt" ? `${stage.isStrict ? " --strict" : ""}${stage.keepsEmpty ? " --keep-empty" : ""}` : "";
      return `| ${stage.kind}${flags}${stage.fields.length === 0 ? "" : ` ${stage.fields.map(({ label, path }) => (label === path ? label : `${label}=${quote(path)}`)).join(", ")}`}`;
    }
    case "regexp": case "pattern": return `| ${stage.kind} ${quote(stage.text)}`;
    case "line-format": return `| line_format ${quote(stage.text)}`;
    case "unpack": case "decolorize": return `| ${stage.kind}`;
    case "label-filter": return `| ${printFilter(stage.filter)}`;
    case "label-format": return `| label_format ${stage.formats.map(({ label, source, isTemplate }) => `${label}=${isTemplate ? quote(source) : source}`).join(", ")}`;
    case "drop": case "keep": return `| ${stage.kind} ${stage.items.map(({ name, matcher }) => (matcher === undefined ? name : printMatcher(matcher))).join(", ")}`;
    case "distinct": return `| distinct ${stage.labels.join(", ")}`;
    case "unwrap": return `| unwrap ${stage.conversion === undefined ? stage.label : `${stage.conversion}(${stage.label})`}`;
  }
}

function printLog({ matchers, stages }: LogExpression, indent: string): string {
  const parts = [`{${matchers.map(printMatcher).join(", ")}}`, ...stages.map(printStage)];
  const line = parts.join(" ");
  return line.length <= lineCharsMax ? line : parts.join(`\n${indent}  `);
}

function printGrouping(grouping: Grouping | undefined): string {
  return grouping === undefined ? "" : ` ${grouping.isWithout ? "without" : "by"} (${grouping.labels.join(", ")})`;
}

function printMatching(matching: VectorMatching | undefined): string {
  if (matching === undefined) return "";
  const group = matching.group === undefined ? "" : ` group_${matching.group}${matching.include.length === 0 ? "" : ` (${matching.include.join(", ")})`}`;
  return ` ${matching.isOn ? "on" : "ignoring"} (${matching.labels.join(", ")})${group}`;
}

/** `name(arguments)suffix`, broken into lines where it is long. */
function printCall(head: string, parts: readonly ((indent: string) => string)[], indent: string): string {
  const flat = `${head}(${parts.map((part) => part("")).join(", ")})`;
  if (flat.length <= lineCharsMax && !flat.includes("\n")) return flat;
  const inner = `${indent}  `;
  return `${head}(\n${parts.map((part) => `${inner}${part(inner)}`).join(",\n")}\n${indent})`;
}

function printMetric(expression: MetricExpression, indent: string): string {
  switch (expression.kind) {
    case "literal": return String(expression.value);
    case "vector": return `vector(${expression.value})`;
    case "range": {
      const { op, parameter, log, rangeNs, offsetNs, grouping } = expression;
      const range = `[${printDuration(rangeNs)}]${offsetNs === 0 ? "" : ` offset ${printDuration(offsetNs)}`}`;
      return `${printCall(op, [...(parameter === undefined ? [] : [() => String(parameter)]), (inner) => `${printLog(log, inner)} ${range}`], indent)}${printGrouping(grouping)}`;
    }
    case "aggregation": {
      const { op, parameter, of, grouping } = expression;
      const head = `${op}${printGrouping(grouping)}${grouping === undefined ? "" : " "}`;
      return printCall(head, [...(parameter === undefined ? [] : [() => String(parameter)]), (inner) => printMetric(of, inner)], indent);
    }
    case "label-replace": {
      const { of, target, replacement, source, pattern } = expression;
      return printCall("label_replace", [(inner) => printMetric(of, inner), ...[target, replacement, source, pattern].map((text) => () => quote(text))], indent);
    }
    case "binary": {
      const { op, left, right, isBool, matching } = expression;
      const side = (one: MetricExpression): string => (one.kind === "binary" ? `(${printMetric(one, indent)})` : printMetric(one, indent));
      const operator = `${op}${isBool ? " bool" : ""}${printMatching(matching)}`;
      const flat = `${side(left)} ${operator} ${side(right)}`;
      return flat.length <= lineCharsMax ? flat : `${side(left)}\n${indent}${operator}\n${indent}${side(right)}`;
    }
  }
}

/** Parsing the answer gives the same tree. */
export function printLogql(expression: Expression): string {
  return expression.kind === "log" ? printLog(expression, "") : printMetric(expression, "");
}
