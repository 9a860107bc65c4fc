// How far a document can be trusted: owner, status, age by tier, and whether what it covers has moved on. Facts in, findings out.
import { compileGlobs } from "../../../lint/index.ts";
import type { DocFacts, DocFinding } from "../../types/document.ts";
import { daysBetween, readDate, readGlobs } from "../dates.ts";
import type { RuleInput } from "./links.ts";

const commitOf = (value: unknown): string | undefined => (typeof value === "string" ? /^([0-9a-f]{7,40})\b/.exec(value.trim())?.[1] : undefined);

/** Front matter binds wherever it is written: a document that says `covers` or `tier` has asked for it. */
export function checkTrust(input: RuleInput): readonly DocFinding[] {
  const required = input.configuration.docs?.frontMatter;
  const isBound = compileGlobs(required?.in);
  return [
    ...input.subject.docs.filter((doc) => input.subject.isWanted(doc.file) && doc.frontMatter?.problem === undefined).flatMap((doc) => [
      ...(isBound(doc.file) ? checkKeys(input, doc, required?.required ?? []) : []), ...checkAge(input, doc), ...checkCovers(input, doc),
    ]),
    ...checkReferences(input), ...checkGenerated(input),
  ];
}

const place = (doc: DocFacts, key: string) => { const line = doc.frontMatter?.lines[key] ?? 1; return { file: doc.file, line, column: 1, endLine: line }; };

function checkKeys(input: RuleInput, doc: DocFacts, required: readonly string[]): readonly DocFinding[] {
  const value = doc.frontMatter?.value ?? {};
  const statuses = input.configuration.docs?.statuses ?? [];
  const examples: Readonly<Record<string, string>> = {
    owner: "owner: <team or person>",
    status: "status: draft",
    verified: `verified: ${input.subject.today}`,
    tier: "tier: operational",
  };
  if (doc.frontMatter === undefined && required.length > 0) {
    return [{
      ...place(doc, ""),
      rule: required.includes("owner") ? "docs-owner" : "docs-front-matter",
      severity: "error",
      to: "front matter",
      found: `there is no front matter, so no ${required.join(", no ")}`,
      expected: `this document carries ${required.join(", ")} in its front matter`,
      fix: `Put at the head of ${doc.file}: \`---\`, ${required.map((one) => `\`${examples[one] ?? `${one}: …`}\``).join(", ")}, \`---\`, one a line.`,
    }];
  }
  const missing = required.filter((key) => value[key] === undefined || value[key] === null || value[key] === "").map((key): DocFinding => ({
    ...place(doc, key), rule: key === "owner" ? "docs-owner" : key === "status" ? "docs-status" : "docs-front-matter", severity: "error", to: key,
    found: `the front matter has no ${key}`, expected: `this document carries ${required.join(", ")} in its front matter`,
    fix: `Add the line \`${examples[key] ?? `${key}: …`}\` to the front matter of ${doc.file}.`,
  }));
  const status = value["status"];
  if (typeof status !== "string" || statuses.includes(status.toLowerCase()) || status === "") return missing;
  return [
    ...missing,
    {
      ...place(doc, "status"),
      rule: "docs-status",
      severity: "error",
      to: status,
      found: `the status is "${status}"`,
      expected: `one of ${statuses.join(", ")}`,
      fix: `Write one of these words as \`status\` of ${doc.file}, or add the word to \`docs.statuses\` of ${input.configuration.file}.`,
    },
  ];
}

function checkAge(input: RuleInput, doc: DocFacts): readonly DocFinding[] {
  const value = doc.frontMatter?.value ?? {};
  const { docs } = input.configuration;
  const tier = value["tier"];
  if (docs === undefined || typeof tier !== "string" || input.configuration.isHistorical(doc.file)) return [];
  const days = docs.tiers[tier];
  if (days === undefined)
    return [
      {
        ...place(doc, "tier"),
        rule: "docs-age",
        severity: "error",
        to: tier,
        found: `the tier is "${tier}"`,
        expected: `one of ${Object.keys(docs.tiers).join(", ")}`,
        fix: `Write one of these words as \`tier\` of ${doc.file}.`,
      },
    ];
  const verified = readDate(value["verified"]);
  if (verified === undefined)
    return [
      {
        ...place(doc, "tier"),
        rule: "docs-age",
        severity: "warning",
        to: "verified",
        found:
          value["verified"] === undefined
            ? `a document of the tier ${tier} without the date on which it was verified`
            : `\`verified\` of a document of the tier ${tier} holds no date: ${JSON.stringify(value["verified"]).slice(0, 60)}`,
        expected: `\`verified: YYYY-MM-DD\`, at most ${days} days ago`,
        fix: `Read ${doc.file} against the code, correct it, and write \`verified: ${input.subject.today}\` into its front matter.`,
      },
    ];
  const age = daysBetween(verified, input.subject.today);
  if (age <= days && age >= -1) return [];
  return [{
    ...place(doc, "verified"),
    rule: "docs-age",
    severity: "warning",
    to: "verified",
    found: age < 0 ? `verified on ${verified}, which is in the future` : `last verified on ${verified}, ${age} days ago`,
    expected: `a document of the tier ${tier} is verified every ${days} days`,
    fix: `Read ${doc.file} against the code, correct what is no longer so, and set \`verified: ${input.subject.today}\`.`,
  }];
}

