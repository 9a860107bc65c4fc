// Outside effects on a forge that happen once, however often a task is killed: look, act, and where no answer came, look again.
import { InspanError } from "../../../base/errors.ts";
import type { Clock } from "../../../providers/index.ts";
import { withoutQuickActions } from "../repo/quick-actions.ts";
import { isOurs } from "../service/feedback.ts";
import type { Forge, ForgeComment, ForgePull, PullSnapshot } from "../types.ts";

// An answer that got lost is told by a look; a forge that loses three in a row is down.
const attemptsMax = 3;
// A forge looks at a fresh head for some seconds before it lets it be merged.
const mergeAttemptsMax = 10;
// A forge shows a new thing to its own searches within about this time.
const settleMs = 1_000;

/** Does `act` unless `look` finds what it would make. An act without an answer may have happened: it is looked for before it is tried again. */
async function once<T>(
  clock: Clock,
  look: () => Promise<T | undefined>,
  act: () => Promise<T>,
  attempts = attemptsMax,
): Promise<{ readonly value: T; readonly wasThere: boolean }> {
  for (let attempt = 0; ; attempt++) {
    const there = await look();
    if (there !== undefined) return { value: there, wasThere: true };
    try { return { value: await act(), wasThere: false }; } catch (error) {
      // "It exists already" is told by a forge whose searches do not show it yet.
      const isRepeatable = error instanceof InspanError && (error.isRetryable || (error.code === "FORGE_REFUSED" && /already exists/i.test(error.message)));
      if (!isRepeatable || error.code === "FORGE_LIMITED" || attempt + 1 >= attempts) throw error;
      await clock.sleep(settleMs);
    }
  }
}

const bodyMarker = /\n*<!-- inspan-body:([0-9a-f]+) -->/;

export interface EnsurePull {
  readonly branch: string; readonly baseBranch: string; readonly title: string; readonly body: string;
  /** Hidden line that names the task; stands in the body. */
  readonly marker: string;
  hash(text: string): string;
}

function stamped(options: EnsurePull): string {
  const body = `${options.body}\n\n${options.marker}`;
  return `${body}\n<!-- inspan-body:${options.hash(`${options.title}\0${body}`)} -->`;
}

/** True where title and body are what we wrote last; a person's edit is theirs. */
function isUntouched(pull: ForgePull, options: EnsurePull): boolean {
  const mark = bodyMarker.exec(pull.body)?.[1];
  return mark !== undefined && options.hash(`${pull.title}\0${pull.body.replaceAll("\r\n", "\n").replace(bodyMarker, "").trimEnd()}`) === mark;
}

/** The pull request of a branch with our marker: opened where there is none, brought up to date where nobody edited it. One that a person closed stays closed. */
export async function ensurePull(forge: Forge, clock: Clock, wanted: EnsurePull): Promise<ForgePull> {
  const options = forge.kind === "gitlab" ? { ...wanted, body: withoutQuickActions(wanted.body) } : wanted;
  const ours = async () =>
    (await forge.findPulls(options.branch)).find((pull) =>
      pull.state !== "closed" ? pull.body.includes(options.marker) || pull.state === "open" : pull.body.includes(options.marker),
    );
  const { value: pull, wasThere } = await once(clock, ours, () =>
    forge.openPull({ branch: options.branch, baseBranch: options.baseBranch, title: options.title, body: stamped(options) }),
  );
  if (pull.state === "closed")
    throw new InspanError("PULL_REQUEST_CLOSED", `Cannot go on with pull request ${pull.number}: a person closed it.`, {
      kind: "held",
      remedy: `open it again (${pull.url}) and resume, or cancel the task`,
    });
  const body = stamped(options);
  if (!wasThere || pull.state === "merged" || !isUntouched(pull, options) || pull.body.replaceAll("\r\n", "\n") === body) return pull;
  await forge.editPull(pull.number, { title: options.title, body });
  return { ...pull, title: options.title, body };
}

export interface EnsureComment {
  readonly marker: string; readonly body: string;
  readonly thread?: string | undefined;
  readonly place?: { readonly commit: string; readonly file: string; readonly line: number } | undefined;
}

/** The comment with this marker; posted where there is none. A place that the forge does not take (a line outside of the diff) makes it a comment on the whole. */
export async function ensureComment(
  forge: Forge,
  clock: Clock,
  options: { readonly number: number; readonly account: string; readonly known: readonly ForgeComment[]; readonly comment: EnsureComment },
): Promise<{ readonly id: string; readonly wasThere: boolean }> {
  const { number, account, known, comment } = options;
  let isFirstLook = true;
  const look = async (): Promise<{ readonly id: string } | undefined> => {
    const comments = isFirstLook ? known : (await forge.readSnapshot(number)).comments;
    isFirstLook = false;
    return comments.find((one) => isOurs(one, account) && one.body.includes(comment.marker));
  };
  const body = `${comment.body}\n\n${comment.marker}`;
  const post = async () => {
    const where = { ...(comment.thread === undefined ? {} : { thread: comment.thread }), ...(comment.place === undefined ? {} : { place: comment.place }) };
    try { return await forge.comment(number, { body, ...where }); } catch (error) {
      const isNoPlace = error instanceof InspanError && error.code === "FORGE_REFUSED" && !error.isRetryable && comment.place !== undefined;
      if (!isNoPlace) throw error;
      return forge.comment(number, { body: `\`${comment.place?.file ?? ""}:${comment.place?.line ?? ""}\`\n\n${body}` });
    }
  };
  const { value, wasThere } = await once(clock, look, post);
  return { id: value.id, wasThere };
}

export type Landed =
  | { readonly kind: "merged"; readonly commit: string; readonly wasAlreadyMerged: boolean }
  | { readonly kind: "head-moved"; readonly headCommit: string }
  | { readonly kind: "conflict" }
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "closed" };

/** Merges the head that was tested, once: an answer that got lost is found by looking at the pull request. */
export async function ensureMerged(
  forge: Forge,
  clock: Clock,
  options: { readonly number: number; readonly expectedHead: string; readonly title: string; readonly message: string },
): Promise<Landed> {
  const { number, expectedHead } = options;
  const look = async (): Promise<Landed | undefined> => {
    const pull = await forge.readPull(number);
    if (pull === undefined)
      throw new InspanError("PULL_REQUEST_MISSING", `Cannot merge pull request ${number}: the forge has none of that number.`, {
        kind: "usage",
        remedy: "inspan pr list",
      });
    if (pull.state === "merged") return { kind: "merged", commit: pull.mergeCommit ?? "", wasAlreadyMerged: true };
    if (pull.state === "closed") return { kind: "closed" };
    if (pull.headCommit !== expectedHead) return { kind: "head-moved", headCommit: pull.headCommit };
    return pull.mergeable === "no" ? { kind: "conflict" } : undefined;
  };
  const act = async (): Promise<Landed> => {
    const merge = await forge.merge(number, options);
    switch (merge.kind) {
      case "merged": return { kind: "merged", commit: merge.commit, wasAlreadyMerged: false };
      case "head-moved": return { kind: "head-moved", headCommit: (await forge.readPull(number))?.headCommit ?? "" };
      case "conflict": return { kind: "conflict" };
      case "refused": return merge;
    }
  };
  return (await once(clock, look, act, mergeAttemptsMax)).value;
}

/** A snapshot that is whole: where the common look cut it, the pull request is read alone. */
export async function wholeSnapshot(forge: Forge, snapshot: PullSnapshot): Promise<PullSnapshot> {
  return snapshot.isCut ? forge.readSnapshot(snapshot.pull.number) : snapshot;
}
