// Cuts a stream of text into lines, each bounded. Pure but for the rest that it keeps.

/** A log line longer than this is a dump; readiness and log stores look at its beginning. */
const lineCharsMax = 8192;

export interface LineCutter { take(text: string): readonly string[]; rest(): string }

export function createLineCutter(): LineCutter {
  let rest = "";
  return {
    take: (text) => {
      const pieces = text.split("\n");
      const [first = "", ...others] = pieces;
      const lines: string[] = [];
      rest = rest.length < lineCharsMax ? rest + first.slice(0, lineCharsMax - rest.length) : rest;
      for (const piece of others) {
        lines.push(rest.endsWith("\r") ? rest.slice(0, -1) : rest);
        rest = piece.slice(0, lineCharsMax);
      }
      return lines;
    },
    rest: () => rest,
  };
}
