// Door of the browser domain: its key of inspan.yaml, and replies as text.
export { browserSection } from "./config.ts";
export { compareTrees, type TreeChange } from "./service/compare-trees.ts";
export { parseTree } from "./service/parse-tree.ts";
export { renderTree } from "./service/render-tree.ts";
export { renderAnswer } from "./service/render-answer.ts";
export { estimateTokens } from "./service/tokens.ts";
export type { BrowserAnswer, BrowserPolicy, BrowserReply, BrowserRequest, BrowserVerb, ConsoleLine, NetworkLine, PageNode, Vitals } from "./types/index.ts";
export { browserVerbs } from "./types/index.ts";
