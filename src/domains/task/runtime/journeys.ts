// Evidence of a task: what the harness saw fail before and pass after, kept in the task's bundle, and the journeys that a change touches, played.
import { dirname, join } from "node:path";
import { InspanError, isAbort, messageOf } from "../../../base/errors.ts";
import { touchedJourneys, type JourneyPlace } from "../../journey/index.ts";
import { proveJourney, readJourneyPlaces, type JourneyProof } from "../../journey/runtime/index.ts";
import { renderCast } from "../../evidence/index.ts";
import { openBundle, readEvidence, recordEvidence, recordMissing } from "../../evidence/runtime/index.ts";
import { compileGlobs } from "../../lint/index.ts";
import type { Commit } from "../../worktree/index.ts";
import { changedBetween } from "../../worktree/runtime/index.ts";
import { testsSection } from "../config.ts";
import { showingGlobs } from "../service/reproduction.ts";
import type { PlayedJourney, TaskState, ValidationFailure } from "../types/index.ts";
import { baseOf, inCleanTree } from "./clean-tree.ts";
import type { TaskRun } from "./run.ts";
import type { WorktreeRun } from "./sandboxed.ts";

/** Each costs a start of the instance and a walk; what is beyond is named in the pull request as not played. */
const playsMax = 3;
/** What an author wrote for a journey is text. */
const laidBytesMax = 1024 * 1024;
/** As wide as a terminal that two of stand beside each other; the test itself had none. */
const castSize = { width: 100, height: 30 } as const;
const detailCharsMax = 2_000;

const portsOf = (run: TaskRun, tree: string) => ({ ...run.context, cwd: tree, callerPath: tree });

/** Keeps what a command printed, with its times, as a recording of a terminal; once for each role and commit. */
export async function keepRun(
  run: TaskRun,
  state: TaskState,
  kept: { readonly tree: string; readonly command: string; readonly result: WorktreeRun; readonly role: "before" | "after" },
): Promise<void> {
  const { tree, command, result, role } = kept;
  const ports = portsOf(run, tree);
  const open = await openBundle(ports, { task: state.id });
  const known = (await readEvidence(ports, state.id))?.items ?? [];
  if (known.some((item) => item.role === role && item.title === command && item.commit === open.commit && role === "after")) return;
  const proves = role === "before" ? `\`${command}\` fails by an assertion before any product edit` : `\`${command}\` passes on a clean checkout of the head`;
  const { secrets, clock } = run.providers;
  const { events, isCut } = result.shown;
  const ended = result.outcome === "exited" ? `exit code ${result.exitCode ?? "unknown"}` : result.outcome;
  // Removed here too, line by line: in a recording's JSON a secret with quotes reads otherwise.
  const shown = events.map(([seconds, code, text]) => [seconds, code, secrets.redact(text)] as const);
  const cast = renderCast({
    ...castSize,
    title: command,
    timestamp: Math.round((clock.nowMs() - result.durationMs) / 1000),
    events: [
      [0, "o", `$ ${secrets.redact(command)}\r\n${isCut ? "[the start is left out]\r\n" : ""}`],
      ...shown,
      [result.durationMs / 1000, "o", `[${ended}]\r\n`],
    ],
  });
  await recordEvidence(ports, open, { kind: "terminal", role, title: command, proves, durationMs: result.durationMs, content: { text: cast, extension: ".cast" } });
}

/** Copies what the author wrote over a checkout: regular files only, nothing that a link would lead elsewhere. */
async function layFiles(run: TaskRun, from: string, tree: string, paths: readonly string[]): Promise<void> {
  const { files } = run.providers;
  for (const path of paths) {
    const read = files.now.readRegular(join(from, path), laidBytesMax);
    const folder = dirname(join(tree, path));
    if (read.kind !== "file") continue;
    await files.makeFolder(folder);
    if (!`${files.now.realPath(folder) ?? ""}/`.startsWith(`${files.now.realPath(tree) ?? tree}/`)) continue;
    await files.writeBytes(join(tree, path), read.bytes);
  }
}

