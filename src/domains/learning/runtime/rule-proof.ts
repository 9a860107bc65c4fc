// A worded rule before it is proposed: fixtures from the real cases, what it finds today, what it would have found in the past.
import { join } from "node:path";
import { stringify } from "yaml";
import { messageOf } from "../../../base/errors.ts";
import type { Providers } from "../../../providers/index.ts";
import type { StoredSignal } from "../../feedback/index.ts";
import { compileGlobs, PatternRule, rulesFolder } from "../../lint/index.ts";
import { isOfLanguage, listFiles, matchPattern } from "../../lint/runtime/index.ts";
import { commitBefore, readBlob, readChanges, readDiff, readHunks, resolveCommit, type HistoryPort } from "../repo/history.ts";
import { placesOf, snippetOf } from "../service/cases.ts";
import { namesOfPattern, practiceOf, sample, sortOccurrences, summariseReplay } from "../service/replay.ts";
import type { Case, Occurrence, Replay, WordedRule } from "../types.ts";

/** Files of today that a rule is run over; a larger repository is known by so many. */
const filesTodayMax = 20_000;
/** Files of the past; beyond, a change is not looked at and that is told. */
const filesPastMax = 2_000;
const fixturesMax = 5;
const linesNear = 3;
/** Places that a judge reads. */
export const judgedMax = 40;
const sourceBytesMax = 512 * 1024;

export interface ResolvedCase extends Case { readonly text: string }

/** Places of the signals as files at commits that are here; newest first. */
export async function resolveCases(port: HistoryPort, base: string, signals: readonly StoredSignal[]): Promise<readonly ResolvedCase[]> {
  const cases: ResolvedCase[] = [];
  for (const { file, line, commit: named, at, link } of placesOf(signals)) {
    const known = named === undefined ? undefined : await resolveCommit(port, named);
    for (const commit of [known, await commitBefore(port, base, at), base]) {
      const text = commit === undefined ? undefined : await readBlob(port, commit, file);
      if (commit === undefined || text === undefined || text.split("\n").length < line) continue;
      cases.push({ file, line, commit, link, text });
      break;
    }
  }
  return cases;
}

export interface Proof {
  readonly ruleId: string;
  readonly file: string;
  readonly text: string;
  readonly fixtures: { readonly invalid: number; readonly valid: number };
  readonly fromCases: readonly string[];
  readonly replay: Replay;
  readonly today: number;
}
export type ProofAnswer =
  | { readonly kind: "proved"; readonly proof: Proof }
  | { readonly kind: "refused"; readonly reason: string; /** Words may mend it. */ readonly isWordable: boolean };

export interface ProofOptions {
  readonly providers: Providers;
  readonly port: HistoryPort;
  readonly treePath: string;
  readonly base: string;
  readonly id: string;
  readonly worded: WordedRule;
  readonly lesson: string;
  readonly why: string;
  readonly cases: readonly ResolvedCase[];
  readonly changesMax: number;
  readonly precisionMin: number;
  /** Which of these places are the fault. */
  judge(places: readonly Occurrence[]): Promise<readonly boolean[]>;
}

export const refused = (reason: string, isWordable = true): ProofAnswer => ({ kind: "refused", reason, isWordable });

function ruleOf(
  { id, worded, why }: ProofOptions,
  tables: { readonly valid: readonly string[]; readonly invalid: readonly string[]; readonly cases: readonly string[] },
): PatternRule {
  return PatternRule.parse({
    id,
    language: worded.language,
    severity: "error",
    message: worded.message,
    note: worded.note,
    ...(worded.files === undefined ? {} : { files: worded.files }),
    ...(worded.ignores === undefined ? {} : { ignores: worded.ignores }),
    rule: worded.rule, ...(worded.constraints === undefined ? {} : { constraints: worded.constraints }), metadata: { expected: worded.expected, why, ...tables },
  });
}

const isInScope = (rule: PatternRule) => {
  const isIn = compileGlobs(rule.files ?? "**"), isOut = compileGlobs(rule.ignores);
  return (file: string): boolean => isOfLanguage(rule, file) && isIn(file) && !isOut(file) && !file.startsWith(`${rulesFolder}/`);
};

/** The fixture of one case: the place itself, as small as the rule still finds it. */
async function fixtureOf(rule: PatternRule, one: ResolvedCase): Promise<string | undefined> {
  const near = (await matchPattern(rule, one.text, one.file)).find(({ line, endLine }) => line - linesNear <= one.line && one.line <= endLine + linesNear);
  if (near === undefined) return undefined;
  for (const [from, to] of [[near.line, near.endLine], [near.line - 3, near.endLine + 3], [near.line - 10, near.endLine + 10]] as const) {
    const snippet = snippetOf(one.text, from, to);
    if (snippet !== "" && (await matchPattern(rule, snippet, one.file)).length > 0) return snippet;
  }
  return undefined;
}

/** What stands at the place today, where somebody has mended it. */
async function mendedOf(options: ProofOptions, rule: PatternRule, one: ResolvedCase): Promise<string | undefined> {
  const hunks = await readHunks(options.port, { from: one.commit, to: options.base, file: one.file });
  const hunk = hunks.find(({ oldFrom, oldLines, newLines }) => newLines > 0 && oldFrom - linesNear <= one.line && one.line <= oldFrom + oldLines + linesNear);
  const snippet = hunk === undefined ? "" : snippetOf(hunk.added.join("\n"), 1, hunk.added.length);
  return snippet === "" || (await matchPattern(rule, snippet, one.file)).length > 0 ? undefined : snippet;
}

/** Parsing is what costs: a text without the names of the pattern is not parsed. */
const mayHold = (rule: PatternRule) => {
  const names = namesOfPattern(rule.rule);
  return (text: string): boolean => names.every((name) => text.includes(name));
};

