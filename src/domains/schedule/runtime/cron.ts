// Times of a cron expression around a moment that is given: croner reads no clock of its own here. Loaded late.
import { InspanError, messageOf } from "../../../base/errors.ts";
import type { Schedule } from "../config.ts";

export interface Times {
  /** The latest one that is not after `nowMs`. */ latest(nowMs: number): number | undefined;
  next(nowMs: number): number | undefined;
  /** How many lie in (from, to], at most `countMax`. */ countBetween(fromMs: number, toMs: number, countMax: number): number;
}

/** Rejects with CONFIG_INVALID where the expression or the time zone is none. */
export async function timesOf({ name, cron, timezone }: Pick<Schedule, "name" | "cron" | "timezone">): Promise<Times> {
  const { Cron } = await import("croner");
  try {
    const job = new Cron(cron, { paused: true, timezone });
    const previous = (count: number, nowMs: number) => job.previousRuns(count, new Date(nowMs + 1)).map((date) => date.getTime()).filter((ms) => ms <= nowMs);
    job.nextRun(new Date(0)); // a time zone that is none is refused here
    return {
      latest: (nowMs) => previous(1, nowMs)[0],
      next: (nowMs) => job.nextRun(new Date(nowMs))?.getTime(),
      countBetween: (fromMs, toMs, countMax) => previous(countMax, toMs).filter((ms) => ms > fromMs).length,
    };
  } catch (error) {
    throw new InspanError(
      "CONFIG_INVALID",
      `Cannot read the schedule "${name}": "${cron}" in ${timezone} gives no times (${messageOf(error)}), expected five fields like 0 3 * * 1-5.`,
      { kind: "usage", remedy: "mend schedules in inspan.yaml, then run: inspan schedule list" },
    );
  }
}
