// A repository with twenty deviations from its golden principles, and a scripted author that repairs the one it is told of.
import { call, text, type ModelStep } from "../programs/scripted-model/conversation.ts";
import { patch, type TinyView } from "../programs/scripted-model/tiny.ts";

export interface Seed { readonly file: string; readonly kind: string; readonly before: string; readonly patch: string }

const copyOf = (name: string): readonly string[] => [
  `export function ${name}(values) {`,
  "  const seen = new Map();",
  "  for (const value of values) {",
  "    const key = String(value).trim().toLowerCase();",
  '    if (key === "") continue;',
  "    seen.set(key, (seen.get(key) ?? 0) + 1);", "  }", "  return [...seen.entries()].sort((left, right) => right[1] - left[1]);", "}",
];

const lines = (count: number, make: (index: number) => Seed): readonly Seed[] => Array.from({ length: count }, (_, index) => make(index + 1));

/** Twenty: eight `any`, six calls of console.log, three imports of a later layer, three copies. */
export const seeds: readonly Seed[] = [
  ...lines(8, (index) => ({
    file: `src/domains/d${index % 3}/service/loose${index}.ts`,
    kind: "typed/loose-types",
    before: `export function keep${index}(value: any): string { return String(value) + "${index}"; }\n`,
    patch: `@@\n-export function keep${index}(value: any): string { return String(value) + "${index}"; }\n+export function keep${index}(value: string | number): string { return String(value) + "${index}"; }`,
  })),
  ...lines(6, (index) => ({
    file: `src/domains/d${index % 3}/ui/loud${index}.ts`,
    kind: "quiet/pattern",
    before: `export const name${index} = "${index}";\nconsole.log("loaded ${index}");\n`,
    patch: `@@\n export const name${index} = "${index}";\n-console.log("loaded ${index}");`,
  })),
  ...lines(3, (index) => ({
    file: `src/domains/d${index % 3}/types/up${index}.ts`,
    kind: "boundaries/layers",
    before: `import { name${index} } from "../ui/loud${index}.ts";\nexport const label${index} = name${index};\n`,
    patch: `@@\n-import { name${index} } from "../ui/loud${index}.ts";\n-export const label${index} = name${index};\n+export const label${index} = "${index}";`,
  })),
  ...lines(3, (index) => ({
    file: `src/domains/d${index % 3}/service/copy${index}.js`,
    kind: "one-copy/duplicates",
    before: `${copyOf(`count${index}`).join("\n")}\n`,
    patch: `@@\n${copyOf(`count${index}`)
      .map((line) => `-${line}`)
      .join("\n")}\n+export { count as count${index} } from "../../../base/count.js";`,
  })),
];

export const principles = `# Golden principles

## boundaries: Layers are kept

- reason: an import across a boundary makes every later change of one part a change of two
- detector: rule layers, domains
- repair: Move the value down.

## typed: No any

- reason: any switches the compiler off
- detector: rule loose-types
- repair: Write the type that the value has.

## quiet: Nothing is printed

- reason: standard output is a contract
- detector: pattern \`console.log(*)\` in \`src/**\`
- repair: Delete the line.

## one-copy: A helper exists once

- reason: of two copies one is mended
- detector: rule duplicates
- repair: Import the one in src/base.
`;

export const houseYaml = `domains: src/domains/*
layers: [types, service, ui]
rules:
  - { kind: duplicates, shared: "src/base/**" }
checks: [{ name: sizes, run: "test -d src", timeoutSeconds: 60 }]
merge: { policy: auto }
upkeep: { atOnce: 2 }
`;

export const houseFiles: Readonly<Record<string, string>> = {
  "docs/golden-principles.md": principles, "src/base/count.js": `${copyOf("count").join("\n")}\n`,
  ...Object.fromEntries(seeds.map(({ file, before }) => [file, before])),
  // An import that is allowed: with the last one between layers gone the check would prove nothing, and say so of the repair that took it.
  "src/domains/d0/types/kind.ts": 'export const kind = "d0";\n', "src/domains/d0/service/kind.ts": 'export { kind as kindOfService } from "../types/kind.ts";\n',
  // What an old repository owes when it starts is known: two of the layers' findings are in the baseline, one is new.
};

/** Plans, repairs what the finding names, and approves as a reviewer; undefined for a task of something else. */
export function repairingAuthor(view: TinyView, more: Readonly<Record<string, string>> = {}): ModelStep | undefined {
  const words = view.conversation.messages.flatMap((message) => (message.kind === "user" ? [message.text] : [])).join("\n");
  const file = /^File: (\S+)$/m.exec(words)?.[1];
  const repair = file === undefined ? undefined : more[file] ?? seeds.find((seed) => seed.file === file)?.patch;
  if (file === undefined || repair === undefined) return undefined;
  switch (view.phase) {
    case "planning": return view.called.includes("submit_plan") ? text("Planned.") : call("submit_plan", { summary: `Repair ${file}.`, steps: ["repair"] });
    case "implementing":
      return view.conversation.messages.some((message) => message.kind === "call" && message.tool === "apply_patch")
        ? text("Repaired.")
        : patch(`*** Update File: ${file}\n${repair}`);
    default: return undefined;
  }
}

/** A page that contradicts the code, one that is true, and one that links to nothing. */
export const gardenFiles: Readonly<Record<string, string>> = {
  "src/limit.mjs": "export const itemsMax = 20;\n", "src/other.mjs": "export const other = 1;\n",
  "docs/limit.md": "# Limits\n\nA cart holds at most 10 items (`src/limit.mjs`).\n",
  "docs/other.md": "# Other\n\nThe value of `other` is 1, see `src/other.mjs`.\n",
  "docs/lost.md": "# Lost\n\nRead [the page](gone.md).\n",
};
const pageRepairs: Readonly<Record<string, string>> = {
  "docs/limit.md": "@@\n-A cart holds at most 10 items (`src/limit.mjs`).\n+A cart holds at most 20 items (`src/limit.mjs`).",
  "docs/lost.md": "@@\n-Read [the page](gone.md).\n+Read [the limits](limit.md).",
};

/** Reads honestly; also claims something that the page never said, which must not count. */
export function gardener(view: TinyView, stray = ""): ModelStep | undefined {
  const { conversation } = view;
  if (conversation.system.includes("You read one document of this repository")) {
    const isUntrue = conversation.lastUserText.includes("at most 10 items");
    const untrue = isUntrue
      ? [
          { quote: "A cart holds at most 10 items", truth: "it holds 20", evidence: "src/limit.mjs:1" },
          { quote: "words that nobody wrote", truth: "x is so", evidence: "src/limit.mjs:1" },
        ]
      : [];
    return text(JSON.stringify({ untrue }));
  }
  const words = conversation.messages.flatMap((message) => (message.kind === "user" ? [message.text] : [])).join("\n");
  const file = /^File: (\S+)$/m.exec(words)?.[1] ?? "";
  const repair = pageRepairs[file];
  if (repair === undefined) return undefined;
  switch (view.phase) {
    case "planning": return view.called.includes("submit_plan") ? text("Planned.") : call("submit_plan", { summary: `Mend ${file}.`, steps: ["mend"] });
    case "implementing":
      return conversation.messages.some((message) => message.kind === "call" && message.tool === "apply_patch")
        ? text("Mended.")
        : patch(`*** Update File: ${file}\n${repair}${stray}`);
    default: return undefined;
  }
}
