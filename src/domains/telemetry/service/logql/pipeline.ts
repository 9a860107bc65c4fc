// A pipeline of LogQL, compiled once per query: a probe that drops most lines cheaply, and the steps that decide.
import type { ByteTools } from "../byte-tools.ts";
import { compileTemplate } from "./template/evaluate.ts";
import { asksForErrors, compileLabelFilter, compileMatcher, namesOfFilter } from "./label-filter.ts";
import { compileLineFilter, type LineTest } from "./line-filter.ts";
import type { LineState } from "./line-state.ts";
import { compileJson, compileLogfmt, compilePatternParser, compileRegexp, compileUnpack, type Step } from "./parsers.ts";
import { compileQuickProbe, type QuickProbe } from "./quick-probe.ts";
import type { NameOrMatcher, Stage } from "./ast.ts";

export interface LogPipeline {
  /** Line filters that stand before anything changes the line. */
  readonly filters: readonly LineTest[];
  /** Whether a line may pass the rest; true where only the whole pipeline can tell. Labels are undefined afterwards. */
  readonly probe: Step | undefined;
  /** Labels that the probe parses; undefined where there is no probe. */
  readonly probeWanted: ReadonlySet<string> | undefined;
  /** The same question to the bytes of a line, for streams without labels of these names; where it says yes, the probe is not asked again. */
  readonly quick: QuickProbe | undefined;
  /** Whether its yes is the last word: no stage is left, and nobody asks for a label of the line. */
  readonly isQuickEnough: boolean;
  readonly steps: readonly Step[];
  /** Whether no stage touches labels, so that all lines of a stream without metadata have the same ones. */
  readonly keepsLabels: boolean;
}

/** `wanted`: the only labels that anybody asks for after a parser; undefined where all are. `isOnlyCounted`: nobody asks for labels once the stages are done. */
export function compilePipeline(stages: readonly Stage[], tools: ByteTools, wanted?: ReadonlySet<string>, isOnlyCounted = false): LogPipeline {
  const leading = stages.findIndex((stage) => stage.kind !== "line-filter");
  const count = leading === -1 ? stages.length : leading;
  const filters = stages.slice(0, count).flatMap((stage) => (stage.kind === "line-filter" ? [compileLineFilter(stage, tools)] : []));
  const rest = stages.slice(count);
  const steps = rest.filter((stage) => stage.kind !== "unwrap").map((stage) => compileStage(stage, tools, wanted));
  return {
    filters, steps, ...compileProbe(rest, tools),
    isQuickEnough: isOnlyCounted && rest[0]?.kind === "json" && rest.slice(1).every((stage) => stage.kind === "label-filter" && !asksForErrors(stage.filter)),
    keepsLabels: rest.every((stage) => stage.kind === "line-filter" || stage.kind === "decolorize" || stage.kind === "line-format" || stage.kind === "label-filter"),
  };
}

/** `| json | status >= 500 …`: first only the labels of the filters that follow directly. */
function compileProbe(stages: readonly Stage[], tools: ByteTools): Pick<LogPipeline, "probe" | "probeWanted" | "quick"> {
  const [parser, ...after] = stages;
  const isParser = parser !== undefined && ((parser.kind === "json" && parser.fields.length === 0) || (parser.kind === "logfmt" && parser.fields.length === 0));
  const end = after.findIndex((stage) => stage.kind !== "label-filter");
  const filters = after.slice(0, end === -1 ? after.length : end).flatMap((stage) => (stage.kind === "label-filter" && !asksForErrors(stage.filter) ? [stage.filter] : []));
  if (!isParser || filters.length === 0) return { probe: undefined, probeWanted: undefined, quick: undefined };
  const probeWanted = new Set(filters.flatMap(namesOfFilter));
  const parse = compileStage(parser, tools, probeWanted);
  const tests = filters.map(compileLabelFilter);
  return {
    probeWanted, quick: parser.kind === "json" ? compileQuickProbe(filters, tools) : undefined,
    probe: (line) => { parse(line); return tests.every((test) => test(line.labels)); },
  };
}

const colors = /\u001b\[[0-9;]*[A-Za-z]/g;

export function compileStage(stage: Stage, tools: ByteTools, wanted?: ReadonlySet<string>): Step {
  switch (stage.kind) {
    case "line-filter": return compileLineFilter(stage, tools).test;
    case "json": return compileJson(stage.fields, tools, wanted);
    case "logfmt": return compileLogfmt(stage);
    case "regexp": return compileRegexp(stage.text);
    case "pattern": return compilePatternParser(stage.text);
    case "unpack": return compileUnpack();
    case "decolorize": return (line) => { if (line.text.includes("\u001b")) line.text = line.text.replaceAll(colors, ""); return true; };
    case "label-filter": { const test = compileLabelFilter(stage.filter); return (line) => test(line.labels); }
    case "line-format": return compileLineFormat(stage.text);
    case "label-format": return compileLabelFormat(stage.formats);
    case "drop": return compileDrop(stage.items);
    case "keep": return compileKeep(stage.items);
    case "distinct": return compileDistinct(stage.labels);
    case "unwrap": return () => true;
  }
}

function runTemplate(template: ReturnType<typeof compileTemplate>, line: LineState): string {
  return template.run((name) => line.labels.get(name), { line: line.text, timestampNs: line.timestampNs, nowNs: line.nowNs });
}

function compileLineFormat(text: string): Step {
  const template = compileTemplate(text);
  return (line) => {
    try { line.text = runTemplate(template, line); } catch (error) { line.labels.fail("TemplateFormatErr", error instanceof Error ? error.message : String(error)); }
    return true;
  };
}

function compileLabelFormat(formats: Extract<Stage, { kind: "label-format" }>["formats"]): Step {
  const compiled = formats.map((format) => ({ ...format, template: format.isTemplate ? compileTemplate(format.source) : undefined }));
  return (line) => {
    const { labels } = line;
    for (const { label, source, template } of compiled) {
      if (template === undefined) {
        const value = labels.get(source);
        if (value !== undefined) { labels.set(label, value); if (label !== source) labels.delete(source); }
        continue;
      }
      try { labels.set(label, runTemplate(template, line)); } catch (error) { labels.fail("TemplateFormatErr", error instanceof Error ? error.message : String(error)); }
    }
    return true;
  };
}

/** Sets of values that one query may remember; further ones pass. */
const distinctMax = 100_000;

function compileDistinct(names: readonly string[]): Step {
  const seen = new Set<string>();
  return ({ labels }) => {
    const key = names.map((name) => labels.get(name) ?? "").join("\u0001");
    if (seen.has(key)) return false;
    if (seen.size < distinctMax) seen.add(key);
    return true;
  };
}

function compileItems(items: readonly NameOrMatcher[]): readonly { readonly name: string; readonly test: ((value: string) => boolean) | undefined }[] {
  return items.map((item) => ({ name: item.name, test: item.matcher === undefined ? undefined : compileMatcher(item.matcher) }));
}

function compileDrop(items: readonly NameOrMatcher[]): Step {
  const compiled = compileItems(items);
  return ({ labels }) => {
    for (const { name, test } of compiled) if (test === undefined || test(labels.get(name) ?? "")) labels.delete(name);
    return true;
  };
}

function compileKeep(items: readonly NameOrMatcher[]): Step {
  const compiled = compileItems(items);
  return ({ labels }) => {
    for (const name of [...labels.names()]) {
      if (name.startsWith("__error")) continue;
      const item = compiled.find((one) => one.name === name);
      if (item === undefined || (item.test !== undefined && !item.test(labels.get(name) ?? ""))) labels.delete(name);
    }
    return true;
  };
}
