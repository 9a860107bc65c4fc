// What a change may not decide on its own: that which defines how it is judged. Pure.
import { compileGlobs } from "../../lint/index.ts";

// A change of prose needs no failing test.
const proseGlobs = ["**/*.md", "docs/**", "LICENSE", "NOTICE"];

/** Principles are what upkeep judges by, and lessons what it leaves alone; at other paths they belong into `merge.guard`. */
const principleGlobs = ["docs/golden-principles.md", "docs/golden-principles/**", "docs/lessons.md"];

export interface ChangeFacts {
  /** Paths of the change, relative to the root. */
  readonly paths: readonly string[];
  readonly reviewersFolder: string;
  /** Commands of `checks:`, as the base has them. */
  readonly checkCommands: readonly string[];
  /** Globs of `merge.guard`. */
  readonly guard: readonly string[];
  /** `merge.paths`: who looks at which files. */
  readonly policies: readonly { readonly paths: readonly string[]; readonly policy: "auto" | "sample" | "person"; readonly percent: number }[];
  /** 0 to 99, the same at every look: which changes a sample takes. */
  readonly draw: number;
  /** package.json files of which the scripts differ from the base. */
  readonly changedScripts: readonly string[];
  /** Why there is no reproduction; undefined where there is one. */
  readonly noReproductionReason: string | undefined;
  readonly testPaths: readonly string[];
}

/** Why a person has to look before this is merged; empty where policy may merge alone. */
export function reasonsForPerson(facts: ChangeFacts): readonly string[] {
  const folder = facts.reviewersFolder.replaceAll(/^\.\/|\/+$/g, "");
  const isGuarded = compileGlobs(["inspan.yaml", ".inspan/**", `${folder}/**`, ".gitattributes", "**/.gitattributes", ...principleGlobs, ...facts.guard]);
  // A file that a check's command names is part of that check.
  const named = new Set(facts.checkCommands.flatMap((command) => command.split(/[\s'"=;&|()]+/)).map((word) => word.replace(/^\.\//, "")).filter((word) => word !== ""));
  const guarded = [...new Set([...facts.paths.filter((path) => isGuarded(path) || named.has(path)), ...facts.changedScripts])];
  const isHarmless = compileGlobs([...proseGlobs, ...facts.testPaths]);
  const isUnshown = facts.noReproductionReason !== undefined && facts.paths.some((path) => !isHarmless(path));
  const asked = facts.policies.flatMap(({ paths, policy, percent }) => {
    const file = facts.paths.find(compileGlobs([...paths]));
    if (file === undefined || policy === "auto") return [];
    return policy === "person"
      ? [`inspan.yaml asks for a person where ${paths.join(", ")} change (${file})`]
      : facts.draw < percent
        ? [`it was drawn for the sample of ${percent} in 100 of ${paths.join(", ")} (${file})`]
        : [];
  });
  return [
    ...asked,
    ...(guarded.length > 0
      ? [`it touches what defines checks, rules or reviewers (${guarded.slice(0, 8).join(", ")}${guarded.length > 8 ? ` and ${guarded.length - 8} more` : ""})`]
      : []),
    ...(isUnshown ? [`product code changed without a reproduction ("${facts.noReproductionReason ?? ""}")`] : []),
  ];
}

/** True where the `scripts` of two package.json texts differ; a text that is no JSON counts as different. */
export function areScriptsChanged(before: string | undefined, after: string | undefined): boolean {
  const scriptsOf = (text: string | undefined): string => {
    if (text === undefined) return "{}";
    try {
      const value: unknown = JSON.parse(text);
      const scripts = typeof value === "object" && value !== null && "scripts" in value ? value.scripts : {};
      return JSON.stringify(scripts);
    } catch { return `not JSON: ${text}`; }
  };
  return scriptsOf(before) !== scriptsOf(after);
}
