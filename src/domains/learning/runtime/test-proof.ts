// A worded structural test before it is proposed: fixtures from the real cases, what it finds today, and what it would have found at commits of the past; each run in the sandbox.
import { join } from "node:path";
import { InspanError, messageOf } from "../../../base/errors.ts";
import { rulesFolder } from "../../lint/index.ts";
import { tryFactsRule, type TriedRule } from "../../lint/runtime/index.ts";
import { listFilesAt } from "../repo/guardrail-files.ts";
import { readBlob, readChanges } from "../repo/history.ts";
import { practiceOf, sample, sortOccurrences, summariseReplay } from "../service/replay.ts";
import { type CaseFile, neighbourhoods, renderModule } from "../service/structural.ts";
import type { Occurrence, WordedTest } from "../types.ts";
import { judgedMax, type ProofAnswer, type ProofOptions, refused, type ResolvedCase } from "./rule-proof.ts";

/** Each change of the past is a checkout and a run of its own: more of them take a night. */
const changesMax = 30;
const fixturesMax = 3;
/** Fixtures stand in the module, which people read. */
const fixtureCharsMax = 20_000;

export type TestProofOptions = Omit<ProofOptions, "worded"> & { readonly context: Parameters<typeof tryFactsRule>[0]; readonly worded: WordedTest };

/** Never rejects for what the test says. */
export async function proveTest(options: TestProofOptions): Promise<ProofAnswer> {
  const { cases, port, precisionMin } = options;
  try {
    const drafted = await tryAt(options, options.base, []);
    if ("error" in drafted) return refused(`test: ${drafted.error}`);
    const made = await makeFixtures(options);
    if ("error" in made) return refused(made.error, cases.length > 0);
    const today = await tryAt(options, options.base, [...made.invalid, ...made.valid]);
    if ("error" in today) return refused(`test: ${today.error}`);
    const missed = made.invalid.findIndex((_one, at) => today.cases[at]?.length === 0),
      wrong = made.valid.findIndex((_one, at) => (today.cases[made.invalid.length + at]?.length ?? 0) > 0);
    if (missed !== -1) return refused(`test.invalid: it finds nothing in case ${missed + 1} (${made.invalid[missed]?.[0]?.file ?? ""})`);
    if (wrong !== -1) return refused(`test.valid: it finds something in case ${wrong + 1} (${made.valid[wrong]?.[0]?.file ?? ""})`);
    const standing = occurrencesOf("", today);
    const practice = practiceOf(standing, today.filesInScope);
    if (practice !== undefined) return refused(practice, false);
    const past = await findPast(options);
    const filesToday = new Set(await listFilesAt(port, options.base, ["."]));
    const sorted = sortOccurrences(past.found, { cases, today: standing, filesToday });
    const asked = sample(sorted.standing, judgedMax);
    const verdicts = asked.length === 0 ? [] : await options.judge(asked);
    const replay = summariseReplay({ changes: past.changes, sorted, judged: asked.map((place, index) => ({ place, isFault: verdicts[index] === true })), skipped: past.skipped });
    if (replay.precision !== undefined && replay.precision < precisionMin)
      return refused(
        `in the last ${replay.changes} changes it would have been right in ${replay.right} of ${replay.right + replay.wrong} places (${Math.round(replay.precision * 100)} %), expected ${Math.round(precisionMin * 100)} %: wrong for example at ${replay.wrongPlaces.slice(0, 3).join(", ")}`,
      );
    const text = renderModule({ name: options.id, why: options.why, worded: options.worded, valid: made.valid, invalid: made.invalid, cases: made.fromCases });
    return {
      kind: "proved",
      proof: {
        ruleId: options.id,
        file: fileOf(options),
        text,
        fixtures: { invalid: made.invalid.length, valid: made.valid.length },
        fromCases: made.fromCases,
        replay,
        today: standing.length,
      },
    };
  } catch (error) {
    if (port.signal.aborted) throw error;
    const isMissing = error instanceof InspanError && error.code === "SANDBOX_MISSING";
    return refused(
      isMissing
        ? "no sandbox works on this machine, and a structural test runs nowhere else"
        : `the test cannot be run: ${messageOf(error).split("\n")[0] ?? ""}`,
      !isMissing,
    );
  } finally {
    // Whoever comes next takes the tree for the base.
    await checkOut(options, options.base).catch(() => undefined); // the signal's end, or a git that is told by the next call
  }
}

async function checkOut({ providers: { git }, port: { signal }, treePath }: TestProofOptions, commit: string): Promise<void> {
  await git.run(["checkout", "--quiet", "--force", "--detach", commit], { cwd: treePath, signal });
  await git.run(["clean", "-fdxq"], { cwd: treePath, signal });
}

const fileOf = ({ id }: Pick<TestProofOptions, "id">): string => `${rulesFolder}/${id}.rule.mjs`;