function checkCovers(input: RuleInput, doc: DocFacts): readonly DocFinding[] {
  const value = doc.frontMatter?.value ?? {};
  const covers = readGlobs(value["covers"]);
  if (covers.length === 0) return [];
  const isCovered = compileGlobs([...covers]);
  if (![...input.tree.files].some((file) => isCovered(file)))
    return [
      {
        ...place(doc, "covers"),
        rule: "docs-stale",
        severity: "error",
        to: covers.join(" "),
        found: `\`covers\` (${covers.join(", ")}) matches no file`,
        expected: "a document covers files that exist",
        fix: `Write the globs of the files that ${doc.file} is about into \`covers\`, relative to the root.`,
      },
    ];
  const commit = commitOf(value["verified"]);
  // A journey is read again by being played: one that claims no commit owes none.
  if (commit === undefined && /(?:^|\/)docs\/journeys\/[^/]+\.md$/.test(doc.file)) return [];
  const head = input.subject.head?.slice(0, 12) ?? "<commit>";
  const renew = `set \`verified: ${head} ${input.subject.today}\``;
  if (commit === undefined)
    return [
      {
        ...place(doc, "covers"),
        rule: "docs-stale",
        severity: "warning",
        to: "verified",
        found: "`covers` without the commit at which it was verified",
        expected: "`verified: <commit> <date>`",
        fix: `Read ${doc.file} against ${covers.join(", ")}, then ${renew} in its front matter.`,
      },
    ];
  const changes = input.subject.ask.changesSince(commit, covers);
  if (changes === undefined) return [];
  if (changes.kind === "commit-unknown")
    return [
      {
        ...place(doc, "verified"),
        rule: "docs-stale",
        severity: "warning",
        to: commit,
        found: `the commit ${commit} is not in this clone, so nothing can be compared`,
        expected: "`verified` names a commit of the history",
        fix: `Run \`git fetch --unshallow\` in a shallow clone; else read ${doc.file} against ${covers.join(", ")} and ${renew}.`,
      },
    ];
  const all = [...changes.interfaces, ...changes.bodies];
  if (all.length === 0) return [];
  const shown = `${all.slice(0, 4).join(", ")}${all.length > 4 ? ` and ${all.length - 4} more` : ""}`;
  const isDeep = changes.interfaces.length > 0;
  return [{
    ...place(doc, "verified"), rule: "docs-stale", severity: isDeep ? "error" : "warning", to: covers.join(" "),
    found: `since ${commit} ${isDeep ? "what others use of it" : "the inside, not what others use,"} changed in ${shown}`,
    expected: "a document is read again when what it covers changes",
    fix: `Look at \`git diff ${commit} -- ${all.slice(0, 4).join(" ")}\`, correct ${doc.file} where it says otherwise, and ${renew} in its front matter.`,
  }];
}

const sourceLine = /^\W*(source|url|origin|from)\W*[:=]\s*\S+/im;
const dateLine = /^\W*(date|read|retrieved|fetched|accessed|verified|updated)\W*[:=]\s*\W*(\d{4}-\d{2}-\d{2})/im;

function checkReferences(input: RuleInput): readonly DocFinding[] {
  const daysMax = input.configuration.docs?.referenceDaysMax ?? 0;
  return input.subject.references.flatMap(({ file, head }): DocFinding[] => {
    const date = dateLine.exec(head)?.[2];
    const lacks = [...(sourceLine.test(head) ? [] : ["source"]), ...(date === undefined ? ["date"] : [])];
    const at = { file, line: 1, column: 1, endLine: 1, rule: "docs-references" };
    if (lacks.length > 0)
      return [
        {
          ...at,
          severity: "error",
          to: lacks.join(" "),
          found: `no ${lacks.join(" and no ")} among its first lines`,
          expected: "a text from elsewhere says where it is from and when it was read",
          fix: `Put at the head of ${file}: \`Source: <address>\` and \`Date: ${input.subject.today}\`, each on a line of its own.`,
        },
      ];
    const age = date === undefined ? 0 : daysBetween(date, input.subject.today);
    return age <= daysMax
      ? []
      : [
          {
            ...at,
            severity: "warning",
            to: "age",
            found: `read on ${date ?? ""}, ${age} days ago`,
            expected: `references are read anew every ${daysMax} days`,
            fix: `Fetch the source again, replace the text of ${file}, and set \`Date: ${input.subject.today}\`.`,
          },
        ];
  });
}

function checkGenerated(input: RuleInput): readonly DocFinding[] {
  return (input.configuration.docs?.generated ?? []).flatMap((entry): DocFinding[] => {
    const isIn = compileGlobs(entry.path);
    const name = typeof entry.path === "string" ? entry.path : entry.path.join(", ");
    const files = [...input.tree.files].filter((file) => isIn(file));
    const first = files[0];
    const at = { file: first ?? input.configuration.file, line: 1, column: 1, endLine: 1, rule: "docs-generated" };
    if (first === undefined)
      return [
        {
          ...at,
          severity: "error",
          to: name,
          found: `${name}: no such file`,
          expected: "a file that is said to be generated is in the repository",
          fix: `Run \`${entry.command}\` and commit what it writes.`,
        },
      ];
    if (entry.sources === undefined) return [];
    const isSource = compileGlobs(entry.sources);
    const written = input.subject.ask.lastCommit(first);
    if (written === undefined) return [];
    const changes = input.subject.ask.changesSince(written, [...readGlobs(entry.sources), ...files.map((file) => `!${file}`)]);
    if (changes?.kind !== "changed" || changes.interfaces.length === 0 || !changes.interfaces.some((file) => isSource(file))) return [];
    return [
      {
        ...at,
        severity: "warning",
        to: name,
        found: `its sources changed after it was written: ${changes.interfaces.slice(0, 3).join(", ")}`,
        expected: "generated files are written again when their sources change",
        fix: `Run \`${entry.command}\` and commit what it writes.`,
      },
    ];
  });
}
