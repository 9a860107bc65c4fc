// Data from outside is parsed where it comes in.
import type { BoundaryRule } from "../../config/kinds/content.ts";
import type { FlowFact } from "../../types/facts.ts";
import { type KindDraft, type RuleKind, scriptLanguages } from "./kind.ts";

const names: Readonly<Record<FlowFact["source"], string>> = {
  json: "parsed JSON",
  response: "the body of a response",
  request: "the body of a request",
  environment: "the environment",
};

export const boundary: RuleKind<BoundaryRule> = {
  summary: "What comes from outside passes a parser before it is returned, stored or passed on.",
  languages: [...scriptLanguages, "python"],
  why: "Behind a boundary that checks, code may trust its types; without one every function has to doubt them.",
  example: "- { kind: boundary, in: \"src/**\", parsers: [\"*.parse\", \"*.safeParse\", parse*] }",
  request: (rule) => ({ flows: rule.parsers }),
  checkFile(rule, facts) {
    return (facts.flows ?? []).filter((flow) => rule.sources.includes(flow.source)).map((flow): KindDraft => {
      const where = flow.way === "returned" ? "is returned" : flow.way === "stored" ? `is stored in ${flow.to}` : `is passed to ${flow.to}`;
      return {
        file: facts.file, line: flow.line, column: flow.column, endLine: Math.max(flow.line, flow.endLine), to: `${flow.source} ${flow.way} ${flow.to} in ${flow.inFunction}`,
        found: `\`${flow.text}\`${flow.inFunction === "" ? "" : ` in ${flow.inFunction}`} ${where}${flow.endLine > flow.line ? ` (line ${flow.endLine})` : ""} as it came`,
        expected: `${names[flow.source]} passes a parser first: ${rule.parsers.slice(0, 4).join(", ")}`,
        fix: `Parse it where it comes in, for example \`Schema.parse(${flow.text})\` with a schema of what is expected, and hand on what the parser gives back.`,
      };
    });
  },
};
