// Durations, byte sizes and numbers as Go, Loki and Tempo read and write them. Values are nanoseconds and bytes.

const durationUnits: Readonly<Record<string, number>> = { ns: 1, us: 1e3, "µs": 1e3, "μs": 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9, d: 86_400e9, w: 604_800e9, y: 31_536_000e9 };
const byteUnits: Readonly<Record<string, number>> = {
  "": 1, b: 1, k: 1e3, kb: 1e3, m: 1e6, mb: 1e6, g: 1e9, gb: 1e9, t: 1e12, tb: 1e12, p: 1e15, pb: 1e15, e: 1e18, eb: 1e18,
  ki: 1024, kib: 1024, mi: 1024 ** 2, mib: 1024 ** 2, gi: 1024 ** 3, gib: 1024 ** 3, ti: 1024 ** 4, tib: 1024 ** 4, pi: 1024 ** 5, pib: 1024 ** 5, ei: 1024 ** 6, eib: 1024 ** 6,
};

/** Nanoseconds of `1h30m`, `1.5s`, `100ms`, `2d`; a sign may stand first, `0` needs no unit; undefined where it is no duration. */
export function parseDurationNs(text: string): number | undefined {
  let rest = text;
  let sign = 1;
  if (rest.startsWith("-") || rest.startsWith("+")) { sign = rest.startsWith("-") ? -1 : 1; rest = rest.slice(1); }
  if (rest === "0") return 0;
  if (rest === "" || rest.length > 100) return undefined;
  let total = 0;
  let at = 0;
  const part = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h|d|w|y)/y;
  while (at < rest.length) {
    part.lastIndex = at;
    const match = part.exec(rest);
    if (match === null) return undefined;
    total += Number(match[1]) * (durationUnits[match[2] ?? ""] ?? NaN);
    at = part.lastIndex;
  }
  return sign * Math.round(total);
}

/** Nanoseconds as Go's time.ParseDuration reads them in data: it knows no days, weeks and years. */
export function parseGoDurationNs(text: string): number | undefined {
  return /[dwy]/.test(text) ? undefined : parseDurationNs(text);
}

/** What Go says of a text that is no duration. */
export function goDurationProblem(text: string): string {
  const shown = JSON.stringify(text);
  const part = /^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|[smh]))*(?:\d+\.?\d*|\.\d+)([^\d.]*)/.exec(text);
  if (part === null) return `time: invalid duration ${shown}`;
  return part[1] === "" ? `time: missing unit in duration ${shown}` : `time: unknown unit ${JSON.stringify(part[1])} in duration ${shown}`;
}

/** Bytes of `42MB`, `1.5 KiB`, `10`; undefined where it is no size. Units as go-humanize reads them: kB is 1000, KiB 1024. */
export function parseBytes(text: string): number | undefined {
  const match = /^(\d[\d,]*\.?\d*|\.\d+) ?([a-zA-Z]*)$/.exec(text.trim());
  if (match === null || text.length > 64) return undefined;
  const unit = byteUnits[(match[2] ?? "").toLowerCase()];
  return unit === undefined ? undefined : Math.trunc(Number((match[1] ?? "").replaceAll(",", "")) * unit);
}

/** A number in the form of Go's strconv.ParseFloat: decimal, hex with an exponent, Inf and NaN in any case, underscores refused. */
export function parseGoFloat(text: string): number | undefined {
  if (isPlainDigits(text)) return Number(text);
  if (/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text)) return Number(text);
  const special = /^([+-]?)(inf(?:inity)?|nan)$/i.exec(text);
  if (special !== null) return (special[2] ?? "").toLowerCase() === "nan" ? NaN : special[1] === "-" ? -Infinity : Infinity;
  const hex = /^([+-]?)0[xX]([0-9a-fA-F]*)\.?([0-9a-fA-F]*)[pP]([+-]?\d+)$/.exec(text);
  if (hex === null || (hex[2] ?? "") + (hex[3] ?? "") === "") return undefined;
  const mantissa = parseInt(`0${(hex[2] ?? "")}${hex[3] ?? ""}`, 16) / 16 ** (hex[3] ?? "").length;
  return (hex[1] === "-" ? -1 : 1) * mantissa * 2 ** Number(hex[4] ?? 0);
}

function isPlainDigits(text: string): boolean {
  if (text.length === 0 || text.length > 15) return false;
  for (let at = 0; at < text.length; at += 1) { const code = text.charCodeAt(at); if (code < 48 || code > 57) return false; }
  return true;
}

/** A float as Go's strconv.FormatFloat(v, 'f', -1, 64) writes it: shortest digits, never an exponent. */
export function formatFloat(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  if (Object.is(value, -0)) return "-0";
  const text = String(value);
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (match === null) return text;
  const digits = (match[2] ?? "") + (match[3] ?? "");
  const exponent = Number(match[4]);
  const sign = match[1] ?? "";
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`;
  return sign + digits.padEnd(exponent + 1, "0");
}

/** Nanoseconds as Go's time.Duration prints them: `1.5s`, `2m30s`, `250ms`, `0s`. */
export function formatDuration(ns: number): string {
  if (ns === 0) return "0s";
  const sign = ns < 0 ? "-" : "";
  const abs = Math.abs(ns);
  if (abs < 1e3) return `${sign}${abs}ns`;
  if (abs < 1e6) return `${sign}${trimZeros(abs / 1e3)}µs`;
  if (abs < 1e9) return `${sign}${trimZeros(abs / 1e6)}ms`;
  const hours = Math.floor(abs / 3600e9);
  const minutes = Math.floor((abs % 3600e9) / 60e9);
  const seconds = `${trimZeros((abs % 60e9) / 1e9)}s`;
  if (hours > 0) return `${sign}${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${sign}${minutes}m${seconds}` : sign + seconds;
}

function trimZeros(value: number): string {
  return String(Math.round(value * 1e9) / 1e9);
}
