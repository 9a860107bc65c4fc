// The door for what the command line can answer before schemas, rules and parsers are loaded. Nothing heavy may be imported here.
export { findRootFolder } from "./find-root.ts";
export { recallReport } from "./recall.ts";
export { renderReport } from "../service/text.ts";
