// The answer right after an edit: the rules that need single files, for single files. Reads what their messages need besides, no more.
import type { Providers } from "../../../providers/index.ts";
import type { LintConfiguration } from "../config/lint-configuration.ts";
import { readBaseline } from "../repo/baseline-file.ts";
import type { Sources } from "../repo/open-sources.ts";
import { readTexts } from "../repo/read-texts.ts";
import { decideFiles } from "../service/check-one.ts";
import { countImports, measureCoverage } from "../service/coverage.ts";
import { fileKindTexts } from "../service/kinds/run-file.ts";
import { type PlaceOf, placesOf } from "../service/places.ts";
import type { ResolvedFacts, UnreadFile } from "../types/facts.ts";
import type { Finding } from "../types/finding.ts";
import type { Coverage } from "../types/report.ts";

/** A domain of more files is read for its fixes only up to here; an answer after an edit has to be quick. */
const neighboursMax = 400;

export interface FileCheckerInput {
  readonly providers: Pick<Providers, "files" | "clock">;
  readonly configuration: LintConfiguration;
  readonly sources: Sources;
}

export interface FileAnswer {
  readonly findings: readonly Finding[];
  /** Of these files alone. */
  readonly coverage: Coverage;
  /** True where an import of these files leads to nothing that is known. */
  readonly isAnyUnresolved: boolean;
}

export interface FileChecker {
  /** Findings in these files (relative to the root); one that is gone, ignored or no source gives none. */
  check(files: readonly string[]): Promise<FileAnswer>;
  /** The same findings with plainer fixes: the files that could serve instead of a forbidden import are not looked for. */
  checkBriefly(files: readonly string[]): Promise<FileAnswer>;
  /** Findings in this text if it stood in this file. */
  checkText(file: string, text: string): Promise<readonly Finding[]>;
  checkTextBriefly(file: string, text: string): Promise<readonly Finding[]>;
}

export function createFileChecker({ providers, configuration, sources }: FileCheckerInput): FileChecker {
  const placeOf = placesOf(configuration);
  const known = new Set(sources.files);
  const today = () => providers.clock.nowIso().slice(0, 10);
  let found: Houses | undefined;
  const houses = (): Houses => found ??= housesOf(sources.files, placeOf);
  const decide = async ({ facts, unread, wanted, isBrief }: Subject): Promise<readonly Finding[]> => {
    const baseline = await readBaseline(providers, sources.rootPath);
    const texts = await readTexts(providers, sources.rootPath, fileKindTexts(configuration, sources.allFiles));
    const asked = { allFiles: sources.allFiles, texts, stamps: new Map(), sizes: new Map() };
    const judge = (files: readonly ResolvedFacts[]) =>
      decideFiles({
        configuration,
        files,
        unread,
        asked,
        ...(baseline === undefined ? {} : { baseline }),
        today: today(),
        isWanted: (file) => wanted.includes(file),
      });
    const findings = judge(facts);
    const neighbours = neighboursOf({ facts, findings: isBrief ? [] : findings, houses, placeOf }).filter((file) => !wanted.includes(file));
    return neighbours.length === 0 ? findings : judge([...facts, ...(await sources.read(neighbours)).facts]);
  };
  const check = async (files: readonly string[], isBrief: boolean): Promise<FileAnswer> => {
    const wanted = files.filter((file) => known.has(file));
    if (wanted.length === 0) return { findings: [], coverage: measureCoverage([], placeOf, 0), isAnyUnresolved: false };
    const { facts, unread } = await sources.read(wanted);
    const isAnyUnresolved = facts.some((one) => one.imports.some((fact) => fact.specifier !== undefined && fact.target.kind === "unresolved"));
    return {
      findings: await decide({ facts, unread, wanted, isBrief }),
      coverage: measureCoverage(
        facts.map((one) => ({ file: one.file, counts: countImports(one, placeOf) })),
        placeOf,
        unread.length,
      ),
      isAnyUnresolved,
    };
  };
  return {
    check: (files) => check(files, false),
    checkBriefly: (files) => check(files, true),
    checkText: async (file, text) => decide({ facts: [await sources.readText(file, text)], unread: [], wanted: [file], isBrief: false }),
    checkTextBriefly: async (file, text) => decide({ facts: [await sources.readText(file, text)], unread: [], wanted: [file], isBrief: true }),
  };
}

interface Subject { readonly facts: readonly ResolvedFacts[]; readonly unread: readonly UnreadFile[]; readonly wanted: readonly string[]; readonly isBrief: boolean }

/** Source files by what they belong to; made once for a configuration and a list of files. */
interface Houses { readonly byDomain: ReadonlyMap<string, readonly string[]>; readonly providers: readonly string[] }

function housesOf(files: readonly string[], placeOf: PlaceOf): Houses {
  const byDomain = new Map<string, string[]>();
  const providers: string[] = [];
  for (const file of files) {
    const { domainPath, isProvider } = placeOf(file);
    if (isProvider) providers.push(file);
    if (domainPath === undefined) continue;
    const known = byDomain.get(domainPath);
    if (known === undefined) byDomain.set(domainPath, [file]); else known.push(file);
  }
  return { byDomain, providers };
}

interface NeighbourInput { readonly facts: readonly ResolvedFacts[]; readonly findings: readonly Finding[]; readonly houses: () => Houses; readonly placeOf: PlaceOf }

/** What has to be read besides: the domains that a forbidden import or a barrel touches, and Providers where one is to be named. */
function neighboursOf({ facts, findings, houses, placeOf }: NeighbourInput): readonly string[] {
  const folders = new Set<string>();
  const isProviderNeeded = findings.some((finding) => finding.rule === "providers");
  for (const one of facts) {
    const from = placeOf(one.file);
    const isBroken = findings.some((finding) => finding.file === one.file && (finding.rule === "layers" || finding.rule === "domains" || finding.rule === "providers"));
    for (const { target } of one.imports) {
      if (target.kind !== "file") continue;
      const to = placeOf(target.file);
      const isBarrel = to.domainPath !== undefined && to.domainPath === from.domainPath && to.layer === undefined;
      if ((isBroken || isBarrel) && to.domainPath !== undefined) folders.add(to.domainPath);
      if (isBroken && from.domainPath !== undefined) folders.add(from.domainPath);
    }
  }
  if (folders.size === 0 && !isProviderNeeded) return [];
  const { byDomain, providers } = houses();
  return [...[...folders].flatMap((folder) => byDomain.get(folder) ?? []), ...(isProviderNeeded ? providers : [])].sort().slice(0, neighboursMax);
}
