// The key `docs` in one compiled view, with what holds where it is silent. Pure.
import type { Configuration } from "../../../base/config-section.ts";
import { compileGlobs, type Matcher } from "../../lint/index.ts";
import { type Docs, docsSection } from "./docs-section.ts";

/** What tells of its time: what it names may be gone without the document being wrong. */
const historicalPatterns = [
  "**/CHANGELOG*", "**/CHANGES*", "**/HISTORY*", "**/RELEASE*NOTES*", "**/{changelog,changelogs,release-notes,releases,.changeset}/**",
  "**/{adr,adrs,ADR,ADRs,decisions,rfc,rfcs,RFCs,proposals,design-docs}/**",
  "**/{completed,archive,archived,history,historical,postmortems,retros,retrospectives,blog,news,legacy,old,deprecated}/**",
  "**/*{audit,AUDIT,Audit,analysis,ANALYSIS,review-,findings}*",
  "**/{ADR,adr}[- _]*",
  "**/roadmap*/**",
  "**/{audits,audit}/**",
  "**/*{migration,MIGRATION,Migration}*",
  "**/*{upgrade,UPGRADE,Upgrade}*",
  "**/{changes,issues,scratch,.scratch,migration*,upgrad*,retro,plans,exec-plans,specs,research,reports,notes,projects,tickets,tasks,todo}/**",
  "**/*{-plan,_plan,-Plan,PLAN,ROADMAP,roadmap,TODO,handoff,HANDOFF,proposal,retro,report}*.md",
];
/** Texts that are data of a program: templates, fixtures, what somebody else keeps. */
const excludedPatterns = [
  "**/node_modules/**", "**/vendor/**", "**/third_party/**", "**/thirdparty/**", "**/{__fixtures__,fixtures,__snapshots__,__tests__,testdata,test-data,test_data,__mocks__}/**",
  "**/{template,templates,_templates,skeleton,boilerplate}/**",
  "**/{test,tests,spec}/**/{cases,data,input,output,expected}/**",
  "**/LICENSE*",
  "**/THIRD*PARTY*",
  "**/third-party-licenses*",
];
/** Texts for other repositories: skills, prompts and extensions that are shipped speak of the reader's files. */
const foreignPatterns = ["**/{skills,commands,prompts,personas,standard}/**", "**/SKILL.md", "**/{*-plugin,*-extension}/**", "**/.claude/agents/**", "**/{test,tests}/**"];
/** What an agent reads as instruction, wherever it lies: its paths and commands have to be true. */
const instructionNames = ["AGENTS.md", "AGENT.md", "CLAUDE.md", "GEMINI.md", "copilot-instructions.md"];

export interface DocConfiguration {
  readonly file: string;
  /** True where the repository has an inspan.yaml. */
  readonly isWritten: boolean;
  /** The value of the key; undefined where it is absent and nothing of structure is asked. */
  readonly docs: Docs | undefined;
  readonly map: { readonly path: string; readonly linesMax: number; readonly hasLoop: boolean; readonly reviewers: string | undefined; readonly isDemanded: boolean };
  readonly isExcluded: Matcher;
  readonly isHistorical: Matcher;
  readonly isForeign: Matcher;
  readonly isInstruction: (file: string) => boolean;
  readonly isGenerated: Matcher;
}

export function readDocConfiguration(configuration: Configuration): DocConfiguration {
  const docs = configuration.read(docsSection);
  const map = typeof docs?.map === "string" ? { path: docs.map } : docs?.map;
  const path = map?.path ?? "AGENTS.md";
  const historical = compileGlobs([...historicalPatterns, ...listed(docs?.historical)]);
  const isInstruction = (file: string): boolean => file === path || instructionNames.includes(file.slice(file.lastIndexOf("/") + 1));
  return {
    file: "inspan.yaml", isWritten: configuration.path !== undefined, docs,
    map: {
      path,
      linesMax: map !== undefined && "linesMax" in map ? map.linesMax : 100,
      hasLoop: map !== undefined && "loop" in map ? map.loop : docs !== undefined,
      reviewers: map !== undefined && "reviewers" in map ? map.reviewers : undefined,
      isDemanded: docs !== undefined,
    },
    isExcluded: compileGlobs([...excludedPatterns, ...listed(docs?.exclude)]),
    isHistorical: remembered((file) => historical(file) && !isInstruction(file)),
    isForeign: remembered(compileGlobs(foreignPatterns)),
    isInstruction,
    isGenerated: remembered(compileGlobs(["docs/generated/**", "**/generated/**", ...(docs?.generated ?? []).flatMap((entry) => listed(entry.path))])),
  };
}

/** Asked about one document for each of its links; it lives as long as its configuration. */
function remembered(isMatch: (file: string) => boolean): (file: string) => boolean {
  const known = new Map<string, boolean>();
  return (file) => {
    let answer = known.get(file);
    if (answer === undefined) known.set(file, answer = isMatch(file));
    return answer;
  };
}

function listed(globs: string | readonly string[] | undefined): readonly string[] {
  return globs === undefined ? [] : typeof globs === "string" ? [globs] : globs;
}
