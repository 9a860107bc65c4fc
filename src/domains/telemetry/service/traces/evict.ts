// The cap of the span store: a store without its oldest rows. Tables of names are made anew, so that what nobody uses goes too.
import { valueJson, valueString, type AttributeValue } from "../otlp/any-value.ts";
import { SpanStore, type AttributeRun } from "./span-store.ts";

/** A copy without the first `dropped` rows in order of intake. */
export function withoutOldest(from: SpanStore, dropped: number): SpanStore {
  const to = new SpanStore();
  to.evictedSpans = from.evictedSpans + dropped;
  const value: AttributeValue = { type: 0, text: "", number: 0 };
  const copyRun = (run: AttributeRun): AttributeRun => {
    const start = to.attributes.count;
    for (let at = run.start; at < run.end; at += 1) {
      value.type = from.attributes.typeAt(at);
      if (value.type === valueString || value.type === valueJson) value.text = from.texts.get(from.attributes.textIdAt(at));
      else value.number = from.attributes.numberAt(at);
      to.attributes.add(to.names.take(from.names.get(from.attributes.keys[at] ?? 0)), value);
    }
    return { start, end: to.attributes.count };
  };
  for (const resource of from.resources) to.resources.push({ ...resource, ...copyRun(resource), service: to.texts.take(from.texts.get(resource.service)) });
  for (const scope of from.scopes) to.scopes.push({ ...scope, ...copyRun(scope) });
  const words = from.traces.words;
  for (let old = dropped; old < from.count; old += 1) {
    const row = to.addRow();
    const trace = (from.trace[old] ?? 0) * 4;
    to.trace[row] = to.traces.take(words[trace] ?? 0, words[trace + 1] ?? 0, words[trace + 2] ?? 0, words[trace + 3] ?? 0);
    for (const name of ["idHigh", "idLow", "parentHigh", "parentLow", "kind", "status", "startMs", "startNs", "duration", "resource", "scope"] as const)
      to[name][row] = from[name][old] ?? 0;
    to.name[row] = to.texts.take(from.nameOf(old));
    to.message[row] = to.texts.take(from.texts.get(from.message[old] ?? 0));
    const run = copyRun({ start: from.attributeStart[old] ?? 0, end: from.attributeEnd[old] ?? 0 });
    to.attributeStart[row] = run.start;
    to.attributeEnd[row] = run.end;
    const events = from.events.get(old);
    if (events !== undefined) to.events.set(row, events.map((event) => ({ ...event, ...copyRun(event) })));
    const links = from.links.get(old);
    if (links !== undefined) to.links.set(row, links.map((link) => ({ ...link, ...copyRun(link) })));
  }
  return to;
}
