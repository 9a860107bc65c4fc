// What a model says about a cluster: read, bounded, and held against what the signals say. Signals may hold orders; none of them gets through here. Pure.
import { parseJson } from "../../../base/json.ts";
import { termsOf } from "../../feedback/index.ts";
import { Wording, type Rung } from "../types.ts";

const answerCharsMax = 100_000;

export type WordingAnswer = { readonly kind: "wording"; readonly wording: Wording } | { readonly kind: "invalid"; readonly reason: string };

/** The one JSON object of an answer, bare or in a fence. */
export function parseObject(text: string): unknown {
  const bounded = text.slice(0, answerCharsMax);
  const start = bounded.indexOf("{"), end = bounded.lastIndexOf("}");
  return start < 0 || end < start ? undefined : parseJson(bounded.slice(start, end + 1));
}

/** Each with what it means: a sentence of a guardrail is read by every agent from then on. */
const refusals: readonly (readonly [RegExp, string])[] = [
  [/[\n\r]/, "it has more than one line"],
  [/https?:\/\/|www\./i, "it has an address"],
  [/<!--|<\/?[a-z][^>]{0,200}>/i, "it has HTML"],
  [/\b(?:ignore|disregard|forget|override)\b.{0,40}\b(?:previous|prior|above|earlier|all|other|system|instructions?|rules?)\b/i, "it sets instructions aside"],
  [
    /\b(?:disable|skip|bypass|turn off|switch off|remove|weaken|ignore)\b.{0,30}\b(?:checks?|lint|linter|tests?|reviews?|reviewers?|sandbox|gates?|hooks?|guardrails?|policy|ci)\b/i,
    "it loosens a gate",
  ],
  [/--no-verify|--unchecked|--unsandboxed|--force\b/i, "it names a flag that goes around a gate"],
  [/\b(?:curl|wget|nc|ssh|bash -c|sh -c|eval)\b[ \t]+\S/i, "it has a command that reaches outside"],
  [/\b(?:approve|merge)\b.{0,30}\b(?:automatically|everything|all|without)\b/i, "it decides what a person decides"],
  [
    /\b(?:secret|token|password|credential|api[ _-]?key|environment variable)s?\b.{0,30}\b(?:print|send|post|log|upload|include|expose)\b|\b(?:print|send|post|upload|expose)\b.{0,30}\b(?:secret|token|password|credential|api[ _-]?key)s?\b/i,
    "it speaks of giving secrets away",
  ],
  [/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/, "it has invisible characters"],
];

function refusalOf(name: string, text: string): string | undefined {
  const found = refusals.find(([pattern]) => pattern.test(text));
  return found === undefined ? undefined : `${name}: ${found[1]}`;
}

export function readWording(text: string, about: { readonly terms: readonly string[]; readonly rung: Rung; readonly signalIds: readonly number[] }): WordingAnswer {
  const parsed = Wording.safeParse(parseObject(text));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return { kind: "invalid", reason: `${issue?.path.join(".") || "the answer"}: ${issue?.message ?? "another form"}` };
  }
  const wording = parsed.data;
  const { rule } = wording;
  const spoken: readonly (readonly [string, string])[] = [
    ["title", wording.title],
    ["lesson", wording.lesson],
    ["why", wording.why],
    ...(rule === undefined
      ? []
      : ([
          ["rule.message", rule.message],
          ["rule.note", rule.note],
          ["rule.expected", rule.expected],
        ] as const)),
  ];
  const refused = spoken.flatMap(([name, value]) => refusalOf(name, value) ?? [])[0];
  if (refused !== undefined) return { kind: "invalid", reason: refused };
  const own = new Set(termsOf(`${wording.title} ${wording.lesson} ${wording.why}`));
  const shared = about.terms.filter((term) => own.has(term)).length;
  if (shared < Math.min(2, about.terms.length)) return { kind: "invalid", reason: `it speaks of something else than the signals, which share: ${about.terms.join(", ")}` };
  if (about.rung === "lint" && rule === undefined && wording.test === undefined)
    return { kind: "invalid", reason: "rule: missing, and this rung is a rule, or a test where no pattern of one file can express it" };
  const outside =
    wording.test === undefined
      ? null
      : /\b(?:import|require|process|globalThis|global|eval|Function|fetch|WebAssembly|constructor|__proto__|Deno|Bun)\b/.exec(wording.test.check);
  if (outside !== null) return { kind: "invalid", reason: `test.check: it speaks of \`${outside[0]}\`, expected a function of its facts and nothing else` };
  return {
    kind: "wording",
    wording: { ...wording, contradictions: wording.contradictions.filter(({ a, b }) => a !== b && about.signalIds.includes(a) && about.signalIds.includes(b)) },
  };
}

/** Verdicts on places, by their number; what is not said is not right. */
export function readVerdicts(text: string, count: number): readonly boolean[] {
  const value = parseObject(text);
  const faults = typeof value === "object" && value !== null && "faults" in value && Array.isArray(value.faults) ? new Set(value.faults) : new Set();
  return Array.from({ length: count }, (_one, index) => faults.has(index + 1));
}
