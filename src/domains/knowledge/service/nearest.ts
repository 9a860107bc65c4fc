// The name that was probably meant. Pure.

/** A name further away is another name. */
const distanceMax = 3;
/** More candidates are not compared: the answer is a help, not a promise. */
const candidatesMax = 2000;

/** The closest name by edit distance, or one that shares a part between `:`; undefined where none is close. */
export function nearestName(name: string, known: Iterable<string>, allowedMax = distanceMax): string | undefined {
  let best: { readonly name: string; readonly distance: number } | undefined;
  let seen = 0;
  for (const one of known) {
    if (seen++ > candidatesMax) break;
    if (Math.abs(one.length - name.length) > distanceMax || one.length > 60) continue;
    const distance = distanceOf(name, one);
    if (distance <= Math.min(allowedMax, distanceMax, Math.floor(name.length / 2)) && distance < (best?.distance ?? Number.POSITIVE_INFINITY)) best = { name: one, distance };
  }
  return best?.name;
}

function distanceOf(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, at) => at);
  for (let at = 1; at <= left.length; at++) {
    const next = [at];
    for (let to = 1; to <= right.length; to++) next.push(Math.min((row[to] ?? 0) + 1, (next[to - 1] ?? 0) + 1, (row[to - 1] ?? 0) + (left[at - 1] === right[to - 1] ? 0 : 1)));
    row = next;
  }
  return row[right.length] ?? 0;
}