async function play(run: TaskRun, state: TaskState, options: { readonly tree: string; readonly id: string; readonly role: "before" | "after" }): Promise<JourneyProof> {
  const proof = await proveJourney(run.context, { ...options, task: state.id, unsandboxed: state.isUnsandboxedAllowed });
  const told =
    proof.kind === "unplayed"
      ? { status: "unplayed", reason: proof.why }
      : { status: proof.faults.length === 0 ? "pass" : "fail", film: proof.film ?? null, faults: proof.faults.slice(0, 5) };
  await run.record(state, [{ type: "evidence", data: { journey: options.id, role: options.role, ...told } }]);
  return proof;
}

export type ShownByJourney = { readonly kind: "shown"; readonly text: string } | { readonly kind: "refused"; readonly reason: string };

/** The journey at the base with these files of the worktree: it has to fail there. */
export async function showByJourney(
  run: TaskRun,
  state: TaskState,
  options: { readonly id: string; readonly files: readonly string[]; readonly signal: AbortSignal },
): Promise<ShownByJourney> {
  const { worktree } = state;
  if (!worktree) throw new Error("BUG: expected a worktree in a turn");
  try {
    return await inCleanTree(run, state, worktree.baseCommit, options.signal, async (tree) => {
      await layFiles(run, worktree.path, tree, options.files);
      const proof = await play(run, state, { tree, id: options.id, role: "before" });
      if (proof.kind === "unplayed")
        return {
          kind: "refused",
          reason: `the journey "${options.id}" cannot be played here: ${proof.why} Show the fault by a test, or call reproduce with noReproductionReason.`,
        };
      return proof.faults.length > 0
        ? { kind: "shown", text: proof.text }
        : { kind: "refused", reason: `the journey "${options.id}" is walked to its end, so it does not show the fault. Extend it by the step that fails.` };
    });
  } catch (error) {
    if (error instanceof InspanError && /^JOURNEY_/.test(error.code)) return { kind: "refused", reason: error.message };
    throw error;
  }
}

interface Played { readonly place: JourneyPlace & { readonly because: string }; readonly proof: JourneyProof }

/** True where nothing that the journey leads through has changed since it was played. */
async function holdsSince(run: TaskRun, state: TaskState, place: JourneyPlace, options: { readonly from: Commit; readonly to: Commit }): Promise<boolean> {
  if (!state.worktree) return false;
  const paths = (await changedBetween(run.providers.git, state.worktree.path, options)).map(({ path }) => path);
  if (place.covers.length > 0) return touchedJourneys([place], paths).length === 0;
  const isHarmless = compileGlobs([...(await run.configurationAt(baseOf(state))).read(testsSection).paths, "**/*.md"]);
  return paths.every((path) => path !== place.file && isHarmless(path));
}

function toState({ place, proof }: Played, commit: Commit): PlayedJourney {
  const status = proof.kind === "unplayed" ? "unplayed" as const : proof.faults.length === 0 ? "pass" as const : "fail" as const;
  return {
    id: place.id,
    name: place.name,
    because: place.because,
    status,
    commit,
    detail: (proof.kind === "unplayed" ? proof.why : proof.faults.join("\n")).slice(0, detailCharsMax),
  };
}

/** A journey that fails at the base as it does here is not this change's fault; it is told, and stops nothing. */
async function failsAtBase(run: TaskRun, state: TaskState, id: string, options: { readonly first: string; readonly signal: AbortSignal }): Promise<boolean> {
  try {
    return await inCleanTree(run, state, baseOf(state), options.signal, async (tree) => {
      const proof = await play(run, state, { tree, id, role: "before" });
      return proof.kind === "played" && proof.faults[0] === options.first;
    });
  } catch (error) {
    if (isAbort(error) || options.signal.aborted) throw error;
    return false; // the base has no such journey
  }
}

export interface JourneysPlayed { readonly failures: readonly ValidationFailure[]; readonly journeys: readonly PlayedJourney[] }

