// Faults to practise on, off unless the environment names them: each is visible in one kind of telemetry alone.

import { setTimeout as pause } from "node:timers/promises";
import type { Route, Telemetry } from "../providers/index.ts";

export type Drills = {
  /** The desk answers this much later after its start. */
  readonly slowStartMs: number;
  /** The room's availability is asked for this long in every booking: one span below the request's. */
  readonly slowSpanMs: number;
  /** Confirmations are lost: the booking answers 201 all the same, and a line of the log is all that tells. */
  readonly losesConfirmations: boolean;
};

/** Reads "slow-start=2s,slow-span=500ms,lost-confirmation". Throws naming the part that is none. */
export function parseDrills(text: string): Drills {
  let drills: Drills = { slowStartMs: 0, slowSpanMs: 0, losesConfirmations: false };
  for (const part of text.split(",").filter((one) => one.trim() !== "")) {
    const [, name, amount, unit] = /^\s*([a-z-]+)(?:=(\d{1,6})(ms|s))?\s*$/.exec(part) ?? [];
    const ms = Number(amount ?? 0) * (unit === "s" ? 1000 : 1);
    if (name === "slow-start" && ms > 0) drills = { ...drills, slowStartMs: ms };
    else if (name === "slow-span" && ms > 0) drills = { ...drills, slowSpanMs: ms };
    else if (name === "lost-confirmation" && amount === undefined) drills = { ...drills, losesConfirmations: true };
    else throw new Error(`Cannot read DESK_DRILLS "${part.trim()}": expected slow-start=2s, slow-span=500ms or lost-confirmation`);
  }
  return drills;
}

/** The same routes; those that book carry the drills that are on. */
export function withDrills(routes: readonly Route[], drills: Drills, telemetry: Telemetry): readonly Route[] {
  if (drills.slowSpanMs === 0 && !drills.losesConfirmations) return routes;
  return routes.map((route) => {
    if (route.method !== "POST" || route.path !== "/api/bookings") return route;
    return {
      ...route,
      handle: async (request) => {
        if (drills.slowSpanMs > 0) await telemetry.span("rooms.availability", {}, () => pause(drills.slowSpanMs));
        const reply = await route.handle(request);
        if (drills.losesConfirmations && reply.status === 201) telemetry.log("warn", "confirmation.lost", { reason: "the mail queue refused it" });
        return reply;
      },
    };
  });
}

export async function startSlowly(drills: Drills): Promise<void> {
  if (drills.slowStartMs > 0) await pause(drills.slowStartMs);
}
