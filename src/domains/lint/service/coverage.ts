// What a check saw, and the findings for a check that saw too little: an empty result is not a pass.
import type { LintConfiguration } from "../config/lint-configuration.ts";
import type { FindingDraft } from "../types/finding.ts";
import type { Coverage } from "../types/report.ts";
import type { ResolvedFacts } from "../types/facts.ts";
import type { PlaceOf } from "./places.ts";

/** What one file adds to the coverage. */
export interface FileCounts { readonly imports: number; readonly unresolved: number; readonly edges: number; readonly edgesBetweenLayers: number }

export function countImports(facts: ResolvedFacts, placeOf: PlaceOf): FileCounts {
  const from = placeOf(facts.file);
  let [unresolved, edges, edgesBetweenLayers] = [0, 0, 0];
  for (const { target } of facts.imports) {
    if (target.kind === "unresolved") unresolved++;
    if (target.kind !== "file") continue;
    edges++;
    const to = placeOf(target.file);
    if (from.layer === undefined || to.domainPath === undefined) continue;
    const isAcross = from.domainPath === to.domainPath ? to.layer !== undefined && from.layer !== to.layer : to.layer !== undefined || to.door !== undefined;
    if (isAcross) edgesBetweenLayers++;
  }
  return { imports: facts.imports.length, unresolved, edges, edgesBetweenLayers };
}

export function measureCoverage(files: readonly { readonly file: string; readonly counts: FileCounts }[], placeOf: PlaceOf, filesUnread: number): Coverage {
  let [filesInNoLayer, importsTotal, importsUnresolved, edges, edgesBetweenLayers] = [0, 0, 0, 0, 0];
  for (const { file, counts } of files) {
    if (placeOf(file).layer === undefined) filesInNoLayer++;
    importsTotal += counts.imports;
    importsUnresolved += counts.unresolved;
    edges += counts.edges;
    edgesBetweenLayers += counts.edgesBetweenLayers;
  }
  return { files: files.length, filesInNoLayer, filesUnread, importsTotal, importsUnresolved, edges, edgesBetweenLayers };
}

/** Endings of source files in languages that no adapter reads: a check that leaves them out says so. */
const otherEndings = new Set("rb php cs fs vb swift kt kts scala groovy c h cc cpp cxx hpp hh m mm pas dpr lua pl pm ex exs erl hrl hs lhs ml mli clj cljs cljc dart zig nim jl r cr d f90 f95 adb ads cob cbl vue svelte astro sol elm rkt lisp scm tcl sh bash ps1".split(" "));
const vendored = /(^|\/)(node_modules|vendor|third_party)\//;

/** Nothing where there are none. */
export function countOtherLanguages(allFiles: readonly string[]): { readonly otherLanguages?: Readonly<Record<string, number>> } {
  const counts = new Map<string, number>();
  for (const file of allFiles) {
    const ending = /\.([A-Za-z0-9]+)$/.exec(file)?.[1]?.toLowerCase();
    if (ending !== undefined && otherEndings.has(ending) && !vendored.test(file)) counts.set(ending, (counts.get(ending) ?? 0) + 1);
  }
  return counts.size === 0 ? {} : { otherLanguages: Object.fromEntries([...counts].sort(([left, many], [right, more]) => more - many || (left < right ? -1 : 1))) };
}

/** Findings about the check itself; their file is the configuration. `hasDocuments`: whether there is Markdown, which other rules read. */
export function checkCoverage({ coverage, files, placeOf, configuration, hasDocuments }: { readonly coverage: Coverage; readonly files: readonly string[]; readonly placeOf: PlaceOf; readonly configuration: LintConfiguration; readonly hasDocuments: boolean }): FindingDraft[] {
  const line = configuration.lineOf([configuration.domains.paths.length === 0 ? "layers" : "domains"]);
  const at = { rule: "coverage", severity: "error" as const, file: configuration.file, line, column: 1, endLine: line };
  if (coverage.files === 0) {
    // A young repository, or one of documents alone: nothing of it was left out, and nobody said that there would be code.
    const isFree = hasDocuments && coverage.filesUnread === 0 && configuration.layers.order.length === 0 && configuration.domains.paths.length === 0;
    const others = Object.entries(coverage.otherLanguages ?? {}).slice(0, 5).map(([ending, count]) => `${count} .${ending}`).join(", ");
    const isBare = isFree && others === "";
    // A repository in a language that nobody here reads has agreed to nothing about its code; its documents are checked all the same.
    if (isFree && !isBare && configuration.isWritten)
      return [
        {
          ...at,
          severity: "warning",
          line: 1,
          endLine: 1,
          to: "files",
          found: `no source file of a language that is read was seen (left out: ${others}): documents alone were checked`,
          expected: "source files in TypeScript, JavaScript, Python, Go, Rust or Java, for rules about code to hold",
          fix: "Nothing to do where the code is in another language; let its own linter guard it.",
        },
      ];
    if (isBare)
      return [
        {
          ...at,
          severity: "warning",
          line: 1,
          endLine: 1,
          file: configuration.isWritten ? at.file : ".",
          to: "files",
          found: "there is no source file yet: documents alone were checked",
          expected: "at least one source file, for rules about code to hold",
          fix: "Nothing to do while there is no code; if there is some, see whether .gitignore hides it, and run the check in the root of the repository.",
        },
      ];
    return [{ ...at, line: 1, endLine: 1, file: configuration.isWritten ? at.file : ".", to: "files", found: "no source file of a known language was seen", expected: "at least one source file: a check that saw nothing proves nothing", fix: "Run the check in the root of the repository, and see whether .gitignore hides its sources." }];
  }
  if (configuration.layers.order.length === 0) return [];
  if (configuration.domains.paths.length === 0) {
    return [{ ...at, to: "domains", found: "`layers` is set, but `domains` is not, so no file lies in a layer", expected: "`domains` says which folders have these layers", fix: "Add the key `domains` to inspan.yaml, for example `domains: src/domains/*`." }];
  }
  const populated = new Set(files.flatMap((file) => placeOf(file).layer ?? []));
  if (populated.size === 0) {
    return [{ ...at, to: "layers", found: `no file lies in a layer: nothing matches ${configuration.domains.paths.join(", ")} with a layer named ${configuration.layers.order.join(", ")} directly below`, expected: "at least one file in a layer of a domain", fix: "Correct `domains` or `layers` in inspan.yaml so that they name folders that exist." }];
  }
  if (coverage.edgesBetweenLayers > 0 || coverage.filesInNoLayer === coverage.files) return [];
  const isOne = populated.size === 1;
  return [{
    ...at, severity: isOne ? "warning" : "error", to: "edges",
    found: `files lie in ${isOne ? "one layer only" : `${populated.size} layers`}, and not one import between layers was seen (${coverage.importsUnresolved} of ${coverage.importsTotal} imports are unresolved)`,
    expected: "imports between layers: without any the layer rules proved nothing",
    fix: coverage.importsUnresolved > 0 ? "See `inspan graph --format json`, list `unresolved`, and make these imports resolvable (tsconfig paths, names of workspace packages)." : "See whether `domains` and `layers` in inspan.yaml name the folders where the code really lies.",
  }];
}