async function findToday(
  { providers, port, treePath }: ProofOptions,
  rule: PatternRule,
): Promise<{ readonly found: readonly Occurrence[]; readonly files: ReadonlySet<string>; readonly inScope: number }> {
  const { files: allFiles } = await listFiles(providers, treePath, port.signal);
  const scoped = allFiles.filter(isInScope(rule)).slice(0, filesTodayMax);
  const mayHave = mayHold(rule);
  const found: Occurrence[] = [];
  for (const file of scoped) {
    const read = providers.files.now.readRegular(join(treePath, file), sourceBytesMax);
    const source = read.kind === "file" ? Buffer.from(read.bytes).toString("utf8") : "";
    if (source === "" || !mayHave(source)) continue;
    for (const { line, text } of await matchPattern(rule, source, file)) found.push({ commit: "", file, line, text });
  }
  return { found, files: new Set(allFiles), inScope: scoped.length };
}

/** Places on lines that the changes of the past added. */
async function findPast(
  { port, base, changesMax }: ProofOptions,
  rule: PatternRule,
): Promise<{ readonly found: readonly Occurrence[]; readonly changes: number; readonly skipped: number }> {
  const changes = await readChanges(port, base, { countMax: changesMax });
  const isScoped = isInScope(rule), mayHave = mayHold(rule);
  const found: Occurrence[] = [];
  let files = 0, skipped = 0;
  for (const { commit, parent } of changes) {
    for (const { file, hunks } of (await readDiff(port, parent, commit)).filter((one) => isScoped(one.file))) {
      if (++files > filesPastMax) { skipped += 1; continue; }
      const text = await readBlob(port, commit, file);
      if (text === undefined || text.length > sourceBytesMax || !mayHave(text)) continue;
      for (const match of await matchPattern(rule, text, file)) {
        if (hunks.some(({ newFrom, newLines }) => match.line < newFrom + newLines && match.endLine >= newFrom)) found.push({ commit, file, line: match.line, text: match.text });
      }
    }
  }
  return { found, changes: changes.length, skipped };
}

/** How the repository does today what the worded rule would forbid; undefined where that is no practice, or the rule cannot be run. */
export async function forbidsPractice(options: ProofOptions): Promise<string | undefined> {
  try {
    const rule = ruleOf(options, { valid: ["-"], invalid: ["-"], cases: [] });
    const { found, inScope } = await findToday(options, rule);
    return practiceOf(found, inScope);
  } catch { return undefined; } // below the rung of rules it is only a measure
}

/** Never rejects for what the rule says. */
export async function proveRule(options: ProofOptions): Promise<ProofAnswer> {
  const { worded, cases } = options;
  const draft = ruleOf(options, { valid: ["-"], invalid: ["-"], cases: [] });
  try {
    const invalid: string[] = [], valid: string[] = [], fromCases: string[] = [];
    for (const one of cases) {
      if (invalid.length >= fixturesMax) break;
      const fixture = await fixtureOf(draft, one);
      if (fixture === undefined) continue;
      fromCases.push(`${one.file}:${one.line}`);
      invalid.push(fixture);
      const mended = await mendedOf(options, draft, one);
      if (mended !== undefined) valid.push(mended);
    }
    if (invalid.length === 0)
      return refused(
        cases.length === 0
          ? "no signal names a place that can be read, so no fixture can be made of a real case"
          : `the rule finds none of the real cases (${cases
              .slice(0, 3)
              .map(({ file, line }) => `${file}:${line}`)
              .join(", ")})`,
        cases.length > 0,
      );
    for (const text of worded.invalid)
      if ((await matchPattern(draft, text, "a")).length > 0) invalid.push(text);
      else return refused(`rule.invalid: the rule finds nothing in \`${text.slice(0, 80)}\``);
    for (const text of worded.valid)
      if ((await matchPattern(draft, text, "a")).length === 0) valid.push(text);
      else return refused(`rule.valid: the rule finds something in \`${text.slice(0, 80)}\``);
    if (valid.length === 0) return refused("rule.valid: no text that the rule lets pass, and no case that was mended");
    const today = await findToday(options, draft);
    const practice = practiceOf(today.found, today.inScope);
    if (practice !== undefined) return refused(practice, false);
    const past = await findPast(options, draft);
    const sorted = sortOccurrences(past.found, { cases, today: today.found, filesToday: today.files });
    const asked = sample(sorted.standing, judgedMax);
    const verdicts = asked.length === 0 ? [] : await options.judge(asked);
    const replay = summariseReplay({ changes: past.changes, sorted, judged: asked.map((place, index) => ({ place, isFault: verdicts[index] === true })), skipped: past.skipped });
    if (replay.precision !== undefined && replay.precision < options.precisionMin)
      return refused(
        `in the last ${replay.changes} changes it would have been right in ${replay.right} of ${replay.right + replay.wrong} places (${Math.round(replay.precision * 100)} %), expected ${Math.round(options.precisionMin * 100)} %: wrong for example at ${replay.wrongPlaces.slice(0, 3).join(", ")}`,
      );
    const rule = ruleOf(options, { valid: [...new Set(valid)], invalid: [...new Set(invalid)], cases: fromCases });
    return {
      kind: "proved",
      proof: {
        ruleId: rule.id,
        file: `${rulesFolder}/${options.id}.yaml`,
        text: stringify(rule, { lineWidth: 0 }),
        fixtures: { invalid: rule.metadata.invalid.length, valid: rule.metadata.valid.length },
        fromCases,
        replay,
        today: today.found.length,
      },
    };
  } catch (error) {
    if (options.port.signal.aborted) throw error;
    return refused(`the rule cannot be run: ${messageOf(error).split("\n")[0] ?? ""}`);
  }
}