/** Plays, on a clean checkout of the head, the journey that shows the fault and those that the change touches. Only what was not played since it last changed. */
export async function playJourneys(
  run: TaskRun,
  state: TaskState,
  options: { readonly tree: string; readonly head: Commit; readonly paths: readonly string[]; readonly signal: AbortSignal },
): Promise<JourneysPlayed> {
  const { tree, head, paths, signal } = options;
  const shownBy = state.reproduction?.kind === "shown" ? state.reproduction.journey : undefined;
  const places = await readJourneyPlaces(run.context, tree);
  const own = places.find(({ id }) => id === shownBy);
  const touched = touchedJourneys(places.filter(({ id }) => id !== shownBy), paths);
  const failures: ValidationFailure[] = [];
  const journeys: PlayedJourney[] = [];
  if (shownBy !== undefined && own === undefined)
    failures.push({ channel: "harness", title: "the journey that shows the fault is gone", text: `Restore docs/journeys/${shownBy}.md as it was.` });
  for (const place of [...(own === undefined ? [] : [{ ...own, because: own.file }]), ...touched]) {
    signal.throwIfAborted();
    const before = state.journeys?.find(({ id }) => id === place.id);
    if (before?.status === "pass" && await holdsSince(run, state, place, { from: before.commit, to: head })) {
      journeys.push({ ...before, because: place.because });
      await run.record(state, [{ type: "evidence", data: { journey: place.id, role: "after", status: "pass", since: before.commit } }]);
      continue;
    }
    const skipped = !place.isPlayable ? "it has words only, nothing that is played" : journeys.length >= playsMax ? `more than ${playsMax} journeys are touched` : undefined;
    const proof = skipped === undefined ? await tryPlay(run, state, { tree, id: place.id }) : { kind: "unplayed" as const, name: place.name, why: skipped };
    journeys.push(toState({ place, proof }, head));
    if (proof.kind === "played" && proof.faults.length > 0 && (place.id === shownBy || !(await failsAtBase(run, state, place.id, { first: proof.faults[0] ?? "", signal })))) {
      failures.push({ channel: "journey", title: `the journey ${place.id} (${place.file}) ${place.id === shownBy ? "still fails" : "fails"}`, text: proof.text });
    }
    if (proof.kind === "unplayed" && place.id === shownBy) failures.push({ channel: "harness", title: `the journey ${place.id} cannot be played`, text: proof.why });
  }
  return { failures, journeys };
}

/** A journey that cannot be read is told like one that cannot be played. */
async function tryPlay(run: TaskRun, state: TaskState, options: { readonly tree: string; readonly id: string }): Promise<JourneyProof> {
  try { return await play(run, state, { ...options, role: "after" }); } catch (error) {
    if (!(error instanceof InspanError) || !/^JOURNEY_/.test(error.code)) throw error;
    return { kind: "unplayed", name: options.id, why: messageOf(error) };
  }
}

/** Without a film of the fix the bundle says why. */
export async function noteNoVideo(run: TaskRun, state: TaskState, tree: string, journeys: readonly PlayedJourney[]): Promise<void> {
  if (journeys.some(({ status }) => status !== "unplayed")) return;
  const ports = portsOf(run, tree);
  const why =
    journeys.length > 0
      ? `no journey could be played: ${journeys.map(({ id, detail }) => `${id}, ${detail}`).join("; ")}`
      : "no journey of docs/journeys leads through what changed; the fault is shown by a test";
  await recordMissing(ports, await openBundle(ports, { task: state.id }), { what: "video", why, role: "after" });
}

/** Identity of the journey that shows the fault: while it is as it was when it failed, nobody has to see it fail again. */
export async function isJourneyProven(run: TaskRun, state: TaskState, options: { readonly head: Commit; readonly journey: string }): Promise<boolean> {
  const { reproduction, worktree } = state;
  if (reproduction?.kind !== "shown" || reproduction.commit === undefined || !worktree) return false;
  const paths = (await changedBetween(run.providers.git, worktree.path, { from: reproduction.commit, to: options.head })).map(({ path }) => path);
  const isShowing = compileGlobs([...showingGlobs([])]);
  return !paths.some((path) => isShowing(path) && reproduction.files.includes(path));
}
