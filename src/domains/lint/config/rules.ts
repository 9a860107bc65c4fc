// The key `rules` of inspan.yaml: import rules, bans of globals, and settings of the built-in rules. Knows no rule's code.
import { z } from "zod";
import type { ConfigSection } from "../../../base/config-section.ts";
import { Globs } from "./globs.ts";
import { RuleName } from "./kinds/common.ts";
import { builtinRules } from "./rule-names.ts";
import { kindExamples, KindRule } from "./kinds/index.ts";

const RuleSeverity = z.enum(["error", "warning"]).default("error").describe("A warning does not fail the check.");
const Why = z.string().min(1).describe("The reason, in a sentence.");
const Fix = z.string().min(1).describe("What to do instead, as an instruction to an agent.");
const Reference = z.string().min(1).optional().describe("Path or address where more is written.");

export const sizeRules = ["file-size", "function-size"] as const;
/** Names that no own rule may take. */
const reservedNames: readonly string[] = [...builtinRules, ...sizeRules, "parse", "coverage", "exceptions", "baseline", "boundaries"];

export const ImportRule = z.strictObject({
  name: RuleName.refine((name) => !reservedNames.includes(name), "this name belongs to a built-in rule"),
  from: Globs.describe("Files that the rule binds."),
  to: Globs.describe("Files, packages (`ai`, `@scope/**`) and Node modules (`node:child_process`) that they may not import."),
  except: Globs.optional().describe("Targets that are allowed all the same."),
  kinds: z
    .array(z.enum(["value", "type", "dynamic", "reexport", "require"]))
    .min(1)
    .optional()
    .describe("Only these kinds of imports, where `type` is each that leaves nothing at run time; all unless told."),
  why: Why, fix: Fix, severity: RuleSeverity, reference: Reference,
});
export type ImportRule = z.infer<typeof ImportRule>;

export const BanRule = z.strictObject({
  name: RuleName.refine((name) => !reservedNames.includes(name), "this name belongs to a built-in rule"),
  in: Globs.describe("Files that the rule binds."),
  ban: z.array(z.string().regex(/^(new )?[A-Za-z_$][\w$]*(\.[A-Za-z_$][\w$]*)*(\(\))?$/, "expected `Date.now`, `console`, `new Date` or `new Date()`")).min(1)
    .describe("Globals: `Math.random`; `console` bans everything below it; `new Date()` only the construction without arguments, `new Date` every one."),
  why: Why, fix: Fix, severity: RuleSeverity, reference: Reference,
});
export type BanRule = z.infer<typeof BanRule>;

export const SizeRule = z.strictObject({
  name: z.enum(sizeRules),
  in: Globs.default("**").describe("Files that the limit is for; of several entries the last that matches counts."),
  linesMax: z.int().min(1).describe("The largest size that passes."),
  severity: RuleSeverity,
});
export type SizeRule = z.infer<typeof SizeRule>;

const settingKeys: readonly string[] = ["name", "severity", "except"];
/** The setting of a rule that exists without an entry: a built-in one, or one that another domain contributes. */
export const SettingRule = z.looseObject({
  name: RuleName.refine((name) => !sizeRules.some((one) => one === name), "a limit needs linesMax"),
  severity: z.enum(["error", "warning", "off"]).optional().describe("`error`, `warning` or `off`."),
  except: Globs.optional().describe("Files that the rule does not bind; for layers, domains and providers test files unless told."),
}).refine((entry) => Object.keys(entry).every((key) => settingKeys.includes(key)), {
  // Not a strict object: a union takes the complaint of the one form that only has keys too many, whatever the entry was meant to be.
  abort: true, error: (issue) => `Unrecognized key: ${Object.keys(issue.input ?? {}).filter((key) => !settingKeys.includes(key)).map((key) => `"${key}"`).join(", ")}`,
}).meta({ additionalProperties: false });
export type SettingRule = z.infer<typeof SettingRule>;

const RuleEntry = z.union([ImportRule, BanRule, SizeRule, KindRule, SettingRule], { error: (issue) => explainUnion(issue) });
export type RuleEntry = z.infer<typeof RuleEntry>;

export function isKindRule(rule: RuleEntry): rule is KindRule {
  return "kind" in rule;
}

export const Rules = z.array(RuleEntry).default([]).superRefine((rules, issues) => {
  const seen = new Set<string>();
  rules.forEach((rule, index) => {
    if ("linesMax" in rule) return;
    const name = isKindRule(rule) ? rule.name ?? rule.kind : rule.name;
    if (seen.has(name))
      issues.addIssue({
        code: "custom",
        message: `the rule "${name}" is there twice${isKindRule(rule) && rule.name === undefined ? ", give one of them a `name`" : ""}`,
        path: [index, "name"],
      });
    if (isKindRule(rule) && reservedNames.includes(name)) issues.addIssue({ code: "custom", message: "this name belongs to a built-in rule", path: [index, "name"] });
    seen.add(name);
  });
});
export type Rules = z.infer<typeof Rules>;

/** A union's own message says nothing; this one tells what is wrong with the form that the entry comes nearest to. */
function explainUnion(issue: z.core.$ZodRawIssue): string {
  const input = issue.input;
  if (typeof input !== "object" || input === null) return "expected a rule: an object with `name`";
  const name = "name" in input ? input.name : undefined;
  const builtins: readonly unknown[] = builtinRules;
  const sizes: readonly unknown[] = sizeRules;
  const isSetting = Object.keys(input).every((key) => ["name", "severity", "except"].includes(key));
  const schema =
    "kind" in input
      ? KindRule
      : sizes.includes(name)
        ? SizeRule
        : builtins.includes(name) || isSetting
          ? SettingRule
          : "ban" in input || "in" in input
            ? BanRule
            : ImportRule;
  const result = schema.safeParse(input);
  if (result.success) return "expected a rule";
  return result.error.issues.map((one) => (one.path.length === 0 ? one.message : `${one.path.join(".")}: ${one.message}`)).join("; ");
}

export const rulesSection: ConfigSection<typeof Rules> = {
  key: "rules", schema: Rules,
  summary: "Own rules about imports and globals, limits on sizes, and settings of the built-in rules.",
  example: [
    "rules:",
    "  - { name: base-imports-nothing, from: \"src/base/**\", to: \"src/**\", except: \"src/base/**\", why: \"base is free of domains\", fix: \"move the import up\" }",
    "  - { name: no-clock, in: \"src/**\", ban: [Date.now, \"new Date()\"], why: \"tests hold the clock\", fix: \"take the clock as a parameter\" }",
    "  - { name: file-size, linesMax: 400 }",
    "  - { name: cycles, severity: warning }",
    "  # rules of a kind; each may also have name, in, except, severity, why, fix, reference",
    ...kindExamples,
    "",
  ].join("\n"),
};
