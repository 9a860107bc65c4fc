// What came from elsewhere as signals: Sentry's events and envelopes, Alertmanager's webhook, a pasted text. Text is untrusted and only ever kept. Pure.
import { z } from "zod";
import { fingerprint } from "../../../base/hash.ts";
import type { Signal } from "../types.ts";
import { normalise } from "./terms.ts";
import { asRecord, parseJson } from "../../../base/json.ts";

const framesShown = 8;

export interface ReceivedSignal { readonly signal: Signal; /** Identity of the event: the same one again adds nothing. */ readonly once: string }
export const intakeFormats = ["sentry", "alertmanager", "text"] as const;
export type IntakeFormat = (typeof intakeFormats)[number];

const frame = z.object({ filename: z.string().nullish(), function: z.string().nullish(), lineno: z.number().nullish(), in_app: z.boolean().nullish() });
const exception = z.object({ type: z.string().nullish(), value: z.string().nullish(), stacktrace: z.object({ frames: z.array(frame).nullish() }).nullish() });
const words = z.object({ formatted: z.string().nullish(), message: z.string().nullish() });
const sentryEvent = z.object({
  event_id: z.string(),
  message: z.union([z.string(), words]).nullish(),
  logentry: words.nullish(),
  release: z.string().nullish(),
  transaction: z.string().nullish(),
  culprit: z.string().nullish(),
  web_url: z.string().nullish(),
  exception: z.union([z.object({ values: z.array(exception) }), z.array(exception)]).nullish(), fingerprint: z.array(z.string()).nullish(),
});
const alert = z.object({
  status: z.string(),
  labels: z.record(z.string(), z.string()),
  annotations: z.record(z.string(), z.string()).default({}),
  startsAt: z.string(),
  generatorURL: z.string().default(""),
  fingerprint: z.string().optional(),
});
const alertmanager = z.object({ alerts: z.array(alert) });

/** Undefined where the text is of no known form; `text` is never guessed. */
export function detectFormat(text: string): IntakeFormat | undefined {
  const first = parseJson(text) ?? parseJson(text.split("\n", 1)[0] ?? "");
  if (alertmanager.safeParse(first).success) return "alertmanager";
  return findEvents(text).length > 0 ? "sentry" : undefined;
}

export function readSignals(text: string, format: Exclude<IntakeFormat, "text">): readonly ReceivedSignal[] {
  return format === "sentry" ? findEvents(text).map(fromSentry) : fromAlertmanager(text);
}

/** An event by itself, a webhook's {"event"} or {"data":{"event"}} or {"data":{"error"}}, the events of an envelope, or one event a line. */
function findEvents(text: string): readonly z.infer<typeof sentryEvent>[] {
  const whole = parseJson(text);
  if (whole !== undefined) return [whole, at(whole, "event"), at(at(whole, "data"), "event"), at(at(whole, "data"), "error")].flatMap(readEvent);
  const [first = ""] = text.split("\n", 1);
  // The header of an envelope has an id, too, and nothing to say.
  return (readEvent(parseJson(first)).length > 0 ? text.split("\n").map(parseJson) : readEnvelope(text)).flatMap(readEvent);
}

function readEvent(value: unknown): readonly z.infer<typeof sentryEvent>[] {
  const parsed = sentryEvent.safeParse(value);
  return parsed.success && (parsed.data.exception != null || messageOf(parsed.data) !== "") ? [parsed.data] : [];
}

/**
 * Payloads of the items of type "event": a line of JSON for the envelope, then for each item a line and its payload, of as many bytes as
 * the line says, else up to the end of the line. Lines that are no item's (a binary attachment, read as text) are passed over. The envelope's
 * id goes before that of an event.
 */
function readEnvelope(text: string): readonly unknown[] {
  let offset = 0;
  const line = (): string => {
    const found = text.indexOf("\n", offset), end = found === -1 ? text.length : found;
    const read = text.slice(offset, end);
    offset = end + 1;
    return read;
  };
  const header = asRecord(parseJson(line()));
  if (header === undefined) return [];
  const found: unknown[] = [];
  while (offset < text.length) {
    const item = asRecord(parseJson(line()));
    if (typeof item?.["type"] !== "string") continue;
    // A length that does not end at the end of a line is none: what a person pastes was often edited.
    const end = typeof item["length"] === "number" ? endOfBytes(text, offset, item["length"]) : undefined;
    const isWhole = end !== undefined && (end === text.length || text[end] === "\n" || text[end] === "\r");
    const payload = isWhole ? text.slice(offset, end) : line();
    if (isWhole) offset = end;
    const event = item["type"] === "event" ? asRecord(parseJson(payload)) : undefined;
    if (event !== undefined) found.push(typeof header["event_id"] === "string" ? { ...event, event_id: header["event_id"] } : event);
  }
  return found;
}

