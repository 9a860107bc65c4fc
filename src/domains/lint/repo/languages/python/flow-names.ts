// Which names of Python bring a value in from outside, hand it on, or ask what it is. Pure text; the walk is in flows.ts.
import type { FlowFact } from "../../../types/facts.ts";

/** Modules that make values of JSON and its kin; a decoder with a type is a parser and has another name. */
const jsonCall = /^(?:json|orjson|ujson|simplejson|rapidjson|msgpack|tomllib|tomli)\.(?:loads?|unpackb?)$|^yaml\.(?:safe_|full_)?load$/;
const requestValue = /(?:^|\.)(?:request|req)\.(?:json|form|data|body|POST)$/;
const requestCall = /(?:^|\.)(?:request|req)\.(?:json|form|body|get_json)$/;
const responseName = /^(?:r|rs|res|resp|response|reply)\d*$|_(?:res|resp|response|reply)$|(?:^|\.)(?:get|post|put|patch|delete|request|send|fetch)$/;
const requestName = /(?:^|\.)(?:request|req)$/;

/** A value that is outside by its name alone: `os.environ`, `request.json`. `full` is the dotted name without aliases. */
export function sourceOfValue(full: string): FlowFact["source"] | undefined {
  if (full === "os.environ") return "environment";
  return requestValue.test(full) ? "request" : undefined;
}

/** A call that gives a value from outside. `receiver` is the dotted name before the last dot. */
export function sourceOfCall(full: string, argumentCount: number): FlowFact["source"] | undefined {
  if (jsonCall.test(full)) return "json";
  if (full === "os.getenv") return "environment";
  if (requestCall.test(full)) return "request";
  const dot = full.lastIndexOf(".");
  if (full.slice(dot + 1) !== "json" || argumentCount > 0 || dot === -1) return undefined;
  const receiver = full.slice(0, dot);
  // Models have a method of that name too, which writes JSON.
  return requestName.test(receiver) ? "request" : responseName.test(receiver) ? "response" : undefined;
}

/** Methods that give a part of what they are called on. */
export const passingMethods: ReadonlySet<string> = new Set(["get", "items", "values", "pop", "popitem", "copy", "setdefault"]);
/** Calls that give their argument back in another container. */
export const passingCalls = /^(?:dict|list|tuple|set|sorted|reversed|iter|next|copy\.(?:deep)?copy|typing\.cast|cast)$/;
/** Imported functions that only look, write or compare. */
export const harmless =
  /^(?:json\.dumps?|(?:logging|structlog|log|logger|pprint|math|re|hashlib|hmac|base64|shlex|textwrap|os\.path|urllib\.parse|warnings|itertools|functools|contextlib|time|datetime|operator|os\.environ)\..*|copy\..*|(?:\w+\.)*patch\.dict)$/;
/** After these the type of what they were asked about is known. */
export const asking = /(?:^|[._])(?:isinstance|issubclass|is|assert|has|ensure|expect|check|require|validate)(?:_\w+)?$/;
export const storing = /\.(?:append|add|extend|insert|update|put|put_nowait|appendleft)$/;
/** Types by custom: what they are made from passes their constructor (pydantic, attrs, msgspec and dataclasses with converters). */
export const typeName = /(?:^|\.)_*[A-Z]\w*[a-z]\w*$/;
