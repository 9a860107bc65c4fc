// What `inspan check new-rule` writes: a rule that works, with its message and its table of tests, to be changed.

export function patternTemplate(name: string): string {
  return `# A rule of this repository: ast-grep YAML (https://ast-grep.github.io/guide/rule-config.html). \`inspan check\` runs it, and its two tables with it.
id: ${name}
language: TypeScript        # TypeScript, Tsx, JavaScript, Html, Css, python, go, rust, java
severity: error
files: ["src/**"]
ignores: ["**/*.test.*"]
rule:
  pattern: alert($MESSAGE)
# What a finding says: found, fix (an instruction to an agent), expected, why.
message: alert($MESSAGE) stops the whole page
note: Call notify() of src/ui/notify.ts with the message instead.
metadata:
  expected: messages to the user go through notify()
  why: a page that stops cannot be tested, and looks broken
  # The table of tests: the rule is refused without it, and found broken where it does not hold.
  valid:
    - notify("saved")
    - const alert = "text"
  invalid:
    - alert("saved")
    - if (failed) alert(reason)
`;
}

export function factsTemplate(name: string): string {
  return `// A rule of this repository over facts: JSON in, findings out, in a sandbox without network. \`inspan check\` runs it, and its two tables with it.
export const rule = {
  name: "${name}",
  severity: "error",
  why: "two domains that declare the same name are mixed up by readers and by search",
  in: ["src/**"],
  // functions, declarations, typeUses, comments, strings, shapes, calls; imports and exports are always there.
  facts: ["declarations"],
  // The table of tests: each case is one file or a list of files. The rule is refused without it.
  valid: [[{ file: "src/a.ts", text: "export class Room {}" }, { file: "src/b.ts", text: "export class Guest {}" }]],
  invalid: [[{ file: "src/a.ts", text: "export class Room {}" }, { file: "src/b.ts", text: "export class Room {}" }]],
  check(files) {
    const seen = new Map();
    const findings = [];
    for (const file of files) {
      for (const one of file.declarations.filter((declaration) => declaration.isExported && declaration.kind === "class")) {
        const first = seen.get(one.name);
        if (first === undefined) { seen.set(one.name, file.file); continue; }
        findings.push({
          file: file.file, line: one.line, to: one.name,
          found: \`the class \${one.name} is declared in \${first} as well\`, expected: "one class of each name",
          fix: \`Rename \${one.name} in \${file.file} after what sets it apart, or import the one of \${first}.\`,
        });
      }
    }
    return findings;
  },
};
`;
}
