// Go's Printf verbs for text, numbers and truth: %s %q %v %d %f %e %g %x %X %o %b %c %t %U %%, with width, precision and flags.
import { printFloat, toFloat, toInt, toText, type Value } from "./value.ts";

const directive = /%([+\-# 0]*)(\d+|\*)?(?:\.(\d+|\*)?)?([a-zA-Z%])/g;
/** Wider fields would be an attack on memory, not a format. */
const widthMax = 1000;

export function formatPrintf(format: string, values: readonly Value[]): string {
  let next = 0;
  const out = format.replaceAll(directive, (all, flags: string, width: string | undefined, precision: string | undefined, verb: string) => {
    if (verb === "%") return "%";
    const wide = width === "*" ? Number(toInt(values[next++])) : Number(width ?? 0);
    const exact = precision === "*" ? Number(toInt(values[next++])) : precision === undefined ? (all.includes(".") ? 0 : undefined) : Number(precision);
    if (next >= values.length) return `%!${verb}(MISSING)`;
    const body = formatVerb(verb, values[next++], Math.min(exact ?? -1, widthMax), flags);
    const space = Math.min(wide, widthMax) - [...body].length;
    if (space <= 0) return body;
    if (flags.includes("-")) return body + " ".repeat(space);
    if (!flags.includes("0") || "sqvt".includes(verb)) return " ".repeat(space) + body;
    return /^[+-]/.test(body) ? body.slice(0, 1) + "0".repeat(space) + body.slice(1) : "0".repeat(space) + body;
  });
  const extra = values.slice(next);
  return extra.length === 0 ? out : `${out}%!(EXTRA ${extra.map((value) => `${goType(value)}=${toText(value)}`).join(", ")})`;
}

function goType(value: Value): string {
  return typeof value === "string" ? "string" : typeof value === "bigint" ? "int" : typeof value === "number" ? "float64" : typeof value === "boolean" ? "bool" : "interface {}";
}

function formatVerb(verb: string, value: Value, precision: number, flags: string): string {
  const wrong = `%!${verb}(${goType(value)}=${toText(value)})`;
  const sign = (text: string) => (flags.includes("+") && !text.startsWith("-") ? `+${text}` : flags.includes(" ") && !text.startsWith("-") ? ` ${text}` : text);
  switch (verb) {
    case "v": return toText(value);
    case "s": return typeof value === "string" || typeof value === "object" ? (precision >= 0 ? [...toText(value)].slice(0, precision).join("") : toText(value)) : wrong;
    case "q": return typeof value === "string" ? JSON.stringify(value) : wrong;
    case "t": return typeof value === "boolean" ? String(value) : wrong;
    case "d": return typeof value === "bigint" ? sign(String(value)) : wrong;
    case "f": case "F": return typeof value === "number" ? sign(toFloat(value).toFixed(precision < 0 ? 6 : Math.min(precision, 100))) : wrong;
    case "e": return typeof value === "number" ? sign(value.toExponential(precision < 0 ? 6 : Math.min(precision, 100)).replace(/e([+-])(\d)$/, "e$10$2")) : wrong;
    case "g": return typeof value === "number" ? sign(precision < 0 ? printFloat(value) : String(Number(value.toPrecision(Math.max(1, Math.min(precision, 100)))))) : wrong;
    case "x":
    case "X":
      return cased(
        verb,
        typeof value === "bigint"
          ? value.toString(16)
          : typeof value === "string"
            ? [...new TextEncoder().encode(value)].map((byte) => byte.toString(16).padStart(2, "0")).join("")
            : wrong,
      );
    case "o": return typeof value === "bigint" ? value.toString(8) : wrong;
    case "b": return typeof value === "bigint" ? value.toString(2) : wrong;
    case "c": return typeof value === "bigint" ? String.fromCodePoint(Number(value)) : wrong;
    case "U": return typeof value === "bigint" ? `U+${value.toString(16).toUpperCase().padStart(4, "0")}` : wrong;
    default: return wrong;
  }
}

function cased(verb: string, text: string): string {
  return verb === "X" ? text.toUpperCase() : text;
}
