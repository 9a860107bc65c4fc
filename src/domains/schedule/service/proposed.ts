// Was what a job would start started before? What waits for somebody, or what a person did not want, is not proposed a second time. Pure.

/** Of two repairs that came to nothing a third learns nothing. */
const attemptsMax = 2;

export interface EarlierTask {
  readonly id: string;
  readonly prompt: string;
  readonly status: string;
  readonly isAtRest: boolean;
  /** What became of its pull request; undefined where it opened none. */
  readonly request: { readonly id: string; readonly state: "open" | "merged" | "closed" } | undefined;
}

/** The first line of a job's prompt says what it is about. */
export const aboutOf = (prompt: string): string => prompt.trim().split("\n", 1)[0] ?? "";

/** Why it is not started again; undefined where it may be. `earlier` are the tasks about the same, newest first. */
export function reasonAgainst(earlier: readonly EarlierTask[]): string | undefined {
  const [last] = earlier;
  if (last === undefined) return undefined;
  if (!last.isAtRest) return `task ${last.id} is at it`;
  if (last.status === "held") return `task ${last.id} waits for a person`;
  if (last.request?.state === "open") return `pull request ${last.request.id} is open`;
  if (last.request?.state === "closed") return `a person closed pull request ${last.request.id}`;
  const inVain = earlier.filter(({ status }) => status === "failed" || status === "cancelled").length;
  return inVain >= attemptsMax ? `${inVain} tasks came to nothing, the last was ${last.id}` : undefined;
}
