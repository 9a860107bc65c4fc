// Which journeys a change touches: by what they cover, by their entry where that is a file, by their own text. Pure.
import { compileGlobs } from "../../lint/index.ts";

export interface JourneyPlace {
  readonly id: string;
  readonly name: string;
  readonly entry: string;
  readonly file: string;
  readonly covers: readonly string[];
  readonly isPlayable: boolean;
}

/** In the order of `journeys`; `because` names the first path that touches it. */
export function touchedJourneys<Place extends JourneyPlace>(journeys: readonly Place[], paths: readonly string[]): readonly (Place & { readonly because: string })[] {
  return journeys.flatMap((journey) => {
    const isCovered = journey.covers.length === 0 ? () => false : compileGlobs([...journey.covers]);
    const entry = journey.entry.replace(/^\.?\//, "");
    const because = paths.find((path) => path === journey.file || path === entry || isCovered(path));
    return because === undefined ? [] : [{ ...journey, because }];
  });
}
