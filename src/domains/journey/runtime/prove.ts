// Plays a journey as evidence: on a checkout of its own with data of its own, filmed, kept in a bundle, and nothing of it left running.
import { InspanError, isAbort, messageOf } from "../../../base/errors.ts";
import type { OperationContext } from "../../../providers/index.ts";
import { forgetPages, probeBrowser, runVerb } from "../../browser/runtime/index.ts";
import { addFile, openBundle, recordEvidence, recordMissing } from "../../evidence/runtime/index.ts";
import { takeDown } from "../../instance/runtime/index.ts";
import { readJourney } from "../repo.ts";
import { renderRun } from "../service/judge.ts";
import type { JourneyRun } from "../types.ts";
import { playJourney } from "./play.ts";

export interface ProofOptions {
  /** Absolute: a checkout that nobody else works in. Its instance is taken down with its data. */
  readonly tree: string;
  readonly id: string;
  readonly task: string;
  readonly role: "before" | "after";
  readonly unsandboxed: boolean;
}

export type JourneyProof =
  /** `faults` are what the product did wrong; timings are told and decide nothing, because tasks share the machine with others. */
  | { readonly kind: "played"; readonly name: string; readonly run: JourneyRun; readonly faults: readonly string[]; readonly text: string; readonly film: string | undefined }
  /** Nobody can play it here: no browser, no services, or they do not come up. */
  | { readonly kind: "unplayed"; readonly name: string; readonly why: string };

/** What cannot be cured by the journey's own text. */
const isWorld = (error: unknown): boolean => !(error instanceof InspanError && /^JOURNEY_/.test(error.code));

/** Rejects with JOURNEY_UNKNOWN, JOURNEY_INVALID, JOURNEY_EMPTY, and when the signal aborts. */
export async function proveJourney(base: OperationContext, options: ProofOptions): Promise<JourneyProof> {
  const context: OperationContext = { ...base, cwd: options.tree, callerPath: options.tree };
  const { id, role } = options;
  const { head: { name } } = await readJourney(context.providers.files, options.tree, id);
  const bundle = await openBundle(context, { task: options.task });
  const cannot = async (why: string): Promise<JourneyProof> => {
    await recordMissing(context, bundle, { what: `video of the journey ${id}`, why, role });
    return { kind: "unplayed", name, why };
  };
  try {
    await probeBrowser(context);
    context.progress(`plays the journey ${id} (${role})`);
    const { run } = await playJourney(context, { id, restart: false, record: true, trace: true, unsandboxed: options.unsandboxed });
    const faults = run.faults.filter(({ kind }) => kind !== "budget").map(({ text }) => text);
    const text = context.providers.secrets.redact(renderRun({ ...run, film: undefined, trace: undefined }, []));
    const proves = faults.length === 0 ? `The journey "${name}" is walked to its end` : `The journey "${name}" fails: ${faults[0] ?? ""}`;
    const about = { role, title: name, proves, journey: id };
    const film = run.film === undefined ? undefined : await addFile(context, bundle, { ...about, path: run.film });
    if (film === undefined) await recordMissing(context, bundle, { what: `video of the journey ${id}`, why: run.noFilmBecause ?? "nothing was recorded", role });
    // What went as it should needs no dissection.
    if (faults.length > 0 && run.trace !== undefined) await addFile(context, bundle, { ...about, path: run.trace });
    await recordEvidence(context, bundle, { ...about, kind: "log", content: { text: `${text}\n`, extension: ".log" } });
    const page = await runVerb(context, "snapshot", { full: true }).catch(() => undefined); // a page that is gone shows nothing
    if (page !== undefined && page.text !== "")
      await recordEvidence(context, bundle, {
        ...about,
        kind: "aria",
        proves: `What the page held at the end of "${name}"`,
        content: { text: `${page.text}\n`, extension: ".txt" },
      });
    return { kind: "played", name, run, faults, text, film: film?.file };
  } catch (error) {
    if (isAbort(error) || context.signal.aborted || !isWorld(error)) throw error;
    return await cannot(messageOf(error).split("\n")[0] ?? "it could not be played");
  } finally {
    await forgetPages(context).catch(() => undefined); // a daemon that is gone has forgotten them
    await takeDown(context, { data: true }).catch((error: unknown) => context.providers.log.warn("journey.not-down", { message: messageOf(error) })); // the worktree's end takes it along
  }
}
