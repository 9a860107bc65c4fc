// `inspan check new-rule`: a rule with its message and its table of tests, ready to be changed.
import { z } from "zod";
import { InspanError } from "../../../base/errors.ts";
import { defineOperation } from "../../../providers/index.ts";
import { factsTemplate, patternTemplate } from "../service/custom-rule-templates.ts";
import { rulesFolder } from "../config/rule-files.ts";
import { findRoot } from "./find-root.ts";

const newRule = defineOperation({
  name: "lint/new-rule", command: "check new-rule",
  summary: "Write a rule of this repository with its message and its table of tests",
  audience: "person", readOnly: false,
  input: z.object({
    name: z.string().regex(/^[a-z][a-z0-9-]*$/, "expected kebab-case").describe("Name of the rule, kebab-case."),
    over: z.enum(["patterns", "facts"]).default("patterns").describe("`patterns`: ast-grep YAML. `facts`: a module over facts, run in the sandbox."),
  }),
  positional: ["name"],
  async handler(input, context): Promise<{ readonly version: 1; readonly path: string }> {
    const rootPath = await findRoot(context);
    const path = `${rulesFolder}/${input.name}${input.over === "facts" ? ".rule.mjs" : ".yaml"}`;
    const { files } = context.providers;
    if ((await files.facts(`${rootPath}/${path}`)) !== undefined)
      throw new InspanError("FILE_EXISTS", `Cannot write "${path}": it exists already, expected a new name.`, {
        kind: "usage",
        remedy: "inspan check new-rule <another-name>",
      });
    await files.writeText(`${rootPath}/${path}`, input.over === "facts" ? factsTemplate(input.name) : patternTemplate(input.name));
    return { version: 1, path };
  },
  render: ({ path }) => `${path}: an example that works; change the rule, its message and the two tables, then run: inspan check`,
});

export const newRuleOperations = [newRule];
