// Go's time layouts ("2006-01-02T15:04:05Z07:00"): print and parse instants. Zones through Intl; instants are nanoseconds since 1970.

const months = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
const weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const element = /2006|January|Monday|Z07:00|Z0700|-07:00|-0700|\.0+|,0+|\.9+|MST|Jan|Mon|-07|002|01|02|03|04|05|06|15|PM|pm|_2|1|2|3|4|5/g;

interface Parts {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly weekday: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly nanos: number;
  readonly offsetMinutes: number;
  readonly zone: string;
}

/** Minutes east of UTC of a zone at an instant; 0 for UTC and Local, undefined where the zone is unknown. */
function offsetOf(ms: number, zone: string): number | undefined {
  if (zone === "UTC" || zone === "" || zone === "Local") return 0;
  const fixed = /^([+-])(\d\d):?(\d\d)$/.exec(zone);
  if (fixed !== null) return (fixed[1] === "-" ? -1 : 1) * (Number(fixed[2]) * 60 + Number(fixed[3]));
  try {
    const format = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
    const parts = new Map(format.formatToParts(new Date(ms)).map((part) => [part.type, Number(part.value)]));
    const get = (type: "year" | "month" | "day" | "hour" | "minute" | "second") => parts.get(type) ?? 0;
    return Math.round((Date.UTC(get("year"), get("month") - 1, get("day"), get("hour"), get("minute"), get("second")) - Math.floor(ms / 1000) * 1000) / 60_000);
  } catch { return undefined; }
}