const occurrencesOf = (commit: string, { tree }: TriedRule): readonly Occurrence[] => tree.map(({ file, line, found }) => ({ commit, file, line, text: found }));

/** The tree as it was at this commit, with the test beside it. */
async function tryAt(options: TestProofOptions, commit: string, cases: readonly (readonly CaseFile[])[]): Promise<TriedRule | { readonly error: string }> {
  const { providers: { files }, treePath, worded, id, why } = options;
  await checkOut(options, commit);
  // Its tables are tried as cases; what has to stand in it meanwhile is a word for each.
  const filler = [[{ file: "a", text: "" }]];
  await files.writeText(join(treePath, fileOf(options)), renderModule({ name: id, why, worded, valid: filler, invalid: filler, cases: [] }));
  try { return await tryFactsRule(options.context, { rootPath: treePath, file: fileOf(options), cases }); } finally { await files.remove(join(treePath, fileOf(options))); }
}

interface Fixtures { readonly valid: readonly (readonly CaseFile[])[]; readonly invalid: readonly (readonly CaseFile[])[]; readonly fromCases: readonly string[] }

/** From each real case the fewest files around it in which the test finds it; and the same files as they stand today, where it finds nothing any more. */
async function makeFixtures(options: TestProofOptions): Promise<Fixtures | { readonly error: string }> {
  const { cases, worded, base } = options;
  const invalid: (readonly CaseFile[])[] = [], valid: (readonly CaseFile[])[] = [], fromCases: string[] = [];
  const firstOfFile = cases.filter((one, at) => cases.findIndex(({ file, commit }) => file === one.file && commit === one.commit) === at);
  for (const one of firstOfFile.slice(0, fixturesMax)) {
    const tried = await readAround(options, one, one.commit);
    const answer = await tryAt(options, one.commit, tried);
    if ("error" in answer) return { error: `test: ${answer.error}` };
    const at = answer.cases.findIndex((found) => found.some(({ file }) => file === one.file));
    const fixture = tried[at];
    if (fixture === undefined) continue;
    invalid.push(fixture);
    fromCases.push(`${one.file}:${one.line}`);
    const mended = (await readAround(options, one, base))[at];
    const again = mended === undefined ? undefined : await tryAt(options, base, [mended]);
    if (mended !== undefined && again !== undefined && !("error" in again) && again.cases[0]?.length === 0) valid.push(mended);
  }
  if (invalid.length === 0)
    return {
      error:
        cases.length === 0
          ? "no signal names a place that can be read, so no fixture can be made of a real case"
          : `the test finds none of the real cases (${cases
              .slice(0, 3)
              .map(({ file, line }) => `${file}:${line}`)
              .join(", ")})`,
    };
  invalid.push(...worded.invalid);
  valid.push(...worded.valid);
  return valid.length === 0 ? { error: "test.valid: no files that the test lets pass, and no case that was mended" } : { invalid, valid, fromCases };
}

async function readAround({ port }: TestProofOptions, { file }: ResolvedCase, commit: string): Promise<readonly (readonly CaseFile[])[]> {
  const lists: (readonly CaseFile[])[] = [];
  const isCode = (one: string): boolean => one === file || /\.(?:[cm]?[jt]sx?|pyi?|go|rs|java)$/.test(one);
  for (const names of neighbourhoods(file, (await listFilesAt(port, commit, ["."])).filter(isCode))) {
    const list = (
      await Promise.all(
        names.map(async (name) => {
          const text = await readBlob(port, commit, name);
          return text === undefined ? [] : [{ file: name, text }];
        }),
      )
    ).flat();
    if (list.length > 0 && list.reduce((sum, { text }) => sum + text.length, 0) <= fixtureCharsMax) lists.push(list);
  }
  return lists;
}

/** Places that were not there before a change. */
async function findPast(options: TestProofOptions): Promise<{ readonly found: readonly Occurrence[]; readonly changes: number; readonly skipped: number }> {
  const changes = [...await readChanges(options.port, options.base, { countMax: Math.min(options.changesMax, changesMax) })].reverse();
  const [oldest] = changes;
  const found: Occurrence[] = [];
  let before: ReadonlySet<string> | undefined, skipped = 0;
  for (const commit of oldest === undefined ? [] : [oldest.parent, ...changes.map((one) => one.commit)]) {
    const answer = await tryAt(options, commit, []);
    if ("error" in answer) { skipped++; before = undefined; continue; }
    const places = occurrencesOf(commit, answer);
    const known = before;
    if (known !== undefined) found.push(...places.filter((one) => !known.has(`${one.file}\0${one.text}`)));
    before = new Set(places.map((one) => `${one.file}\0${one.text}`));
  }
  return { found, changes: changes.length, skipped };
}
