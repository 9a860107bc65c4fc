// Recordings of a terminal in the asciicast form, version 2 (docs.asciinema.org/manual/asciicast/v2). Pure.
import { parseJson } from "../../../base/json.ts";

/** A line of time and text: seconds since the start, `o` for output. */
export type CastEvent = readonly [seconds: number, code: "o" | "m", text: string];
export interface Cast {
  readonly width: number;
  readonly height: number;
  readonly title: string;
  /** Seconds since 1970. */ readonly timestamp: number;
  readonly events: readonly CastEvent[];
}

/** Idle times are shown this long at most; players know the key. Seconds. */
const idleSecondsMax = 2;

export function renderCast({ width, height, title, timestamp, events }: Cast): string {
  const head = { version: 2, width, height, timestamp, title, idle_time_limit: idleSecondsMax, env: { TERM: "xterm-256color" } };
  return `${[head, ...events.map(([seconds, code, text]) => [Number(seconds.toFixed(6)), code, text])].map((line) => JSON.stringify(line)).join("\n")}\n`;
}

/** Of a run that is kept: its end tells how it ended, so the start goes where there is more. Characters, and lines. */
const keptCharsMax = 60_000, keptLinesMax = 2_000;

export interface LineCollector {
  add(seconds: number, text: string): void;
  /** Oldest first; `isCut` where the start is left out. */ read(): { readonly events: readonly CastEvent[]; readonly isCut: boolean };
}

/** Output as whole lines with the time of their end, bounded: a secret that a program prints in two parts is one again, so that it is found. */
export function collectLines(): LineCollector {
  const events: CastEvent[] = [];
  let rest = "", restSeconds = 0, chars = 0, isCut = false;
  const keep = (seconds: number, text: string): void => {
    events.push([seconds, "o", text]);
    chars += text.length;
    while (events.length > keptLinesMax || (chars > keptCharsMax && events.length > 1)) { chars -= events.shift()?.[2].length ?? 0; isCut = true; }
  };
  return {
    add: (seconds, text) => {
      const end = (rest + text).lastIndexOf("\n") + 1;
      const whole = (rest + text).slice(0, end);
      rest = (rest + text).slice(end);
      restSeconds = seconds;
      for (const line of whole.match(/[^\n]*\n/g) ?? []) keep(seconds, line.replace(/\r?\n$/, "\r\n").slice(-keptCharsMax));
      if (rest.length > keptCharsMax) { rest = rest.slice(-keptCharsMax); isCut = true; }
    },
    read: () => ({ events: rest === "" ? [...events] : [...events, [restSeconds, "o", rest]], isCut }),
  };
}

/** Events of an asciicast of version 2; undefined where the text is none. Broken lines are left out. */
export function parseCast(text: string): Cast | undefined {
  const [first = "", ...rest] = text.split("\n");
  const head = parseJson(first);
  if (typeof head !== "object" || head === null || !("version" in head) || head.version !== 2) return undefined;
  const number = (name: string, otherwise: number) => {
    const value = Object.entries(head).find(([key]) => key === name)?.[1];
    return typeof value === "number" ? value : otherwise;
  };
  const title = "title" in head && typeof head.title === "string" ? head.title : "";
  const events = rest.flatMap((line): CastEvent[] => {
    const value = parseJson(line);
    if (!Array.isArray(value) || value.length !== 3) return [];
    const [seconds, code, data] = value as readonly unknown[]; // an array: its three values are looked at below
    return typeof seconds === "number" && (code === "o" || code === "m") && typeof data === "string" ? [[seconds, code, data]] : [];
  });
  return { width: number("width", 80), height: number("height", 24), timestamp: number("timestamp", 0), title, events };
}

/** What a reader without a terminal sees: no colours, no titles, the last state of lines that were written over. */
export function plainText(output: string): string {
  const bare = output
    // Control sequences (ECMA-48, CSI), operating system commands (OSC), and single escapes.
    .replace(/\u001b\[[0-9;:?<=>]*[ -/]*[@-~]/g, "").replace(/\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?/g, "").replace(/\u001b[@-Z\\-_a-z]/g, "");
  return bare.split("\n").map((line) => {
    const parts = line.replace(/\r+$/, "").split("\r");
    return (parts.at(-1) ?? "").replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g, "");
  }).join("\n");
}
