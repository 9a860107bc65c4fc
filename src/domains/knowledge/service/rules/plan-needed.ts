// A change of many files has a plan among them. Pure.
import type { DocConfiguration } from "../../config/doc-configuration.ts";
import type { DocFinding } from "../../types/document.ts";
import { planFolders } from "./plans.ts";

/** `changed`: paths that differ from where the change begins, relative to the root. At most one finding, at the first of them by name. */
export function checkPlanNeeded(changed: readonly string[], { docs }: Pick<DocConfiguration, "docs">): readonly DocFinding[] {
  const plans = docs?.plans;
  if (plans?.neededAbove === undefined) return [];
  const folders = planFolders(plans.path);
  if (
    changed.some(
      (file) => /\.mdx?$/i.test(file) && (file.startsWith(folders.active) || file.startsWith(folders.completed)) && !/(^|\/)(readme|index)\.mdx?$/i.test(file),
    )
  )
    return [];
  const product = changed.filter((file) => !/\.(md|mdx|markdown|txt|lock)$/i.test(file) && !/(^|\/)(package-lock\.json|pnpm-lock\.yaml)$/.test(file)).sort();
  const [first] = product;
  if (first === undefined || product.length <= plans.neededAbove) return [];
  return [{
    rule: "plan-needed", severity: "error", file: first, line: 1, column: 1, endLine: 1, to: "",
    found: `the change has ${product.length} files besides documents, and no plan among them`,
    expected: `a change of more than ${plans.neededAbove} files comes with a plan below ${folders.active} or ${folders.completed}`,
    fix: "Run `inspan plan new \"<what the change is for>\"`, write its purpose, progress and decisions, and commit it with the change; or divide the change into parts that stand alone.",
  }];
}
