// The browser's types in one place.
export type { ConsoleLine, NetworkLine, Vitals } from "./activity.ts";
export type { SessionStep } from "./session.ts";
export type { PageBox, PageNode } from "./page-tree.ts";
export type { BrowserAnswer, BrowserPolicy, BrowserReply, BrowserRequest, BrowserVerb } from "./wire.ts";
export { browserVerbs } from "./wire.ts";
