// The little of croner that is used here: times before and after a moment. Nothing of it runs by itself.
declare module "croner" {
  export class Cron {
    constructor(pattern: string, options: { readonly paused: true; readonly timezone: string });
    /** Newest first. */
    previousRuns(count: number, reference: Date): Date[];
    nextRun(previous: Date): Date | null;
  }
}
