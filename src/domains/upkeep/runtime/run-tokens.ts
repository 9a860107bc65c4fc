// The tokens of one whole run of gc or garden: what its readers and its tasks took, and what the next one may take. In memory; knows no task.

/** With less a repair would only begin. */
const repairTokensMin = 10_000;

export interface RunTokens {
  readonly max: number;
  spent(): number;
  /** Nothing is left for another question. */
  isEmpty(): boolean;
  spend(tokens: number): void;
  /** What one repair may take where so many are to share what is left; undefined where that is too little. Give it back with `settle`. */
  allot(options: { readonly waiting: number; readonly lanes: number; readonly perTaskMax: number }): Allotment | undefined;
}
export interface Allotment { readonly tokens: number; settle(spent: number): void }

export function createRunTokens(max: number): RunTokens {
  let spent = 0, reserved = 0, running = 0;
  return {
    max,
    spent: () => spent,
    isEmpty: () => spent >= max,
    spend: (tokens) => { spent += tokens; },
    allot: ({ waiting, lanes, perTaskMax }) => {
      const left = max - spent - reserved;
      const sharers = Math.max(1, Math.min(lanes - running, waiting));
      // Sharing is for repairs beside each other; what one does not need comes back to the next.
      const tokens = Math.min(perTaskMax, Math.max(Math.floor(left / sharers), Math.min(left, repairTokensMin)));
      if (tokens < Math.min(repairTokensMin, perTaskMax)) return undefined;
      reserved += tokens;
      running += 1;
      return { tokens, settle: (taken) => { reserved -= tokens; running -= 1; spent += taken; } };
    },
  };
}