/** Where so many bytes of UTF-8 from `start` end; undefined where that is within a character or beyond the text. */
function endOfBytes(text: string, start: number, bytes: number): number | undefined {
  let end = start, left = bytes;
  while (left > 0 && end < text.length) {
    const code = text.codePointAt(end) ?? 0;
    left -= code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    end += code < 0x10000 ? 1 : 2;
  }
  return left === 0 ? end : undefined;
}

function messageOf({ message, logentry }: z.infer<typeof sentryEvent>): string {
  return typeof message === "string" ? message : message?.formatted ?? message?.message ?? logentry?.formatted ?? logentry?.message ?? "";
}

function fromSentry(event: z.infer<typeof sentryEvent>): ReceivedSignal {
  const chain = event.exception == null ? [] : Array.isArray(event.exception) ? event.exception : event.exception.values;
  const raised = chain.at(-1);
  const message = messageOf(event);
  const title = raised === undefined ? message : `${raised.type ?? "Error"}: ${raised.value ?? message}`;
  // Innermost last in Sentry's form.
  const frames = [...raised?.stacktrace?.frames ?? []].reverse();
  const own = frames.filter((one) => one.in_app === true);
  const shown = (own.length > 0 ? own : frames).slice(0, framesShown).map((one) => `${one.function ?? "?"} (${one.filename ?? "?"}:${one.lineno ?? 0})`);
  const [top] = own.length > 0 ? own : frames;
  const cause =
    event.fingerprint != null && event.fingerprint.length > 0 && !event.fingerprint.includes("{{ default }}")
      ? event.fingerprint.join("|")
      : `${raised?.type ?? "message"}@${top?.filename ?? ""}:${top?.function ?? compact(title)}`;
  return {
    once: `sentry:${event.event_id}`,
    signal: {
      kind: "exception", title, link: event.web_url ?? (top === undefined ? "" : `${top.filename ?? ""}:${top.lineno ?? 1}`), cause: `exception:${cause}`,
      text: [title, ...(event.transaction == null ? [] : [`in ${event.transaction}`]), ...shown.map((line) => `  at ${line}`)].join("\n"),
      ...(event.release == null ? {} : { commit: event.release }),
    },
  };
}

function fromAlertmanager(text: string): readonly ReceivedSignal[] {
  const parsed = alertmanager.safeParse(parseJson(text));
  if (!parsed.success) return [];
  return parsed.data.alerts.filter(({ status }) => status === "firing").map(({ labels, annotations, startsAt, generatorURL, fingerprint }): ReceivedSignal => {
    const name = labels["alertname"] ?? "alert";
    const summary = annotations["summary"] ?? annotations["description"] ?? "";
    return {
      once: `alert:${fingerprint ?? JSON.stringify(labels)}:${startsAt}`,
      signal: {
        kind: "exception", title: summary === "" ? name : `${name}: ${summary}`, link: generatorURL, cause: `alert:${name}`,
        text: [summary, annotations["description"] ?? "", Object.entries(labels).map(([key, value]) => `${key}=${value}`).join(" ")].filter((part) => part !== "").join("\n"),
      },
    };
  });
}

/** What a person pastes: a chat thread, an incident, a remark. The same text again is the same signal. */
export function fromText(text: string, given: { readonly kind: Signal["kind"]; readonly title: string | undefined; readonly link: string }): ReceivedSignal {
  const trimmed = text.trim();
  const title = given.title ?? trimmed.split("\n").find((line) => line.trim() !== "")?.trim() ?? "";
  // Said again as a lesson or an incident it is more than the remark that it was.
  return {
    once: `text:${given.kind === "comment" ? "" : `${given.kind}:`}${compact(trimmed)}:${trimmed.length}`,
    signal: { kind: given.kind, title, text: trimmed, link: given.link, cause: `text:${compact(normalise(trimmed).toLowerCase())}` },
  };
}

/** The identity of a text, where its words would be too long. */
const compact = (text: string): string => fingerprint(text);

function at(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? Object.entries(value).find(([name]) => name === key)?.[1] : undefined;
}