function partsOf(ns: bigint, zone: string): Parts {
  const nanos = Number(((ns % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n);
  const ms = Number((ns - BigInt(nanos)) / 1_000_000n);
  const offsetMinutes = offsetOf(ms, zone) ?? 0;
  const date = new Date(ms + offsetMinutes * 60_000);
  return {
    year: date.getUTCFullYear(), month: date.getUTCMonth(), day: date.getUTCDate(), weekday: date.getUTCDay(), hour: date.getUTCHours(), minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(), nanos, offsetMinutes, zone: offsetMinutes === 0 ? "UTC" : zone,
  };
}

const two = (value: number) => String(value).padStart(2, "0");

function printOffset(minutes: number, form: "colon" | "plain" | "hours"): string {
  const sign = minutes < 0 ? "-" : "+";
  const hours = two(Math.floor(Math.abs(minutes) / 60));
  return form === "hours" ? sign + hours : `${sign}${hours}${form === "colon" ? ":" : ""}${two(Math.abs(minutes) % 60)}`;
}

export function printTime(ns: bigint, layout: string, zone: string): string {
  const parts = partsOf(ns, zone);
  return layout.replaceAll(element, (text) => printElement(text, parts));
}

function printElement(text: string, parts: Parts): string {
  if (/^[.,]0+$/.test(text)) return text[0] + String(parts.nanos).padStart(9, "0").slice(0, text.length - 1);
  if (/^\.9+$/.test(text)) return parts.nanos === 0 ? "" : `.${String(parts.nanos).padStart(9, "0").slice(0, text.length - 1).replace(/0+$/, "")}`.replace(/\.$/, "");
  const hour12 = parts.hour % 12 === 0 ? 12 : parts.hour % 12;
  switch (text) {
    case "2006": return String(parts.year).padStart(4, "0");
    case "06": return two(parts.year % 100);
    case "January": return months[parts.month] ?? "";
    case "Jan": return (months[parts.month] ?? "").slice(0, 3);
    case "01": return two(parts.month + 1);
    case "1": return String(parts.month + 1);
    case "Monday": return weekdays[parts.weekday] ?? "";
    case "Mon": return (weekdays[parts.weekday] ?? "").slice(0, 3);
    case "02": return two(parts.day);
    case "_2": return String(parts.day).padStart(2, " ");
    case "2": return String(parts.day);
    case "002": return String(Math.floor((Date.UTC(parts.year, parts.month, parts.day) - Date.UTC(parts.year, 0, 1)) / 86_400_000) + 1).padStart(3, "0");
    case "15": return two(parts.hour);
    case "03": return two(hour12);
    case "3": return String(hour12);
    case "04": return two(parts.minute);
    case "4": return String(parts.minute);
    case "05": return two(parts.second);
    case "5": return String(parts.second);
    case "PM": return parts.hour >= 12 ? "PM" : "AM";
    case "pm": return parts.hour >= 12 ? "pm" : "am";
    case "MST": return parts.zone;
    case "Z07:00": return parts.offsetMinutes === 0 ? "Z" : printOffset(parts.offsetMinutes, "colon");
    case "Z0700": return parts.offsetMinutes === 0 ? "Z" : printOffset(parts.offsetMinutes, "plain");
    case "-07:00": return printOffset(parts.offsetMinutes, "colon");
    case "-0700": return printOffset(parts.offsetMinutes, "plain");
    case "-07": return printOffset(parts.offsetMinutes, "hours");
    default: return text;
  }
}

const readers: Readonly<Record<string, string>> = {
  "2006": "(\\d{4})", "06": "(\\d{2})", "01": "(\\d{2})", "1": "(\\d{1,2})", "02": "(\\d{2})", _2: " ?(\\d{1,2})", "2": "(\\d{1,2})", "15": "(\\d{2})", "03": "(\\d{2})",
  "3": "(\\d{1,2})", "04": "(\\d{2})", "4": "(\\d{1,2})", "05": "(\\d{2})", "5": "(\\d{1,2})", PM: "([AP]M)", pm: "([ap]m)", MST: "([A-Z]{3,4})", "Z07:00": "(Z|[+-]\\d{2}:\\d{2})",
  Z0700: "(Z|[+-]\\d{4})", "-07:00": "([+-]\\d{2}:\\d{2})", "-0700": "([+-]\\d{4})", "-07": "([+-]\\d{2})", January: "([A-Z][a-z]{2,8})", Jan: "([A-Z][a-z]{2})",
  Monday: "([A-Z][a-z]{5,8})", Mon: "([A-Z][a-z]{2})", "002": "(\\d{3})",
};

/** The instant of a text in a layout, in a zone where the text names none; undefined where it does not fit. */
export function parseTime(text: string, layout: string, zone: string): bigint | undefined {
  const names: string[] = [];
  let pattern = "";
  let last = 0;
  const escape = (literal: string) => literal.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
  for (const match of layout.matchAll(element)) {
    pattern += escape(layout.slice(last, match.index));
    last = match.index + match[0].length;
    names.push(match[0]);
    pattern += readers[match[0]] ?? `(?:[.,](\\d{1,9}))${match[0].includes("9") ? "?" : ""}`;
    if ((match[0] === "05" || match[0] === "5") && !/^[.,][09]/.test(layout.slice(last))) { pattern += "(?:\\.(\\d{1,9}))?"; names.push(".9"); }
  }
  const found = new RegExp(`^${pattern}${escape(layout.slice(last))}$`).exec(text);
  if (found === null) return undefined;
  const fields = new Map(names.map((name, index) => [name, found[index + 1] ?? ""]));
  return instantOf(fields, zone);
}

function instantOf(fields: ReadonlyMap<string, string>, zone: string): bigint | undefined {
  const first = (...names: readonly string[]) => names.map((name) => fields.get(name)).find((value) => value !== undefined && value !== "");
  const monthName = first("January", "Jan");
  const month = monthName === undefined ? Number(first("01", "1") ?? 1) - 1 : months.findIndex((name) => name.startsWith(monthName.slice(0, 3)));
  const shortYear = Number(first("06") ?? 0);
  const year = Number(first("2006") ?? (first("06") === undefined ? 0 : shortYear + (shortYear >= 69 ? 1900 : 2000)));
  let hour = Number(first("15", "03", "3") ?? 0);
  const half = first("PM", "pm")?.toLowerCase();
  if (half !== undefined) hour = (hour % 12) + (half === "pm" ? 12 : 0);
  const date = new Date(Date.UTC(2000, month, Number(first("02", "2", "_2") ?? 1), hour, Number(first("04", "4") ?? 0), Number(first("05", "5") ?? 0)));
  date.setUTCFullYear(year);
  const fraction = [...fields].find(([name]) => /^[.,][09]/.test(name))?.[1] ?? "";
  const named = first("Z07:00", "Z0700", "-07:00", "-0700");
  const offset = named === undefined ? offsetOf(date.getTime(), zone) : named === "Z" ? 0 : offsetOf(0, named);
  if (offset === undefined || Number.isNaN(date.getTime())) return undefined;
  return BigInt(date.getTime() - offset * 60_000) * 1_000_000n + BigInt(fraction.padEnd(9, "0"));
}
